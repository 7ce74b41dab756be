"""Counts and delays of a run, cheap enough to keep for every decision, in constant memory."""

from __future__ import annotations

import math
import sys
import time
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

from emgctl.errors import LONGEST_TEXT, quoted

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
class OutputState:
    """One output: ``state`` ("open", "reconnecting", "hung"), ``since_s`` (seconds since 1970), and its last error.

    ``doing`` is what its device does now, such as the grip that a hand makes, "" for nothing.
    """

    name: str
    state: str
    since_s: float
    last_error: str
    doing: str = ""

    @property
    def is_there(self) -> bool:
        """Whether it accepts commands."""
        return self.state in ("open", "closed")  # closed: not opened yet, or the run is at its end

    @property
    def remedy(self) -> str:
        """What to do to have it back; "" while it is there."""
        if self.state == "reconnecting":
            return "connect it and switch it on: it is opened again without a restart, and moves after the next rest"
        if self.state == "hung":
            return "check its cable and power, and close what blocks it; it moves after the next rest"
        return ""

    def __str__(self) -> str:
        """``"hand: reconnecting since 14:03:22 (no answer)"``, in local time."""
        error = f" ({self.last_error})" if self.last_error and not self.is_there else ""
        return f"{self.name}: {self.state} since {datetime.fromtimestamp(self.since_s):%H:%M:%S}{error}"


@dataclass(frozen=True, slots=True)
class ProfileState:
    """What became of the newest content of the profile's file.

    ``sha256`` is that content's, "" where the file is not watched. It is "in effect", "waiting" for the next rest, or
    "refused" for ``reasons``, and the run goes on with what was in effect before. ``reloads`` counts the changes that
    took effect since the start.
    """

    state: Literal["in effect", "waiting", "refused"] = "in effect"
    sha256: str = ""
    reasons: Sequence[str] = field(default_factory=list)
    reloads: int = 0

    def __str__(self) -> str:
        """A sentence for people, "" where there is nothing to report."""
        if self.state == "refused":
            reasons = "; ".join(quoted(one, LONGEST_TEXT) for one in self.reasons)
            return f"the changed profile is not used, and the run goes on as before: {reasons}"
        if self.state == "waiting":
            return "the changed profile takes effect at the next rest"
        return "the changed profile is in effect" if self.reloads else ""


