"""Figures of samples that may be more than memory holds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgctl.dsp.quality import SignalIssue, assess
from emgctl.recording.room import blocks
from emgctl.support.free_memory import allowed_bytes
from emgctl.types import Recording, Samples

ASSESSING = 16  # times the samples' own bytes: their copies, and their spectra


def assessed(recording: Recording) -> list[SignalIssue]:
    """The problems of a recording's channels; of one too large for memory, those in its middle."""
    samples, most = recording.samples, allowed_bytes() // ASSESSING
    keep = len(samples) if samples.nbytes <= most else max(most // (4 * samples.shape[1]), 1)
    first = (len(samples) - keep) // 2
    return assess(samples[first : first + keep], recording.signal)


def deviations(samples: Samples) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The RMS and the peak of each channel ``(C,)`` of samples ``(T, C)``, from its mean; NaN of one that was lost."""
    count, total = np.zeros(samples.shape[1], np.int64), np.zeros(samples.shape[1])
    low, high = np.full(samples.shape[1], np.nan), np.full(samples.shape[1], np.nan)
    for part in blocks(*samples.shape):
        one = np.asarray(samples[part], np.float64)
        count += (~np.isnan(one)).sum(axis=0)
        total += np.nansum(one, axis=0)
        low, high = np.fmin(low, np.fmin.reduce(one)), np.fmax(high, np.fmax.reduce(one))
    there = np.where(count, count, np.nan)
    mean, squares = total / there, np.zeros(samples.shape[1])
    for part in blocks(*samples.shape):
        squares += np.nansum(np.square(samples[part] - mean), axis=0)
    return np.sqrt(squares / there), np.maximum(high - mean, mean - low)
