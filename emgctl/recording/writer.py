"""Writes emgctl's recording file, HDF5, so that a crash or a full disk costs at most the last half second.

Everything is created up front and the file is switched to single-writer-multiple-reader mode, in which HDF5 keeps
what was flushed consistent at every moment (HDF5 user guide, SWMR). Texts have a fixed length: HDF5 has no checksum
for those of variable length.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from emgctl import __version__
from emgctl.errors import FileError
from emgctl.recording.disk import Disk
from emgctl.recording.labels import LONGEST_LABEL, check_label
from emgctl.support.vetting import vouch
from emgctl.types import PoseTrack, SampleBlock, Signal

if TYPE_CHECKING:
    import h5py

log = logging.getLogger(__name__)
FORMAT = 1
TELEMETRY = "telemetry"
FLUSH_S = 0.25  # a full disk is noticed in this time, and a killed run loses no more
CHUNK_S = 0.5
PATIENCE_S = 0.9  # without a sign of the disk when a recording is closed
UNHURRIED_S = 60.0  # the same, where nobody waits but who wants the file whole
_DISK = "check the disk and its free space"
CACHED_CHUNKS = 4  # the last one of each table must stay, or it would be read back at each flush
LEAST_CACHE_BYTES = 1 << 20
QUEUE_BLOCKS = 10_000  # 100 s of an armband; a disk that is slower than that is broken
BLOCK_TYPE = np.dtype([("start", "<i8"), ("count", "<i4"), ("received_s", "<f8")])
MARKER_TYPE = np.dtype([("sample", "<i8"), ("label", f"S{LONGEST_LABEL}"), ("repetition", "<i4")])

MOTION_TYPE = np.dtype([("sample", "<i8"), ("row", "<f4", (10,))])

NOTE_TYPE = np.dtype([("sample", "<i8"), ("source", "S32"), ("text", "S160")])

Mark = tuple[int, str, int]
"""First sample, label and repetition."""
Report = tuple[int, str, Sequence[float], str]
"""Sample, source, values and note of an output's device."""
Posing = tuple[int, NDArray[np.float32]]
"""First sample, and the hand's pose at it and the samples after it, ``(N, J)``."""