@dataclass(frozen=True, slots=True)
class RunStats:
    """What a run has done so far, or did: counts, delays and its state; what ``emgctl run --stats`` writes.

    ``samples`` and ``blocks`` are those that arrived, ``samples_repeated`` were delivered twice and dropped, and
    ``faults`` counts by kind how often the signal became unsound ("not finite", "gap", ...: StreamGuard).
    ``latency_us`` is from a packet's arrival to its command at every fast output, ``stage_us`` that of each step.
    ``decisions`` counts windows by gesture, ``outputs`` has each output's counts and state, and since when it is in
    it (``since_s``, seconds since 1970); ``device`` is what the input reports, ``telemetry`` the latest values and note
    from each output's device. ``profile`` is what became of changes of its file. ``transitions`` are the changes of the
    safety state with their reasons, once the run has ended. ``signal_s`` is the length of the signal that arrived,
    ``wall_s`` and ``cpu_s`` the time it took, ``rss_mb`` the peak memory in 10^6 bytes. Of a run of several inputs,
    ``inputs`` has the figures of each by its name, and the others are of all together.
    """

    samples: int
    blocks: int
    gaps: int
    samples_lost: int
    samples_repeated: int
    faults: Mapping[str, int]
    windows_decoded: int
    windows_skipped: int
    decisions: Mapping[str, int]
    outputs: Mapping[str, Mapping[str, Any]]
    telemetry: Mapping[str, Mapping[str, float | str | None]]
    latency_us: DelaySummary
    stage_us: Mapping[str, DelaySummary]
    reconnects: int
    device: Mapping[str, Any]
    state: str
    reason: str
    transitions: Sequence[Mapping[str, Any]]
    profile: ProfileState
    signal_s: float
    wall_s: float
    cpu_s: float
    cpu_share: float | None
    realtime_factor: float | None
    rss_mb: float | None
    inputs: Mapping[str, RunStats] = field(default_factory=dict)

    def output_states(self) -> Iterator[OutputState]:
        """The state of each output, for showing it to people."""
        for name, one in self.outputs.items():
            yield OutputState(name, one["state"], one["since_s"], quoted(one["last_error"]), quoted(one["doing"]))

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values, the units in the keys."""
        return asdict(self)


class Delays:
    """A histogram of delays with logarithmic bins: percentiles to 1 % for days of decisions in 18 kB."""

    __slots__ = ("_bins", "count", "max_s", "sum_s")

    def __init__(self) -> None:
        self._bins = array("q", bytes(8 * _BINS))
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

    def percentiles(self, *percents: float) -> list[float]:
        """The delays in seconds that so many percent of all delays do not exceed; NaN before the first one."""
        cumulative = np.frombuffer(self._bins, np.int64).cumsum()
        if not (count := int(cumulative[-1])):
            return [math.nan] * len(percents)
        wanted = [max(1, math.ceil(count * percent / 100)) for percent in percents]
        middles = [(2 ** ((place + 0.5) / _BINS_PER_OCTAVE) - 1) * 1e-9 for place in cumulative.searchsorted(wanted)]
        return [min(float(middle), self.max_s) for middle in middles]

    def summary(self) -> DelaySummary:
        """Count, percentiles and maximum in microseconds, None where there is nothing yet."""
        if not self.count:
            return DelaySummary(0)
        delays_s = *self.percentiles(50, 99), self.max_s
        return DelaySummary(self.count, *(round(delay_s * 1e6, 1) for delay_s in delays_s))


STAGES = ("window", "decode", "bind", "send")


@dataclass(slots=True)
class Stats:
    """The figures of a run in progress, which only the run itself changes; everyone else reads snapshots.

    ``latency`` is from a packet's arrival to its command at every fast output.
    """

    samples: int = 0
    blocks: int = 0
    gaps: int = 0
    samples_lost: int = 0
    samples_repeated: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    windows_decoded: int = 0
    windows_skipped: int = 0
    decisions: dict[str, int] = field(default_factory=dict)
    latency: Delays = field(default_factory=Delays)
    stages: dict[str, Delays] = field(default_factory=lambda: {stage: Delays() for stage in STAGES})
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    telemetry: dict[str, dict[str, float | str | None]] = field(default_factory=dict)
    transitions: list[dict[str, Any]] = field(default_factory=list)
    state: str = "recovering"
    reason: str = ""
    reconnects: int = 0
    device: dict[str, Any] = field(default_factory=dict)
    profile: ProfileState = field(default_factory=ProfileState)
    started_s: float = field(default_factory=time.perf_counter)
    cpu_started_s: float = field(default_factory=time.process_time)
    signal_s: float = 0.0

    def snapshot(self) -> RunStats:
        """The figures at this moment, from any thread; what comes later does not change them."""
        wall_s = time.perf_counter() - self.started_s
        cpu_s = time.process_time() - self.cpu_started_s
        return RunStats(
            samples=self.samples,
            blocks=self.blocks,
            gaps=self.gaps,
            samples_lost=self.samples_lost,
            samples_repeated=self.samples_repeated,
            faults=self.faults.copy(),
            windows_decoded=self.windows_decoded,
            windows_skipped=self.windows_skipped,
            decisions=dict(sorted(self.decisions.copy().items())),
            outputs=_copied(self.outputs),
            telemetry=_copied(self.telemetry),
            latency_us=self.latency.summary(),
            stage_us={stage: delays.summary() for stage, delays in self.stages.items()},
            reconnects=self.reconnects,
            device=_copied(self.device),
            state=self.state,
            reason=self.reason,
            transitions=_copied(self.transitions),
            profile=self.profile,
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


def _copied(value: Any) -> Any:
    """Plain values, copied although another thread may be adding some: copying a single dict or list is atomic."""
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.copy().items()}
    return [_copied(one) for one in value.copy()] if isinstance(value, list) else value


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
