"""Counts and delays of a run, cheap enough to keep for every decision, in constant memory."""

from __future__ import annotations

import copy
import math
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

_BINS_PER_OCTAVE = 64  # neighbouring bins differ by 1.1 %, which is the error of a percentile
_BINS = _BINS_PER_OCTAVE * 36  # up to 2**36 ns, 69 s


@dataclass(frozen=True, slots=True)
class DelaySummary:
    """How many delays there were, and their median, 99th percentile and maximum in microseconds."""

    count: int
    p50: float | None = None
    p99: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True)
class RunStats:
    """What a run did: counts, delays, and how it ended; what ``emgctl run --stats`` writes.

    ``latency_us`` is from a packet's arrival to its command at every fast output, ``stage_us`` that of each step.
    ``decisions`` counts windows by gesture, ``outputs`` and ``device`` have what each output and the input report,
    ``transitions`` the changes of the safety state with their reasons. ``signal_s`` is the decoded signal's length,
    ``wall_s`` and ``cpu_s`` the time it took, ``rss_mb`` the peak memory in 10^6 bytes.
    """

    samples: int
    blocks: int
    gaps: int
    samples_lost: int
    windows_decoded: int
    windows_skipped: int
    decisions: dict[str, int]
    outputs: dict[str, dict[str, Any]]
    told: dict[str, dict[str, float | str | None]]
    latency_us: DelaySummary
    stage_us: dict[str, DelaySummary]
    reconnects: int
    device: dict[str, Any]
    state: str
    reason: str
    transitions: list[dict[str, Any]]
    signal_s: float
    wall_s: float
    cpu_s: float
    cpu_share: float | None
    realtime_factor: float | None
    rss_mb: float | None

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, the units in the keys."""
        return asdict(self)


class Delays:
    """A histogram of delays with logarithmic bins: percentiles to 1 % for days of decisions in 18 kB."""

    __slots__ = ("_bins", "count", "max_s", "sum_s")

    def __init__(self) -> None:
        self._bins = [0] * _BINS
        self.count = 0
        self.max_s = 0.0
        self.sum_s = 0.0

    def add(self, delay_s: float) -> None:
        """Count one delay in seconds; a negative one counts as zero."""
        delay_s = max(delay_s, 0.0)
        place = int(math.log2(delay_s * 1e9 + 1.0) * _BINS_PER_OCTAVE)
        self._bins[min(place, _BINS - 1)] += 1
        self.count += 1
        self.sum_s += delay_s
        self.max_s = max(self.max_s, delay_s)

    def percentile(self, percent: float) -> float:
        """The delay in seconds that ``percent`` of all delays do not exceed; NaN before the first one."""
        if not self.count:
            return math.nan
        wanted, seen = max(1, math.ceil(self.count * percent / 100)), 0
        for place, count in enumerate(self._bins):
            seen += count
            if seen >= wanted:
                middle = (2 ** ((place + 0.5) / _BINS_PER_OCTAVE) - 1) * 1e-9
                return min(middle, self.max_s)
        return self.max_s

    def summary(self) -> DelaySummary:
        """Count, percentiles and maximum in microseconds, None where there is nothing yet."""
        if not self.count:
            return DelaySummary(0)
        p50, p99 = self.percentile(50), self.percentile(99)
        return DelaySummary(self.count, *(round(delay_s * 1e6, 1) for delay_s in (p50, p99, self.max_s)))


STAGES = ("window", "decode", "bind", "send")


@dataclass(slots=True)
class Stats:
    """What a run has done so far. ``latency`` is from a packet's arrival to its command at every fast output.

    ``told`` is what each output's device said last.
    """

    samples: int = 0
    blocks: int = 0
    gaps: int = 0
    samples_lost: int = 0
    windows_decoded: int = 0
    windows_skipped: int = 0
    decisions: dict[str, int] = field(default_factory=dict)
    latency: Delays = field(default_factory=Delays)
    stages: dict[str, Delays] = field(default_factory=lambda: {stage: Delays() for stage in STAGES})
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    told: dict[str, dict[str, float | str | None]] = field(default_factory=dict)
    transitions: list[dict[str, Any]] = field(default_factory=list)
    state: str = "recovering"
    reason: str = ""
    reconnects: int = 0
    device: dict[str, Any] = field(default_factory=dict)
    started_s: float = field(default_factory=time.perf_counter)
    cpu_started_s: float = field(default_factory=time.process_time)
    signal_s: float = 0.0

    def snapshot(self) -> RunStats:
        """All of it at this moment; what comes later does not change it."""
        wall_s = time.perf_counter() - self.started_s
        cpu_s = time.process_time() - self.cpu_started_s
        return RunStats(
            samples=self.samples,
            blocks=self.blocks,
            gaps=self.gaps,
            samples_lost=self.samples_lost,
            windows_decoded=self.windows_decoded,
            windows_skipped=self.windows_skipped,
            decisions=dict(sorted(self.decisions.items())),
            outputs=copy.deepcopy(self.outputs),
            told=copy.deepcopy(self.told),
            latency_us=self.latency.summary(),
            stage_us={stage: delays.summary() for stage, delays in self.stages.items()},
            reconnects=self.reconnects,
            device=copy.deepcopy(self.device),
            state=self.state,
            reason=self.reason,
            transitions=copy.deepcopy(self.transitions),
            signal_s=round(self.signal_s, 6),
            wall_s=round(wall_s, 3),
            cpu_s=round(cpu_s, 3),
            cpu_share=round(cpu_s / wall_s, 4) if wall_s else None,
            realtime_factor=round(self.signal_s / wall_s, 2) if wall_s else None,
            rss_mb=peak_rss_mb(),
        )

    def as_json(self) -> dict[str, Any]:
        """Everything as plain values, the units in the keys; what ``run --stats`` writes."""
        return self.snapshot().to_dict()


def peak_rss_mb() -> float | None:
    """The process's peak resident memory in MB (10^6 bytes), None where the system can't tell (Windows).

    Linux's ``ru_maxrss`` would count a parent that was larger when it started this process; ``VmHWM`` does not
    (man 5 proc_pid_status).
    """
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return round(int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6, 1)
    except (OSError, IndexError):
        pass
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak * (1 if sys.platform == "darwin" else 1024) / 1e6, 1)
