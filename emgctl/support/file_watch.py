"""Notices when another program changes a file, by looking at it now and then."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

EVERY_S = 0.5


def fingerprint(content: bytes) -> str:
    """What stands for a file's content, to notice that another program has changed it."""
    return hashlib.sha256(content).hexdigest()


class FileWatch:
    """Calls ``changed`` in a thread of its own once a file has changed and then stayed the same between two looks.

    ``changed`` gets how often the file has been found unchanged since, and returns whether it is done with it; it is
    called again at the next look if not, as an editor may still be writing. A file that is missing counts as changed.
    """

    def __init__(self, path: Path, changed: Callable[[int], bool]) -> None:
        self._path, self._changed = path, changed
        self._ended = threading.Event()
        self._seen, self._looks, self._done = self._signature(), 0, True
        self._thread = threading.Thread(target=self._watch, name=f"watching {path.name}", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def end(self) -> None:
        """No longer look."""
        self._ended.set()

    def _watch(self) -> None:
        while not self._ended.wait(EVERY_S):
            seen = self._signature()
            if seen != self._seen:
                self._seen, self._looks, self._done = seen, 0, False
            elif not self._done:
                self._looks += 1
                self._done = self._changed(self._looks)

    def _signature(self) -> tuple[int, int, int] | None:
        with suppress(OSError):
            found = self._path.stat()
            return found.st_mtime_ns, found.st_size, found.st_ino
        return None
