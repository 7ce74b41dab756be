"""The motor-unit pool of a muscle: which units are active at a drive, and how fast they fire.

After Fuglevand, Winter and Patla, "Models of recruitment and rate coding organization in motor-unit pools",
J. Neurophysiol. 70:2470-2488, 1993 (equations 1, 5 and 13): many small units with low thresholds and few large ones
with high thresholds, recruited in order of size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

UNITS = 120
"""Number of motor units in a muscle."""

RECRUITMENT_RANGE = 30.0  # the last unit's threshold relative to the first one's
SIZE_RANGE = 30.0  # the largest unit's action potential relative to the smallest one's
SLOWEST_HZ = 8.0  # minimum firing rate of every unit
FASTEST_HZ = 35.0  # the first unit's peak rate
PEAK_DECREASE_HZ = 10.0  # the last unit's peak rate is this much lower
GAIN_HZ = 1.0  # the increase of the rate with excitation, in Fuglevand's units of the first unit's threshold


@dataclass(frozen=True, slots=True)
class MotorPool:
    """The units of a muscle, smallest first: ``thresholds`` (fraction of the full drive), ``sizes`` and ``peaks_hz``.

    All are ``(U,)``; sizes are relative to the smallest unit's.
    """

    thresholds: Floats
    sizes: Floats
    peaks_hz: Floats
    full_drive: float

    @classmethod
    def of(cls, units: int = UNITS) -> MotorPool:
        """The pool of a muscle with ``units`` motor units."""
        rank = np.arange(1, units + 1) / units
        thresholds = np.exp(np.log(RECRUITMENT_RANGE) * rank)
        peaks_hz = FASTEST_HZ - PEAK_DECREASE_HZ * thresholds / RECRUITMENT_RANGE
        full_drive = RECRUITMENT_RANGE + (peaks_hz[-1] - SLOWEST_HZ) / GAIN_HZ  # brings the last unit to its peak
        return cls(thresholds / full_drive, np.exp(np.log(SIZE_RANGE) * rank), peaks_hz, float(full_drive))

    def rates_hz(self, drive: Floats) -> Floats:
        """Firing rates ``(..., U)`` at drives ``(...)`` in [0, 1]; zero below a unit's threshold."""
        above = drive[..., None] - self.thresholds
        rates = np.minimum(SLOWEST_HZ + GAIN_HZ * self.full_drive * above, self.peaks_hz)
        return np.where(above >= 0, rates, 0.0)
