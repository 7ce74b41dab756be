"""Recording an input without decoding it."""

from __future__ import annotations

import logging
import time
from pathlib import Path

from emgctl.plugin import EndOfRecording, Input
from emgctl.recording.labels import check_label
from emgctl.recording.writer import RecordingWriter
from emgctl.runtime.input_runner import InputRunner
from emgctl.runtime.motion_input import input_runner
from emgctl.runtime.shutdown import ShutdownFlag

log = logging.getLogger(__name__)
READ_S = 0.2
LATE_S = 2.0
"""The last samples of a live input that delivers may arrive so much later than ``duration_s`` after the first."""


class _Limit:
    """When a recording of ``duration_s`` is complete: by its samples, or by the clock where a live input has too few.

    What it takes to open the input does not count, nor what it takes until it delivers, unless that is
    ``duration_s`` itself.
    """

    def __init__(self, duration_s: float | None, rate_hz: float, live: bool) -> None:
        self._duration_s, self._live = duration_s, live
        self._samples = None if duration_s is None else round(duration_s * rate_hz)
        self._begun_s, self._delivers = time.perf_counter(), False

    def reached(self, samples: int, silent: bool) -> bool:
        """Whether it is, with so many ``samples``; an input that is ``silent`` now is not waited for."""
        if self._samples is None or self._duration_s is None:
            return False
        now_s = time.perf_counter()
        if samples and not self._delivers:
            self._delivers, self._begun_s = True, now_s
        over_s = now_s - self._begun_s - self._duration_s
        late_s = 0.0 if silent else max(LATE_S, 0.25 * self._duration_s)
        return samples >= self._samples or (self._live and over_s >= late_s)


def record_input(
    device: Input, out: Path, user: str, duration_s: float | None, label: str, motion: Input | None = None
) -> float:
    """Record until the input ends, ``duration_s`` is over, or Ctrl-C; the recorded seconds are returned.

    Labels are those that a simulated or recorded person's input has, unless one ``label`` is given for all of it.

    ``motion`` is an input that the arm's motion comes from instead. A live input's silence counts as time, too.

    Raises:
        DeviceError: the input can't be opened.
        FileError: the label is too long, the file exists already, or it could not be written completely; recording
            ends at once then.
    """
    check_label(out, label)
    source = input_runner(device, motion)
    with ShutdownFlag() as stop:
        try:
            signal = source.open()
            writer = RecordingWriter(out, signal, user=user)
            try:
                limit = _Limit(duration_s, signal.rate_hz, source.live)
                samples = _record(source, writer, stop, limit, label)
            finally:
                writer.close()
            writer.check()
        finally:
            source.close()
    return samples / signal.rate_hz


def _record(source: InputRunner, writer: RecordingWriter, stop: ShutdownFlag, limit: _Limit, label: str) -> int:
    samples, silent = 0, False
    while not stop() and not limit.reached(samples, silent):
        try:
            block = source.read(READ_S)
        except EndOfRecording:
            break
        silent = block is None
        if block is None:
            continue
        if label and not samples:
            writer.mark(block.start, label)
        for change in block.label_changes if not label else ():
            writer.mark(block.start + change.offset, change.label, change.repetition)
        writer.write(block)
        writer.check()
        samples += len(block.samples)
    if source.problem:
        log.warning("the input was still lost when the recording ended")
    return samples
