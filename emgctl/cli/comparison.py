"""What ``emgctl bench --compare`` measures: this version beside another, in runs that take turns."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from emgctl.cli.benchmark import HOP_MS, UNPACED_S, measure_prepared, prepare
from emgctl.cli.other_version import HERE, environment, unpacked
from emgctl.errors import UsageError
from emgctl.support.own_program import bundled

PACED = {  # where the figures of a paced run are
    "packet -> command p50": ("latency_us", "p50"),
    "packet -> command p99": ("latency_us", "p99"),
    "decode p50": ("stage_us", "decode", "p50"),
    "bind p50": ("stage_us", "bind", "p50"),
    "send p50": ("stage_us", "send", "p50"),
    "share of a core": ("cpu_share",),
    "memory": ("rss_mb",),
}
Ratios = dict[str, list[float]]


def compare(
    signals: Mapping[str, Mapping[str, Any]],
    other: str,
    seconds: float,
    rounds: int,
    model: str,
    report: Callable[[str], None],
    hop_ms: float = HOP_MS,
) -> dict[str, Ratios]:
    """The ratios this version / other version of each round, by signal and figure; below 1, this one is better.

    Both play the same signal through the same model, which this version trains. In every other round the other version
    is the first, so that what else the machine does falls on both.

    Args:
        signals: their names, and the options of the input ``synthetic`` that makes them.
        other: a commit of the repository that this version is run from, or a wheel.
        seconds: the length of each paced run.
        rounds: how often both are run.
        model: the kind of classifier.
        report: called with what is done next.
        hop_ms: a decision every so many milliseconds.

    Raises:
        UsageError: there is no such version, no Python to run it, or it can't run what this version can.
    """
    if bundled():
        raise UsageError("--compare runs another version with Python, which a bundle lacks: install emgctl with pip")
    with tempfile.TemporaryDirectory(prefix="emgctl-bench-") as folder:
        try:
            versions = {"this": environment(HERE), "other": environment(unpacked(other, Path(folder)))}
        except UsageError as error:
            raise UsageError(f"--compare: {error}") from error
        ratios: dict[str, Ratios] = {}
        for signal, options in signals.items():
            report(f"{signal}: training on simulated EMG")
            prepared = Path(folder) / signal
            prepared.mkdir()
            prepare(prepared, options, model, max(seconds, UNPACED_S))
            ratios[signal] = {}
            for turn in range(rounds):
                report(f"{signal}: round {turn + 1} of {rounds}")
                try:
                    found = {
                        version: _figures(prepared, seconds, hop_ms, versions[version])
                        for version in sorted(versions, reverse=turn % 2 == 1)
                    }
                except subprocess.CalledProcessError as error:
                    said = (error.stderr or "").strip().splitlines()[-1:] or [f"status {error.returncode}"]
                    raise UsageError(f"--compare: {other} can't run this version's profile: {said[0]}") from error
                for name, figure in found["this"].items():
                    ratios[signal].setdefault(name, []).append(figure / found["other"][name])
    return ratios


def _figures(folder: Path, seconds: float, hop_ms: float, environment: Mapping[str, str]) -> dict[str, float]:
    paced = measure_prepared(folder, seconds, "real", hop_ms, environment)
    fast = measure_prepared(folder, UNPACED_S, "max", hop_ms, environment)
    figures = {name: _figure(paced, keys) for name, keys in PACED.items()}
    figures["decode p50 unpaced"] = fast["stage_us"]["decode"]["p50"]
    figures["seconds at --speed max"] = 1 / fast["realtime_factor"]
    return figures


def _figure(stats: Any, keys: tuple[str, ...]) -> float:
    for key in keys:
        stats = stats[key]
    return float(stats)


def lines(ratios: Mapping[str, Ratios]) -> Iterator[str]:
    """The median of each figure's ratios, with the lowest and the highest."""
    yield "this version / other version, below 1 is better: median of the rounds (lowest to highest)"
    for signal, figures in ratios.items():
        for name, found in figures.items():
            yield f"{signal:10} {name:24} {median(found):.2f} ({min(found):.2f} to {max(found):.2f})"
