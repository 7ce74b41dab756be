"""The only writer of a run's figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict

from emgctl.runtime.output_runner import OutputRunner
from emgctl.runtime.safety import Safety
from emgctl.runtime.stream.stream_guard import StreamGuard
from emgctl.stats import ProfileState, Stats
from emgctl.types import Gesture, Prediction, SampleBlock


class RunMetrics:
    """Records a run's figures in ``stats``, of which plugins and people get snapshots.

    Stage times are noted while a decision is in progress and counted once no output is waiting for it
    (:meth:`count_stages`).
    """

    def __init__(self, rate_hz: float, guard: StreamGuard, safety: Safety) -> None:
        self.stats = Stats()
        self._rate_hz, self._guard, self._safety = rate_hz, guard, safety
        self._took: list[tuple[str, float]] = []

    def block(self, block: SampleBlock, windows_skipped: int) -> None:
        """Count a block that arrived, whether its samples were refused or not."""
        stats = self.stats
        stats.samples += len(block.samples)
        stats.blocks += 1
        stats.signal_s = stats.samples / self._rate_hz
        self._losses(windows_skipped)

    def stage(self, name: str, took_s: float) -> None:
        """Note the duration of a stage."""
        self._took.append((name, took_s))

    def decoded(self, took_s: float) -> None:
        """Count a decision of the decoder."""
        self.stats.windows_decoded += 1
        self.stage("decode", took_s)

    def decided(self, prediction: Prediction, took_s: float) -> None:
        """Count a prediction that became a command."""
        label = prediction.label if isinstance(prediction, Gesture) else "pose"
        self.stats.decisions[label] = self.stats.decisions.get(label, 0) + 1
        self.stage("bind", took_s)

    def sent(self, took_s: float, delay_s: float) -> None:
        """Note that every output has its command, ``delay_s`` after its block arrived."""
        self.stage("send", took_s)
        self.stats.latency.add(delay_s)
        self.count_stages()

    def count_stages(self) -> None:
        """Count the noted stage times."""
        for name, took_s in self._took:
            self.stats.stages[name].add(took_s)
        self._took.clear()

    def show(self, state: str, reason: str) -> None:
        """Set the state of the run as shown to people."""
        self.stats.state, self.stats.reason = state, reason

    def report(self, runner: OutputRunner, values: Sequence[float], note: str) -> None:
        """Store telemetry from an output's device; thread-safe."""
        numbers = [value if math.isfinite(value) else None for value in values]
        self.stats.telemetry[runner.name] = {**dict(zip(runner.telemetry_channels, numbers, strict=True)), "note": note}

    def doing(self, runner: OutputRunner, text: str) -> None:
        """Note what an output's device does now; thread-safe."""
        runner.stats["doing"] = text

    def profile(self, state: ProfileState) -> None:
        """Note what became of a change of the profile's file; thread-safe."""
        self.stats.profile = state

    def finish(self, reconnects: int, windows_skipped: int) -> None:
        """Copy figures that are kept elsewhere during the run, at its end."""
        self.count_stages()
        self._losses(windows_skipped)
        self.stats.reconnects = reconnects
        self.stats.state = self._safety.state
        self.stats.transitions = [asdict(transition) for transition in self._safety.transitions]

    def _losses(self, windows_skipped: int) -> None:
        stats, guard = self.stats, self._guard
        stats.gaps, stats.samples_lost, stats.samples_repeated = guard.gaps, guard.lost, guard.repeated
        stats.windows_skipped = windows_skipped
        if guard.counts.total() != sum(stats.faults.values()):
            stats.faults = {str(kind): count for kind, count in guard.counts.items()}
