"""Recording an input without decoding it."""

from __future__ import annotations

import logging
from pathlib import Path

from emgctl.plugin import EndOfRecording, Input
from emgctl.recording.writer import RecordingWriter
from emgctl.source import Source
from emgctl.stopping import Stopper

log = logging.getLogger(__name__)
READ_S = 0.2


def record_input(device: Input, out: Path, user: str, duration_s: float | None, label: str) -> float:
    """Record until the input ends, ``duration_s`` is over, or Ctrl-C; the recorded seconds are returned.

    Raises:
        DeviceError: the input can't be opened.
        FileError: the file exists already, or could not be written completely; it then ends at once.
    """
    source = Source(device)
    with Stopper() as stop:
        try:
            signal = source.open()
            writer = RecordingWriter(out, signal, user=user)
            try:
                limit = None if duration_s is None else round(duration_s * signal.rate_hz)
                samples = _record(source, writer, stop, limit, label)
            finally:
                writer.close()
            writer.check()
        finally:
            source.close()
    return samples / signal.rate_hz


def _record(source: Source, writer: RecordingWriter, stop: Stopper, limit: int | None, label: str) -> int:
    samples, problem = 0, ""
    while not stop() and (limit is None or samples < limit):
        writer.check()  # a disk that is full ends it now, and not when somebody stops it
        try:
            block = source.read(READ_S)
        except EndOfRecording:
            break
        if source.problem != problem:
            problem = source.problem
            log.warning("input %s", problem or "is back")
        if block is None:
            continue
        if label and not samples:
            writer.mark(block.start, label)
        writer.write(block)
        samples += len(block.samples)
    return samples
