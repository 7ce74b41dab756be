"""How far a ring armband is turned since the calibration, found from a few seconds of one gesture.

Which electrodes are strong in a gesture makes a pattern around the arm; turned by the right number of electrodes,
today's is that of the calibration. This needs no model, and is surer than asking one, which may be certain of the wrong
thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import UsageError
from emgctl.inference.model import RING, rotation_order
from emgctl.types import Recording

LEAST_GAIN = 0.3  # of correlation: an armband is rather not turned than turned by a small difference
EPSILON = 1e-3

Pattern = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rotation:
    """By how many electrodes, and how well today's pattern is the calibration's so and as it is: correlations."""

    electrodes: int
    correlation: float
    before: float


def find_rotation(calibrated: Sequence[Recording], now: Sequence[Recording], gesture: str) -> Rotation:
    """The turn after which a gesture's pattern is most like that of the calibration.

    Args:
        calibrated: recordings of the calibration.
        now: at least one second of the gesture as the armband sits today, labelled.
        gesture: which label.

    Raises:
        UsageError: one of the two has nothing of the gesture.
    """
    then, today = _pattern(calibrated, gesture, "calibration"), _pattern(now, gesture, "new recording")
    turns = range(RING if len(then) % RING == 0 else len(then))
    found = [float(np.corrcoef(then, today[rotation_order(len(then), turn)])[0, 1]) for turn in turns]
    best = int(np.argmax(found))
    if found[best] < found[0] + LEAST_GAIN:
        best = 0
    return Rotation(best, found[best], found[0])


def _pattern(recordings: Sequence[Recording], gesture: str, where: str) -> Pattern:
    """Log RMS of each channel in a gesture, ``(C,)``."""
    parts = []
    for one in recordings:
        if one.labels is not None and gesture in one.label_names:
            chosen = (one.labels == one.label_names.index(gesture)) & np.isfinite(one.samples).all(axis=1)
            parts.append(one.samples[chosen].astype(np.float64))
    samples = np.concatenate(parts) if parts else np.empty((0, 1))
    if not len(samples):
        raise UsageError(f"the {where} has nothing of '{gesture}' to compare")
    rms: Pattern = np.sqrt(samples.var(axis=0) + EPSILON)
    return np.log(rms)
