"""Figures of samples that may be more than memory holds, computed block by block."""

from __future__ import annotations

import numpy as np

from emgctl.dsp.quality import SignalIssue, assess
from emgctl.recording.room import blocks
from emgctl.support.free_memory import allowed_bytes
from emgctl.types import Recording, Samples

ASSESSING = 16  # times the samples' own bytes: their copies, and their spectra


def value_range(samples: Samples) -> tuple[float, float] | None:
    """The least and the largest of samples ``(T, C)``; None if all of them were lost."""
    low, high = np.inf, -np.inf
    for part in blocks(*samples.shape):
        there = samples[part][np.isfinite(samples[part])]
        if there.size:
            low, high = min(low, float(there.min())), max(high, float(there.max()))
    return (low, high) if low <= high else None


def assessed(recording: Recording) -> list[SignalIssue]:
    """The problems of a recording's channels; of one too large for memory, those in its middle."""
    samples, most = recording.samples, allowed_bytes() // ASSESSING
    keep = len(samples) if samples.nbytes <= most else max(most // (4 * samples.shape[1]), 1)
    first = (len(samples) - keep) // 2
    return assess(samples[first : first + keep], recording.signal)
