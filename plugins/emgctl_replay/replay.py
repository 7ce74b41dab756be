"""Input ``replay``: plays a recording as if it were a device."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count, cycle
from typing import Annotated

import numpy as np
from pydantic import Field

from emgctl.errors import FileError
from emgctl.plugin import EndOfRecording, Input, ProfilePath, Statement
from emgctl.plugin.statement import given_statement
from emgctl.recording.datasets import read_dataset
from emgctl.recording.segments import labelled_segments, segments
from emgctl.runtime.pacing import PACKET_S, Pacer, Speed
from emgctl.types import Motion, Recording, SampleBlock, Samples, Signal
from emgctl_replay.course import Course

BLOCK_AT_MAX = 1024  # decisions do not depend on block size; large blocks are faster


class ReplayOptions(Statement):
    """What to play, and how.

    ``format`` names the reader, by default detected automatically. ``from_s`` and ``to_s`` select a part; ``loop``
    repeats it. ``packet`` is the number of samples per block, by default 10 ms, or more at "max" speed. ``rate_hz``
    overrides the recorded rate; ``unit``, ``columns``, ``label_column`` and ``labels_from`` state what the file lacks.
    """

    path: Annotated[ProfilePath, Field(examples=["session.h5"])]
    format: str = ""
    speed: Speed = "real"
    loop: bool = False
    from_s: Annotated[float, Field(ge=0)] = 0.0
    to_s: Annotated[float, Field(gt=0)] | None = None
    packet: Annotated[int, Field(ge=1, le=100_000)] | None = None


class Replay(Input):
    """A recorded file or data set, played in real time, at a factor of it, or as fast as possible.

    Several recordings are played in sequence as one stream. Samples lost during recording (NaN on every channel) are
    lost again: a gap. It is not ``live``: every window is decoded, so that the decisions are the same at any speed.
    """

    kind = "replay"
    argument = "path"
    live = False
    Options = ReplayOptions
    options: ReplayOptions

    def __init__(self, options: ReplayOptions) -> None:
        super().__init__(options)
        self._statement = given_statement().over(Statement.of(options))  # what the command line states goes first

    @property
    def paced(self) -> bool:
        """False if it plays as fast as it can be read."""
        return self.options.speed != "max"

    def open(self) -> Signal:
        """Read the recording and start at its beginning."""
        options = self.options
        named = f"{options.format}:{options.path}" if options.format else str(options.path)
        recordings = read_dataset(named, stating=self._statement)
        first = recordings[0]
        for other in recordings:
            if str(other.signal) != str(first.signal):
                raise FileError(
                    other.source,
                    f"has {other.signal}, but {first.source} has {first.signal}",
                    remedy="replay them one by one",
                )
        signal = first.signal
        whole = first.samples if len(recordings) == 1 else np.concatenate([one.samples for one in recordings])
        begin = round(options.from_s * signal.rate_hz)
        end = len(whole) if options.to_s is None else round(options.to_s * signal.rate_hz)
        samples = np.ascontiguousarray(whole[begin:end], np.float32)
        there = segments(samples)
        if not begin < end <= len(whole) or not there:
            part = f"from {options.from_s:g} s" + (f" to {options.to_s:g} s" if options.to_s is not None else "")
            raise FileError(
                options.path,
                f"contains nothing {part}: it is {len(whole) / signal.rate_hz:g} s long",
                remedy="choose another part",
            )
        self._pacer = Pacer(signal.rate_hz, options.speed)
        self._motion = _motion(recordings, begin, end)
        # motion between two decisions must be the same at every speed, so packets stay the same
        large = options.speed == "max" and self._motion is None
        usual = BLOCK_AT_MAX if large else max(1, round(PACKET_S * signal.rate_hz))
        self._labelled, self._course = labelled_segments(recordings, begin, end), Course.of(recordings, begin)
        self._label: tuple[str, int] | None = None
        self._samples, self._packet = samples, options.packet or max(1, round(PACKET_S * signal.rate_hz))
        self._played, self._turns = 0, dict[str, int]()
        self._blocks = _blocks(samples, there, options.packet or usual, options.loop)
        self._next: tuple[int, int, Samples] | None = None
        return replace(signal, motion_hz=signal.motion_hz if self._motion is not None else 0.0)

    def read(self, timeout_s: float) -> SampleBlock | None:
        """Return the next block when its last sample is due, or None if ``timeout_s`` passes first."""
        if self._next is None:
            self._next = next(self._blocks, None)
        if self._next is None:
            raise EndOfRecording
        start, place, block = self._next
        due_s = self._pacer.wait(start + len(block), timeout_s)
        if due_s is None:
            return None
        self._next = None
        self._played = start + len(block)
        motion = None if self._motion is None else self._motion.between(place, place + len(block))
        changes, self._label = self._course.changes(place, place + len(block), self._label)
        return SampleBlock(block, start, due_s, motion, changes)

    def check_cue(self, label: str) -> None:
        """Raise FileError if nothing has this label."""
        if label not in self._labelled:
            known = ", ".join(self._labelled) or "none"
            raise FileError(self.options.path, f"has no segment labelled '{label}'", remedy=f"its labels: {known}")

    def cue(self, label: str) -> None:
        """Continue with the recorded segments of this label: at each cue from the next one on, at first not yet played.

        One after the other: a person never repeats the same signal, which a run would refuse.
        """
        self.check_cue(label)
        found = self._labelled[label]
        if not self._turns:
            self._turns = {name: sum(one < self._played for one, _ in some) for name, some in self._labelled.items()}
        turn = self._turns[label] % len(found)
        self._turns[label] += 1
        self._next, self._blocks = None, self._answer(found[turn:] + found[:turn])

    def _answer(self, found: list[tuple[int, int]]) -> Iterator[tuple[int, int, Samples]]:
        """Yield blocks of segments in a loop, numbered on from what was played.

        Of later segments what follows their first third: a gesture begins there, or the one before it ends.
        """
        for number, (begin, end) in enumerate(cycle(found)):
            for place in range(begin + (end - begin) // 3 if number else begin, end, self._packet):
                yield self._played, place, self._samples[place : min(place + self._packet, end)]

    def close(self) -> None:
        """Do nothing: no resource is held."""


def _motion(recordings: Sequence[Recording], begin: int, end: int) -> Motion | None:
    """Recorded IMU data among samples ``begin`` to ``end`` of all recordings, counted from ``begin``."""
    parts, offset = [], -begin
    for one in recordings:
        if one.motion is not None:
            parts.append((one.motion.at + offset, one.motion.rows))
        offset += len(one.samples)
    if not parts:
        return None
    at, rows = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    inside = (at >= 0) & (at < end - begin)
    return Motion(at[inside], rows[inside])


def _blocks(
    samples: Samples, there: list[tuple[int, int]], packet: int, loop: bool
) -> Iterator[tuple[int, int, Samples]]:
    """First sample number, position and samples of each block to be played; none contains a lost sample."""
    for lap in count() if loop else (0,):
        for begin, end in there:
            for place in range(begin, end, packet):
                yield lap * len(samples) + place, place, samples[place : min(place + packet, end)]
