"""Leads a person through a script and records every sample, with a marker at every cue."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

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


class PromptDisplay(Protocol):
    """Who shows the person what to do."""

    def step(self, number: int, steps: Sequence[Prompt]) -> None:
        """A step begins."""

    def tell(self, left_s: float, level: float) -> None:
        """How long it still lasts, and how hard the muscles work (in the signal's unit)."""

    def warn(self, troubles: Sequence[str]) -> None:
        """What is wrong with the signal of the step that ended; nothing, if nothing is."""


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
) -> None:
    """Record a session; its time is that of the samples, so that a lost device only makes it longer.

    After each step the signal's quality is looked at. What the drawn hand does in a step of poses is recorded as the
    hand's pose.

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
    source = InputRunner(device)
    try:
        signal = source.open()
        check(signal)
        for label in labels:
            source.check_cue(label)
        posed = any(isinstance(step, PoseStep) for step in steps)
        track = PoseTrack(JOINTS, np.empty((0, len(JOINTS)), np.float32)) if posed else None
        writer = RecordingWriter(out, signal, user=user, session=session, pose=track)
        try:
            at, problem = 0, ""
            for number, step in enumerate(steps):
                source.cue(step.label)
                screen.step(number, steps)
                begin, until, silent_s = at, at + round(step.seconds * signal.rate_hz), 0.0
                writer.mark(at, step.label, step.repetition)
                blocks: list[Samples] = []
                while at < until:
                    if reason := stop():
                        raise SessionEndedError(f"calibration {reason}; what was recorded is in {out}")
                    block = _read(source, out)
                    if source.problem != problem:
                        problem = source.problem
                        log.warning("input %s", problem or "is back")
                    if block is None:
                        silent_s += READ_S
                        if silent_s > SILENT_S:
                            raise EmgctlError(f"no samples for {SILENT_S:g} s; what was recorded is in {out}")
                        continue
                    silent_s = 0.0
                    writer.write(block)
                    if isinstance(step, PoseStep):
                        elapsed_s = (block.start - begin + np.arange(len(block.samples))) / signal.rate_hz
                        writer.pose(block.start, step.angles(elapsed_s))
                    blocks.append(block.samples)
                    at = block.start + len(block.samples)
                    screen.tell(max(until - at, 0) / signal.rate_hz, level(block.samples))
                screen.warn([str(one) for one in assess(np.concatenate(blocks), signal, resting=step.label == rest)])
        finally:
            writer.close(UNHURRIED_S)
        writer.check()
    finally:
        source.close()


def level(samples: Samples) -> float:
    """How hard the muscles work in a block ``(T, C)``: the mean absolute value."""
    return float(np.abs(samples - samples.mean(axis=0)).mean()) if len(samples) > 1 else float(np.abs(samples).mean())


def _read(source: InputRunner, out: Path) -> SampleBlock | None:
    try:
        return source.read(READ_S)
    except EndOfRecording as error:
        raise SessionEndedError(f"the input ended before the calibration did; what was recorded is in {out}") from error
