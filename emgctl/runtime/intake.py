"""What happens to a block of samples before it is windowed."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import Any, Protocol

from emgctl.mapping.engine import Binding
from emgctl.runtime.guardian import Guardian
from emgctl.runtime.output_runner import Lane
from emgctl.runtime.stream.stream_guard import Fault, StreamGuard
from emgctl.types import SampleBlock, Signal

log = logging.getLogger(__name__)
_LARGE_S = 0.1  # of signal in one block


class Recorder(Protocol):
    """What ``run --record`` writes the blocks to; see :class:`emgctl.recording.writer.RecordingWriter`."""

    def write(self, block: SampleBlock) -> None:
        """Take a block without blocking."""

    def tell(self, sample: int, source: str, values: Sequence[float], note: str) -> None:
        """Take what an output's device reported, from any thread."""

    def close(self) -> None:
        """Write what is left and close the file."""

    def check(self) -> None:
        """Raise FileError if something could not be recorded."""


class Intake:
    """Records each block, gives it to the outputs and the mapping that want it, and has it judged.

    ``sample`` is the index after the last sample that arrived. Of a ``live`` input, samples that waited longer than
    ``stale_after_s`` are not acted on.
    """

    def __init__(
        self, signal: Signal, guard: StreamGuard, guardian: Guardian, binding: Binding, lanes: Sequence[Lane],
        live: bool, stale_after_s: float,
    ) -> None:  # fmt: skip
        self.recorder: Recorder | None = None
        self.sample = 0
        self._rate_hz, self._live, self._stale_after_s = signal.rate_hz, live, stale_after_s
        self._guard, self._guardian, self._binding = guard, guardian, binding
        self._streaming = [lane for lane in lanes if lane.wants_samples]
        self._motion_lost = ""

    def take(self, block: SampleBlock, begun_s: float) -> tuple[SampleBlock | None, str]:
        """What of a block may be decoded, None where nothing may, and what is wrong with it, "" if nothing is.

        ``begun_s`` is when the run began: before that nothing could be decoded.
        """
        if self.recorder is not None:
            self.recorder.write(block)
        self.sample = block.start + len(block.samples)
        for lane in self._streaming:
            self._guardian.enter(lane.title, lane)
            lane.samples(block)
        self._guardian.enter("")
        if block.motion is not None and len(block.motion):
            self._binding.moved(block.motion, self.sample / self._rate_hz)
        late_s = time.perf_counter() - max(block.received_s, begun_s)
        if self._live and late_s > self._stale_after_s:
            return None, f"samples came {late_s:.2f} s late to be decoded"
        at_once = len(block.samples) > _LARGE_S * self._rate_hz  # many decisions would be made before
        verdict = self._guard.inspect(block, defer=not at_once)
        return verdict.block, verdict.reason if isinstance(verdict, Fault) else ""

    def report_motion(self, device: dict[str, Any]) -> None:
        """Report once that the arm's motion is missing, and once that it is back."""
        lost = self._binding.motion_lost
        if lost != self._motion_lost:
            self._motion_lost = device["motion"] = lost
            log.warning("%s", lost or "the arm's motion is back")
