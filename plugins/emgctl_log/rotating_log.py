"""A log's file, which begins anew when it is full; what was in it is kept as a compressed part."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Sequence
from pathlib import Path

from emgctl_log.log_file import LogFile
from emgctl_log.parts import Parts

log = logging.getLogger(__name__)
_LAST_S = 0.3  # for what is being compressed when the log is closed; else the next run finishes it


class RotatingLog:
    """Open for writing; its file has at most ``most_bytes``, and the ``keep`` newest parts stay beside it.

    Without ``append``, the log begins anew, and its parts go.

    Raises:
        NoLogError: the path is another kind of file, or another run is writing it.
        OSError: it can't be written.
    """

    def __init__(self, path: Path, append: bool, most_bytes: int, keep: int) -> None:
        self._path, self._most_bytes, self._keep = path, most_bytes, keep
        self._parts = Parts(path)
        self._file = LogFile(path, append)
        self._untidy: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._tidying: threading.Thread | None = None
        if not append:
            self._remove(0)
        elif self._parts.numbers():
            self._tidy_in_background()

    def write(self, lines: Sequence[bytes]) -> None:
        """Append whole lines; they are with the operating system when this returns.

        Raises:
            OSError: not all could be written; the file ends with a whole line.
        """
        batch: list[bytes] = []
        size = self._file.size
        for line in lines:
            if size and size + len(line) > self._most_bytes:
                self._file.write(b"".join(batch))
                self._rotate()
                batch, size = [], 0
            batch.append(line)
            size += len(line)
        self._file.write(b"".join(batch))

    def try_out(self, size: int) -> None:
        """Raise OSError unless ``size`` bytes could be written now; nothing of them stays."""
        self._file.try_out(size)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        if self._tidying is not None:
            self._untidy.put(False)
            self._tidying.join(_LAST_S)

    def _rotate(self) -> None:
        self._file.close()
        self._parts.finish()
        self._file = LogFile(self._path, append=False)
        self._tidy_in_background()

    def _tidy_in_background(self) -> None:
        if self._tidying is None:
            self._tidying = threading.Thread(target=self._tidy, name=f"packing {self._path.name}", daemon=True)
            self._tidying.start()
        self._untidy.put(True)

    def _tidy(self) -> None:
        while self._untidy.get():
            self._remove(self._keep)
            try:
                self._parts.pack()
            except OSError as error:
                log.warning("%s: a finished part can't be compressed: %s", self._path, error.strerror or error)

    def _remove(self, keep: int) -> None:
        try:
            self._parts.remove(keep)
        except OSError as error:
            log.warning("%s: an old part can't be removed: %s", self._path, error.strerror or error)
