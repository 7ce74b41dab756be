"""The quality of samples that may be more than memory holds."""

from __future__ import annotations

from emgctl.dsp.quality import SignalIssue, assess
from emgctl.support.free_memory import allowed_bytes
from emgctl.types import Recording

ASSESSING = 16  # times the samples' own bytes: their copies, and their spectra


def assessed(recording: Recording) -> list[SignalIssue]:
    """The problems of a recording's channels; of one too large for memory, those in its middle."""
    samples, most = recording.samples, allowed_bytes() // ASSESSING
    keep = len(samples) if samples.nbytes <= most else max(most // (4 * samples.shape[1]), 1)
    first = (len(samples) - keep) // 2
    return assess(samples[first : first + keep], recording.signal)
