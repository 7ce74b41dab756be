"""Detects when a muscle became active, which is some time after the cue."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgctl.dsp.runs import true_runs
from emgctl.types import Samples

SMOOTHING_S = 0.05
HOLD_S = 0.05
DEVIATIONS = 3.0


def envelope(samples: Samples, rate_hz: float) -> NDArray[np.float64]:
    """Activity of all muscles, ``(T,)``: rectified samples without their mean, averaged over channels and 50 ms."""
    level = np.nan_to_num(np.abs(samples - np.nanmedian(samples, axis=0))).mean(axis=1, dtype=np.float64)
    width = max(1, round(SMOOTHING_S * rate_hz))
    return np.convolve(level, np.full(width, 1 / width), mode="same")


def bursts(
    level: NDArray[np.float64], rest: NDArray[np.float64], begin: int, end: int, rate_hz: float
) -> list[tuple[int, int]]:
    """First and end of each segment between ``begin`` and ``end`` with muscle activity for at least 50 ms.

    The level there exceeds the mean at rest by three standard deviations (Hodges and Bui, Electroencephalogr Clin
    Neurophysiol 101(6), 1996).

    Args:
        level: the envelope of the whole recording, ``(T,)``.
        rest: the envelope where the person rested.
        begin: start of the search.
        end: end of the search.
        rate_hz: the samples' rate.
    """
    if not len(rest):
        return []
    above = level[begin:end] > rest.mean() + DEVIATIONS * rest.std()
    hold = max(1, round(HOLD_S * rate_hz))
    return [(begin + first, begin + last) for first, last in true_runs(above) if last - first >= hold]


def onset(level: NDArray[np.float64], rest: NDArray[np.float64], begin: int, end: int, rate_hz: float) -> int | None:
    """The first sample of the first of :func:`bursts`, None if there is none."""
    return next((first for first, _ in bursts(level, rest, begin, end, rate_hz)), None)
