"""A recording of many hours as files of some minutes each: ``day-0001.h5``, ``day-0002.h5`` and so on."""

from __future__ import annotations

import logging
import queue
import re
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from emgctl.errors import FileError
from emgctl.recording.writer import QUEUE_BLOCKS, UNHURRIED_S, RecordingWriter, Report
from emgctl.types import SampleBlock, Signal

log = logging.getLogger(__name__)


class RecordingParts:
    """Writes blocks to one :class:`RecordingWriter` after the other; nothing waits for a new file.

    A part ends with the last block that begins within its ``minutes`` of the sample clock, and has all of it. Parts
    that are there already stay, and their numbers are continued. All have the session that ``path`` names. With
    ``keep``, so many finished parts stay of those that this object wrote, the newest; no other file is removed.

    Raises:
        FileError: the first part can't be made.
    """

    def __init__(
        self,
        path: Path,
        signal: Signal,
        minutes: float,
        user: str = "",
        telemetry_channels: Mapping[str, Sequence[str]] | None = None,
        keep: int | None = None,
    ) -> None:
        self._path, self._signal, self._user = path, signal, user
        self._telemetry_channels = telemetry_channels
        self._length = max(round(minutes * 60 * signal.rate_hz), 1)
        self._end: int | None = None  # the sample that the next part begins with
        self._number = _last_number(path)
        self._keep = keep
        self._written: deque[tuple[Path, tuple[int, int] | None]] = deque()  # with which file each of them is
        self._writer = self._next_writer()
        self._queue: queue.Queue[SampleBlock | Report | None] = queue.Queue(QUEUE_BLOCKS)
        self._problem: FileError | None = None
        self._lost = 0
        self._thread = threading.Thread(target=self._work, name=f"parts of {path.name}", daemon=True)
        self._thread.start()

    def write(self, block: SampleBlock) -> None:
        """Record a block."""
        self._put(block)

    def report(self, sample: int, source: str, values: Sequence[float], note: str) -> None:
        """Record telemetry from an output's device."""
        self._put((sample, source, values, note))

    def close(self) -> None:
        """Write what waits and close the file; given up when the disk does not answer."""
        try:
            self._queue.put(None, timeout=UNHURRIED_S)
        except queue.Full:
            return
        self._thread.join(UNHURRIED_S)

    def check(self) -> None:
        """Raise FileError if something could not be recorded, in this part or an earlier one."""
        if self._problem is not None:
            raise self._problem
        if self._lost:
            raise FileError(self._path, f"{self._lost} blocks were lost", remedy="check the disk and its free space")
        self._writer.check()

    def _put(self, item: SampleBlock | Report) -> None:
        try:
            self._queue.put_nowait(item)
        except queue.Full:
            self._lost += 1

    def _work(self) -> None:
        more = True
        while more:
            try:
                item = self._queue.get()
                if item is None:
                    more = False
                    _finish(self._writer)  # the last one, beside which as many others may stay
                else:
                    self._take(item)
            except FileError as error:
                self._problem = self._problem or error

    def _take(self, item: SampleBlock | Report) -> None:
        if not isinstance(item, SampleBlock):
            self._writer.report(*item)
            return
        if self._end is None:
            self._end = item.start + self._length
        if item.start >= self._end:
            full, self._writer = self._writer, self._next_writer()
            self._end += (1 + (item.start - self._end) // self._length) * self._length
            self._writer.write(item)
            self._finish(full)
        else:
            self._writer.write(item)
            self._writer.wait()

    def _finish(self, full: RecordingWriter) -> None:
        _finish(full)
        while self._keep is not None and len(self._written) > self._keep + 1:  # the last one is being written
            path, identity = self._written.popleft()
            try:
                if identity is not None and _identity(path) == identity:  # not one that somebody put in its place
                    path.unlink()
            except OSError as error:
                log.warning("%s: an old part can't be removed: %s", path, error.strerror or error)

    def _next_writer(self) -> RecordingWriter:
        self._number += 1
        path = self._path.with_stem(f"{self._path.stem}-{self._number:04d}")
        writer = RecordingWriter(
            path, self._signal, self._user, self._path.stem, telemetry_channels=self._telemetry_channels
        )
        if self._keep is not None:
            self._written.append((path, _identity(path)))
        return writer


def _finish(writer: RecordingWriter) -> None:
    writer.close(UNHURRIED_S)
    writer.check()


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file this is; None if there is none."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_dev, about.st_ino


def _last_number(path: Path) -> int:
    """The number of the last part that is there; 0 if there is none."""
    name = re.compile(rf"{re.escape(path.stem)}-(\d{{4,}}){re.escape(path.suffix)}", re.DOTALL)
    try:
        found = [name.fullmatch(one.name) for one in path.parent.iterdir()]
    except OSError:  # said when the first part can't be made
        return 0
    return max((int(match[1]) for match in found if match), default=0)
