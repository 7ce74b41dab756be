"""The rate and the gaps in a column of times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SLOWEST_HZ, FASTEST_HZ = 30.0, 30_000.0
"""Rates between which the unit of a time without one is looked for."""
UNIX = ((1e17, 1e-9), (1e14, 1e-6), (1e11, 1e-3), (1e8, 1.0))
"""Times since 1970 by the size of their numbers, and the seconds that one unit is."""
ROUNDED = 5e-4
"""Of a rate: so near a whole one it is that one, as times are rounded."""
EVEN = 0.25  # of a step that times of samples differ from their place at most, where they are even
PAUSE = 50  # mean steps: a longer one is a pause
_FAR = 1e9  # samples in a row that are missing: beyond it, their number does not matter
LARGEST_GAP = 4
"""Times the samples that are there: more are not filled in, but the recordings are taken to be several."""


@dataclass(frozen=True, slots=True)
class Timing:
    """The rate of a table's rows; ``restarts`` are rows at which the time starts over.

    ``lost`` are rows before which samples are missing and how many, both ``(K,)``.
    """

    rate_hz: float
    restarts: NDArray[np.int64]
    lost_before: NDArray[np.int64]
    lost: NDArray[np.int64]


def timing(times: NDArray[np.float64], factor: float | None) -> Timing | None:
    """The timing by the times of rows, of which ``factor`` is the unit in seconds if that is known.

    None where they show no rate: they stand still, or rise too rarely.
    """
    steps = np.diff(times)
    steps = steps[np.isfinite(steps)]
    rises = steps[steps > 0]
    if len(rises) < 2 or 10 * (steps < 0).sum() > len(steps):
        return None
    usual = float(np.median(steps))
    even = usual > 0 and float(np.mean(np.abs(steps - usual) <= EVEN * usual)) > 0.9
    mean = usual if even else _mean(times, steps)
    unit = factor if factor is not None else _unit(float(np.nanmin(times)), mean)
    if unit is None or mean <= 0:
        return None
    exact = float(steps[np.abs(steps - usual) <= EVEN * usual].mean()) if even else mean
    rate = _rounded(1.0 / (exact * unit), 0.0 if even else float(np.std(steps[steps >= 0])) / mean / len(steps))
    every = np.nan_to_num(np.diff(times))
    restarts = np.flatnonzero(every < -max(usual, 0.0)) + 1
    none = np.empty(0, np.int64)
    if not even:
        return Timing(rate, restarts, none, none)
    with np.errstate(over="ignore"):
        missing = np.clip(np.rint(every / mean), -_FAR, _FAR).astype(np.int64) - 1
    at = np.flatnonzero(missing > 0)
    if missing[at].sum() > LARGEST_GAP * len(times):
        return Timing(rate, np.union1d(restarts, at + 1), none, none)
    return Timing(rate, restarts, at + 1, missing[at])


def _mean(times: NDArray[np.float64], steps: NDArray[np.float64]) -> float:
    """The mean step of uneven times, without pauses; rows that arrive together may have one time, also the last."""
    forward = steps[steps >= 0]
    forward = forward[forward <= PAUSE * forward.mean()]
    together = len(times) - int(np.searchsorted(times, times[-1])) if (np.diff(times) >= 0).all() else 1
    return float(forward.sum()) / max(1, len(forward) + 1 - together)


def _unit(first: float, step: float) -> float | None:
    """The unit of times in seconds: by their size if they count since 1970, else the one that gives a usual rate."""
    for least, factor in UNIX:
        if first >= least and SLOWEST_HZ / 10 <= 1 / (step * factor) <= 10 * FASTEST_HZ:
            return factor
    usual = (factor for factor in (1.0, 1e-3, 1e-6, 1e-9) if SLOWEST_HZ < 1 / (step * factor) <= FASTEST_HZ)
    return next(usual, None)


def _rounded(rate: float, jitter: float) -> float:
    """A rate as it was set, if it is as near that as the times allow: ``jitter`` is what the rate varies by."""
    for step in (50.0, 10.0, 1.0):
        near = step * round(rate / step)
        if near and abs(rate - near) <= max(ROUNDED, min(3 * jitter, 0.01)) * near:
            return near
    return float(np.float64(f"{rate:.7g}"))


def filled(rows: NDArray[np.float32], timing: Timing) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Rows with rows of NaN where samples are missing, and the place that each row had before, -1 for those."""
    places = np.arange(len(rows))
    if not len(timing.lost):
        return rows, places
    at = np.repeat(timing.lost_before, timing.lost)
    return np.insert(rows, at, np.nan, axis=0), np.insert(places, at, -1)