class RecordingWriter:
    """Writes blocks and markers from its own thread; ``write`` and ``mark`` never block the control loop.

    The file has the datasets ``samples`` (N, C) float32, ``blocks`` (start, count, received_s), ``markers`` (sample,
    label and repetition: hold until the next marker) and, of a signal that has it, ``motion`` (the sample it arrived
    with, row). The hand's pose, where it is known, is in ``pose`` (sample, values; joints and unit in its
    attributes). Telemetry of outputs' devices is in ``telemetry/OUTPUT`` (sample, values; the names in its attribute)
    and ``notes`` (sample, source, text). Its attributes are emgctl_format, emgctl, signal (JSON), user, session, name
    and created. Without a session or name, the file's own name is taken when it is read.

    Raises:
        FileError: the file exists already, or can't be made.
    """

    def __init__(
        self,
        path: Path,
        signal: Signal,
        user: str = "",
        session: str = "",
        name: str = "",
        overwrite: bool = False,
        telemetry_channels: Mapping[str, Sequence[str]] | None = None,
        pose: PoseTrack | None = None,
    ) -> None:
        import h5py

        self.path = path
        try:
            self._disk = Disk(path, overwrite)
        except FileExistsError as error:
            raise FileError(path, "exists already", remedy="choose another name, or remove it first") from error
        except OSError as error:
            raise FileError.from_os(path, "written", error) from error
        rows = max(64, round(signal.rate_hz * CHUNK_S))
        cache_bytes = max(CACHED_CHUNKS * rows * signal.channels * 4, LEAST_CACHE_BYTES)
        self._file = h5py.File(self._disk, "w", libver="latest", rdcc_nbytes=cache_bytes)
        self._samples = self._table("samples", (signal.channels,), np.dtype("<f4"), rows)
        self._blocks = self._table("blocks", (), BLOCK_TYPE, 256)
        self._motion = self._table("motion", (), MOTION_TYPE, 256) if signal.motion_hz else None
        self._markers = self._table("markers", (), MARKER_TYPE, 16)
        self._pose: h5py.Dataset | None = None if pose is None else self._pose_table(pose)
        self._telemetry_tables(telemetry_channels or {})
        self._file.attrs.update(
            emgctl_format=FORMAT,
            emgctl=_fixed(__version__),
            signal=_fixed(json.dumps(asdict(signal))),
            user=_fixed(user),
            session=_fixed(session),
            name=_fixed(name),
            created=_fixed(datetime.now(UTC).isoformat(timespec="seconds")),
        )
        self._file.swmr_mode = True
        if self._disk.problem:
            self._file.close()
            self._disk.close()
            with suppress(OSError):
                path.unlink()
            raise FileError(path, f"can't be written: {self._disk.problem}", remedy=_DISK)
        self._closing = False
        self._queue: queue.Queue[SampleBlock | Mark | Report | Posing | None] = queue.Queue(QUEUE_BLOCKS)
        self._problem = ""
        self._lost = 0
        self._thread = threading.Thread(target=self._work, name=f"recording {path.name}", daemon=True)
        atexit.register(self._end)
        self._thread.start()

    def write(self, block: SampleBlock) -> None:
        """Record a block."""
        self._put(block)

    def mark(self, sample: int, label: str, repetition: int = -1) -> None:
        """Label everything from ``sample`` on; "" means unlabelled, and -1 that repetitions are not counted.

        Raises:
            FileError: the label can't be kept whole; nothing is recorded of it.
        """
        check_label(self.path, label)
        self._put((sample, label, repetition))

    def report(self, sample: int, source: str, values: Sequence[float], note: str) -> None:
        """Record telemetry from an output's device."""
        self._put((sample, source, values, note))

    def pose(self, sample: int, values: NDArray[np.float32]) -> None:
        """Record the hand's poses ``(N, J)`` from ``sample`` on, of the joints that were named at first."""
        self._put((sample, values))

    def wait(self) -> None:
        """Wait until half the queue is free: for who writes faster than a device would."""
        while self._queue.qsize() > QUEUE_BLOCKS // 2 and self._thread.is_alive():
            time.sleep(0.01)

    def close(self, patience_s: float = PATIENCE_S) -> None:
        """Write what waits and close the file; given up when the disk does not answer for ``patience_s``.

        A recording that was given up, or could not be written to its end, holds what was written until then.
        """
        self._closing = True
        latest_s = time.monotonic() + UNHURRIED_S
        while self._thread.is_alive():
            with suppress(queue.Full):
                self._queue.put_nowait(None)
            self._thread.join(max(patience_s - self._disk.silent_s, 0.01))
            late = self._disk.silent_s >= patience_s or time.monotonic() > latest_s
            if self._thread.is_alive() and late:
                self._problem = f"recording stopped: the disk has not answered for {patience_s:g} s"
                return
        atexit.unregister(self._end)

    def check(self) -> None:
        """Raise FileError if something could not be recorded; at any time, also before it is closed."""
        if self._problem or self._lost:
            lost = f"{self._lost} blocks were lost" if self._lost else ""
            raise FileError(self.path, "; ".join(filter(None, (self._problem, lost))), remedy=_DISK)

    def _telemetry_tables(self, telemetry_channels: Mapping[str, Sequence[str]]) -> None:
        self._telemetry, self._notes_written = {}, dict.fromkeys(telemetry_channels, "")
        for source, names in telemetry_channels.items():
            row = np.dtype([("sample", "<i8"), ("values", "<f4", (len(names),))])
            self._telemetry[source] = self._table(f"{TELEMETRY}/{source}", (), row, 256)
            self._telemetry[source].attrs["names"] = _fixed(json.dumps(list(names)))
        if telemetry_channels:
            self._notes = self._table("notes", (), NOTE_TYPE, 16)

    def _pose_table(self, pose: PoseTrack) -> Any:
        row = np.dtype([("sample", "<i8"), ("values", "<f4", (len(pose.joints),))])
        table = self._table("pose", (), row, 256)
        table.attrs.update(joints=_fixed(json.dumps(pose.joints)), unit=_fixed(pose.unit))
        return table

    def _put(self, item: SampleBlock | Mark | Report | Posing) -> None:
        if not self._thread.is_alive():  # closed: what comes too late is counted, so that check() reports it
            self._lost += 1
            return
        try:
            self._queue.put_nowait(item)
        except queue.Full:
            if not self._lost:
                log.warning("%s: the disk is too slow, blocks are being lost", self.path)
            self._lost += 1

    def _table(self, name: str, shape: tuple[int, ...], kind: np.dtype[Any], rows: int) -> Any:
        return self._file.create_dataset(name, (0, *shape), kind, maxshape=(None, *shape), chunks=(rows, *shape))

    def _work(self) -> None:
        try:
            more, flushed_s = True, time.perf_counter()
            while more and not self._disk.problem:
                more = self._collect(flushed_s + FLUSH_S - time.perf_counter())
                self._file.flush()
                flushed_s = time.perf_counter()
            self._file.close()
            self._disk.close()
        except Exception as error:  # of HDF5 itself, as nothing that the disk does reaches it
            self._problem = f"recording stopped: {error}"
        if self._disk.problem:
            self._problem = f"recording stopped: {self._disk.problem}; it can be read up to then"
        if self._problem:
            log.warning("%s: %s", self.path, self._problem)
        else:
            vouch(self.path)
        while self._problem and not self._closing and self._queue.get() is not None:
            self._lost += 1

    def _end(self) -> None:
        """Close what nobody closed. Where the disk does not answer, the process ends here.

        HDF5 would wait for it when the interpreter shuts down, or crash as there is nothing left to call.
        """
        self.close()
        if self._thread.is_alive():
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(1)

    def _collect(self, wait_s: float) -> bool:
        """Write what comes during ``wait_s``; False once closed."""
        until_s = time.perf_counter() + wait_s
        blocks: list[SampleBlock] = []
        marks: list[Mark] = []
        posed: list[Posing] = []
        reports: dict[str, list[Report]] = {source: [] for source in self._telemetry}
        more = True
        while more and (left_s := until_s - time.perf_counter()) > 0:
            try:
                item = self._queue.get(timeout=left_s)
            except queue.Empty:
                break
            if item is None:
                more = False
            elif isinstance(item, SampleBlock):
                blocks.append(item)
            elif len(item) == 2:
                posed.append(item)
            elif len(item) == 4:
                reports[item[1]].append(item)
            else:
                marks.append(item)
        if blocks:
            _append(self._samples, np.concatenate([block.samples for block in blocks]))
            rows = [(block.start, len(block.samples), block.received_s) for block in blocks]
            _append(self._blocks, np.array(rows, BLOCK_TYPE))
            moved = [(one.start, row) for one in blocks if one.motion is not None for row in one.motion]
            if moved and self._motion is not None:
                _append(self._motion, np.array(moved, MOTION_TYPE))
        if self._pose is not None:
            kind: np.dtype[np.void] = self._pose.dtype
            for first, values in posed:
                each = [(first + place, row) for place, row in enumerate(values)]
                _append(self._pose, np.array(each, kind))
        for source, items in reports.items():
            self._append_telemetry(source, items)
        if marks:
            _append(self._markers, np.array([(at, label.encode(), number) for at, label, number in marks], MARKER_TYPE))
        return more

    def _append_telemetry(self, source: str, items: Sequence[Report]) -> None:
        if items:
            table = self._telemetry[source]
            _append(table, np.array([(sample, tuple(values)) for sample, _, values, _ in items], table.dtype))
        for sample, _, _, note in items:
            if note != self._notes_written[source]:
                self._notes_written[source] = note
                _append(self._notes, np.array([(sample, source.encode()[:32], note.encode()[:160])], NOTE_TYPE))


def _fixed(text: str) -> Any:
    """A text of fixed length, as an attribute; one byte at least, as HDF5 knows no empty ones."""
    data = text.encode()
    return np.array(data, f"S{max(len(data), 1)}")


def _append(table: h5py.Dataset, rows: NDArray[Any]) -> None:
    table.resize(len(table) + len(rows), axis=0)
    table[-len(rows) :] = rows
