"""Leads a person through a script and records every sample, with a marker at every cue."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from emgctl.calibration.lookout import Lookout
from emgctl.calibration.marks import Marks
from emgctl.calibration.pose_protocol import PoseStep
from emgctl.calibration.protocol import Prompt
from emgctl.dsp.quality import assess
from emgctl.errors import EmgctlError
from emgctl.handmodel.joints import JOINTS
from emgctl.plugin import EndOfRecording, Input
from emgctl.recording.labels import check_label
from emgctl.recording.writer import UNHURRIED_S, RecordingWriter
from emgctl.runtime.input_runner import InputRunner
from emgctl.types import PoseTrack, SampleBlock, Samples, Signal

log = logging.getLogger(__name__)
READ_S = 0.1
SILENT_S = 10.0  # after which a calibration without samples is given up
LOST_S = 60.0  # the same where the device is known to be lost: it has to be found and plugged in again


class PromptDisplay(Protocol):
    """Who shows the person what to do."""

    def step(self, number: int, steps: Sequence[Prompt]) -> None:
        """A step begins."""

    def tell(self, left_s: float, level: float) -> None:
        """How long it still lasts, and how hard the muscles work (in the signal's unit)."""

    def warn(self, troubles: Sequence[str]) -> None:
        """What is wrong with the signal of the step that ended; nothing, if nothing is."""


class SessionObserver:
    """Who looks on while a session is recorded, may begin it later or have steps made again; this does neither."""

    def opened(self, signal: Signal) -> None:
        """The input is open, and this is what it delivers."""

    def ready(self) -> bool:
        """Whether the person is ready for the first prompt; until then nothing is recorded."""
        return True

    def samples(self, block: SampleBlock) -> None:
        """A block came, before or in the session."""

    def lost(self, problem: str) -> None:
        """The input was lost, with the reason, or is back: ""."""

    def again(self) -> int | None:
        """The number of a step, in progress or over, that is to be made again; None if none is. It counts once."""


class SessionEndedError(EmgctlError):
    """The person ended the session before its end; what was recorded is kept."""


def run_session(
    device: Input,
    steps: Sequence[Prompt],
    out: Path,
    user: str,
    session: str,
    rest: str,
    screen: PromptDisplay,
    stop: Callable[[], str],
    check: Callable[[Signal], None] = lambda _signal: None,
    observer: SessionObserver | None = None,
) -> None:
    """Record a session; its time is that of the samples.

    After each step the signal's quality is looked at. A step of gestures in which the device was lost is prompted
    again, as is one that the ``observer`` wants again; what was recorded of it before has no label then. What the drawn
    hand does in a step of poses is recorded as the hand's pose; such a step only becomes longer.

    ``check`` may refuse the input's signal before anything is recorded.

    Raises:
        DeviceError: the input can't be opened, or stays silent.
        FileError: the recording can't be written, or can't keep a label whole.
        EmgctlError: the person is recorded or simulated, and can't do what is asked for; nothing is recorded.
        SessionEndedError: ``stop`` gave a reason, or the input ended.
    """
    labels = dict.fromkeys(step.label for step in steps)
    for label in labels:
        check_label(out, label)
    source, observer = InputRunner(device), observer or SessionObserver()
    try:
        signal = source.open()
        check(signal)
        for label in labels:
            source.check_cue(label)
        observer.opened(signal)
        reader = _Reader(source, observer, stop, out)
        reader.wait(steps[0].label)
        posed = any(isinstance(step, PoseStep) for step in steps)
        track = PoseTrack(JOINTS, np.empty((0, len(JOINTS)), np.float32)) if posed else None
        writer = RecordingWriter(out, signal, user=user, session=session, pose=track)
        try:
            _Session(reader, writer, signal, steps, rest, screen, observer).record()
        finally:
            writer.close(UNHURRIED_S)
        writer.check()
    finally:
        source.close()


class _Reader:
    """Reads the input's blocks, numbered from the first that is recorded, until the person or the input ends it."""

    def __init__(self, source: InputRunner, observer: SessionObserver, stop: Callable[[], str], out: Path) -> None:
        self._source, self._observer, self._stop, self._out = source, observer, stop, out
        self._problem, self._silent_s, self._first = "", 0.0, 0

    def wait(self, label: str) -> None:
        """Show the signal, in which a simulated person does this, until the person is ready."""
        if self._observer.ready():
            return
        self._source.cue(label)
        while not self._observer.ready():
            block = self._block("nothing was recorded")
            self._first += 0 if block is None else block.start + len(block.samples) - self._first
            if not self._source.paced:  # a recording that plays as fast as it can would flood whoever looks on
                time.sleep(READ_S)

    def cue(self, label: str) -> None:
        """Cue a simulated person."""
        self._source.cue(label)

    def read(self) -> tuple[SampleBlock | None, bool]:
        """The next block or None, and whether the input is lost.

        Raises:
            SessionEndedError: the person or the input ended it.
            EmgctlError: the input stays silent.
        """
        block = self._block(f"what was recorded is in {self._out}")
        if block is not None:
            self._silent_s = 0.0
            return replace(block, start=block.start - self._first) if self._first else block, False
        self._silent_s += READ_S
        if self._silent_s > (LOST_S if self._problem else SILENT_S):
            why = f" ({self._problem})" if self._problem else ""
            raise EmgctlError(f"no samples for {self._silent_s:.0f} s{why}; what was recorded is in {self._out}")
        return None, bool(self._problem)

    def _block(self, left: str) -> SampleBlock | None:
        if reason := self._stop():
            raise SessionEndedError(f"calibration {reason}; {left}")
        try:
            block = self._source.read(READ_S)
        except EndOfRecording as error:
            raise SessionEndedError(f"the input ended before the calibration did; {left}") from error
        if self._source.problem != self._problem:
            self._problem = self._source.problem
            log.warning("input %s", self._problem or "is back")
            self._observer.lost(self._problem)
        if block is not None:
            self._observer.samples(block)
        return block


class _Session:
    """The steps of a session in progress."""

    def __init__(
        self,
        reader: _Reader,
        writer: RecordingWriter,
        signal: Signal,
        steps: Sequence[Prompt],
        rest: str,
        screen: PromptDisplay,
        observer: SessionObserver,
    ) -> None:
        self._reader, self._writer, self._signal, self._screen = reader, writer, signal, screen
        self._steps, self._rest, self._observer = steps, rest, observer
        self._marks, self._lookout = Marks(writer), Lookout(rest, signal.rate_hz)
        self._todo, self._at = deque(range(len(steps))), 0

    def record(self) -> None:
        """Record every step, and again what has to be made again."""
        while self._todo:
            self._record(self._todo.popleft())
            self._writer.check()

    def _record(self, number: int) -> None:
        step = self._steps[number]
        self._reader.cue(step.label)
        self._screen.step(number, self._steps)
        begin, until = self._at, self._at + round(step.seconds * self._signal.rate_hz)
        self._marks.begin(number, begin, step)
        blocks: list[Samples] = []
        was_lost = False
        while self._at < until:
            block, is_lost = self._reader.read()
            was_lost |= is_lost
            if block is not None:
                self._writer.write(block)
                if isinstance(step, PoseStep):
                    elapsed_s = (block.start - begin + np.arange(len(block.samples))) / self._signal.rate_hz
                    self._writer.pose(block.start, step.angles(elapsed_s))
                blocks.append(block.samples)
                self._at = block.start + len(block.samples)
                self._screen.tell(max(until - self._at, 0) / self._signal.rate_hz, level(block.samples))
            if not isinstance(step, PoseStep) and self._is_again(number, block is not None and was_lost):
                return
        self._screen.warn(self._troubles(step, np.concatenate(blocks)))

    def _is_again(self, number: int, was_lost: bool) -> bool:
        """Take up what is to be made again; whether it is the step in progress, which ends with that."""
        wanted = self._observer.again()
        if was_lost or wanted == number:
            self._marks.discard(number)
            self._todo.extendleft(reversed(self._with_rest(number)))
            return True
        if wanted is not None and self._marks.discard(wanted):
            self._todo.extendleft(reversed([*self._with_rest(wanted), *self._rest_after(wanted)]))
        return False

    def _troubles(self, step: Prompt, samples: Samples) -> list[str]:
        found = [str(one) for one in assess(samples, self._signal, resting=step.label == self._rest)]
        return found if isinstance(step, PoseStep) else [*found, *self._lookout.look(step.label, samples)]

    def _with_rest(self, number: int) -> list[int]:
        """A step with the rest before it, where the script has a rest before and after each gesture."""
        return [number - 1, number] if self._rest_after(number) else [number]

    def _rest_after(self, number: int) -> list[int]:
        around = [self._steps[one].label for one in (number - 1, number + 1) if 0 <= one < len(self._steps)]
        is_between = around == [self._rest] * 2 and self._steps[number].label != self._rest
        return [number + 1] if is_between else []


def level(samples: Samples) -> float:
    """How hard the muscles work in a block ``(T, C)``: the mean absolute value."""
    return float(np.abs(samples - samples.mean(axis=0)).mean()) if len(samples) > 1 else float(np.abs(samples).mean())
