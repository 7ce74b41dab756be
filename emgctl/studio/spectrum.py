"""The amplitude spectrum of the last seconds of a channel, as a page draws it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgctl.types import Samples

POINTS = 160
_SEGMENT_S = 0.5
_SMALLEST = 1e-6


def spectrum(samples: Samples, rate_hz: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Frequencies in Hz and amplitudes in dB of samples ``(T,)``; empty where there are too few.

    The mean power of half-overlapping Hann windows of 0.5 s (Welch 1967, doi 10.1109/TAU.1967.1161901). Where there are
    more than ``POINTS`` frequencies, the largest of several neighbours stands for all, so that no line is lost.
    """
    length = round(_SEGMENT_S * rate_hz)
    if length < 4 or len(samples) < length:
        return np.empty(0), np.empty(0)
    segments = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), length)[:: length // 2]
    taper = np.hanning(length)
    lines = np.fft.rfft((segments - segments.mean(axis=1, keepdims=True)) * taper) / taper.sum() * 2
    power: NDArray[np.float64] = np.square(np.abs(lines)).mean(axis=0)[1:]
    hz = np.arange(1, len(power) + 1, dtype=np.float64) * rate_hz / length
    each = -(-len(hz) // POINTS)
    starts = np.arange(0, len(hz), each)
    largest: NDArray[np.float64] = np.maximum.reduceat(power, starts)
    db: NDArray[np.float64] = 10 * np.log10(np.maximum(largest, _SMALLEST))
    return hz[starts], db
