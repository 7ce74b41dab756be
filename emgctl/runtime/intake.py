"""Handles a block of samples before it is windowed."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any, Protocol

from emgctl.mapping.engine import MappingEngine
from emgctl.runtime.guardian import Guardian
from emgctl.runtime.output_runner import OutputRunner
from emgctl.runtime.stream.stream_guard import Fault, StreamGuard
from emgctl.types import SampleBlock, Signal

log = logging.getLogger(__name__)
_LARGE_S = 0.1  # of signal in one block


class Recorder(Protocol):
    """Where ``run --record`` writes the blocks; see :class:`emgctl.recording.writer.RecordingWriter`."""

    def write(self, block: SampleBlock) -> None:
        """Add a block without blocking."""

    def report(self, sample: int, source: str, values: Sequence[float], note: str) -> None:
        """Add telemetry from an output's device; thread-safe."""

    def close(self) -> None:
        """Write the rest and close the file."""

    def check(self) -> None:
        """Raise FileError if recording failed."""


class Intake:
    """Records each block, passes it to outputs and the mapping if they use it, and has it checked.

    ``sample`` is the index after the last sample received. For a ``live`` input, samples that waited longer than
    ``stale_after_s`` are not acted on.
    """

    def __init__(
        self,
        signal: Signal,
        guard: StreamGuard,
        guardian: Guardian,
        engine: MappingEngine,
        runners: Sequence[OutputRunner],
        live: bool,
        stale_after_s: float,
    ) -> None:
        self.recorder: Recorder | None = None
        self.sample = 0
        self._rate_hz, self._live, self._stale_after_s = signal.rate_hz, live, stale_after_s
        self._guard, self._guardian, self._engine = guard, guardian, engine
        self._streaming = [runner for runner in runners if runner.wants_samples]
        self._motion_lost = ""

    def take(self, block: SampleBlock, begun_s: float) -> tuple[SampleBlock | None, str]:
        """Return the part of a block that may be decoded (None: nothing) and what is wrong with it ("": nothing).

        ``begun_s`` is when the run started; nothing was decoded before.
        """
        if self.recorder is not None:
            self.recorder.write(block)
        self.sample = block.start + len(block.samples)
        for runner in self._streaming:
            self._guardian.enter(runner.title, runner)
            runner.samples(block)
        self._guardian.enter("")
        if block.motion is not None and len(block.motion):
            self._engine.moved(block.motion, self.sample / self._rate_hz)
        late_s = time.perf_counter() - max(block.received_s, begun_s)
        if self._live and late_s > self._stale_after_s:
            return None, f"samples arrived {late_s:.2f} s too late to be decoded"
        at_once = len(block.samples) > _LARGE_S * self._rate_hz  # many decisions would be made at once
        verdict = self._guard.inspect(block, defer=not at_once)
        return verdict.block, verdict.reason if isinstance(verdict, Fault) else ""

    def report_motion(self, device: dict[str, Any]) -> None:
        """Log once when motion data is missing and once when it is back."""
        lost = self._engine.motion_lost
        if lost != self._motion_lost:
            self._motion_lost = device["motion"] = lost
            log.warning("%s", lost or "the arm's motion is back")
