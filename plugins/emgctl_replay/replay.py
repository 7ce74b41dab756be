"""Input ``replay``."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import numpy as np
from pydantic import Field

from emgctl.errors import FileError
from emgctl.pacing import Pacer, Speed
from emgctl.plugin import EndOfRecording, Input, Options, ProfilePath
from emgctl.recording.datasets import read_dataset
from emgctl.types import SampleBlock, Signal

PACKET_S = 0.01  # an armband sends two samples at a time at 200 Hz
BLOCK_AT_MAX = 1024  # decisions do not depend on the blocks' size; large ones save time


class ReplayOptions(Options):
    """What is played, and how.

    ``format`` names the reader, which is detected otherwise. ``from_s`` and ``to_s`` cut out a part; ``loop`` begins
    again at its end. ``packet`` is the samples in a
    block; left out, those of 10 ms. ``rate_hz`` replaces the recorded rate.
    """

    path: ProfilePath
    format: str = ""
    speed: Speed = "real"
    loop: bool = False
    from_s: Annotated[float, Field(ge=0)] = 0.0
    to_s: Annotated[float, Field(gt=0)] | None = None
    packet: Annotated[int, Field(ge=1, le=100_000)] | None = None
    rate_hz: Annotated[float, Field(gt=0)] | None = None


class Replay(Input):
    """A recorded file or data set, played on its own clock, at a factor, or as fast as possible.

    Several recordings are played one after the other as one stream. It is not ``live``: every window is decoded, so
    that the decisions are the same at every speed.
    """

    kind = "replay"
    argument = "path"
    live = False
    Options = ReplayOptions
    options: ReplayOptions

    def open(self) -> Signal:
        """Read the recording and go to its beginning."""
        options = self.options
        recordings = read_dataset(f"{options.format}:{options.path}" if options.format else str(options.path))
        first = recordings[0]
        for other in recordings:
            if str(other.signal) != str(first.signal):
                raise FileError(other.source, f"has {other.signal}, but {first.source} has {first.signal}")
        signal = first.signal
        if options.rate_hz is not None:
            signal = replace(signal, rate_hz=options.rate_hz)
        whole = first.samples if len(recordings) == 1 else np.concatenate([one.samples for one in recordings])
        begin = round(options.from_s * signal.rate_hz)
        end = len(whole) if options.to_s is None else min(round(options.to_s * signal.rate_hz), len(whole))
        if begin >= end:
            part = f"from {options.from_s:g} s" + (f" to {options.to_s:g} s" if options.to_s is not None else "")
            raise FileError(options.path, f"has nothing {part}: it is {len(whole) / signal.rate_hz:g} s long")
        self._samples = np.ascontiguousarray(whole[begin:end], np.float32)
        self._pacer = Pacer(signal.rate_hz, options.speed)
        usual = BLOCK_AT_MAX if options.speed == "max" else max(1, round(PACKET_S * signal.rate_hz))
        self._packet = options.packet or usual
        self._played = 0
        return signal

    def read(self, timeout_s: float) -> SampleBlock | None:
        """The next block when its last sample is due, or None when ``timeout_s`` passes first."""
        total = len(self._samples)
        if self._played >= total and not self.options.loop:
            raise EndOfRecording
        place = self._played % total
        block = self._samples[place : place + self._packet]
        due_s = self._pacer.wait(self._played + len(block), timeout_s)
        if due_s is None:
            return None
        start, self._played = self._played, self._played + len(block)
        return SampleBlock(block, start, due_s)

    def close(self) -> None:
        """Nothing is held."""
