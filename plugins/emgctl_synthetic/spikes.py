"""Spike trains: renewal processes whose rate follows the drive, continued from one time segment to the next."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgctl_synthetic.pool import Floats

INTERVAL_CV = 0.18
"""Coefficient of variation of the intervals between spikes; 0.1 to 0.25 in humans (Clamann 1969)."""

_SHORTEST_INTERVAL = 0.4  # of the mean: minimum distance of a unit's spikes


class SpikeTrains:
    """The spike trains of ``units`` motor units, with Gaussian intervals.

    Each unit integrates its firing rate and fires when the integral exceeds a random interval of mean 1, so the rate
    may change, or fall to zero and recover, between two spikes.
    """

    def __init__(self, units: int, rng: np.random.Generator) -> None:
        self._rng = rng
        self._remaining = rng.random(units)

    def advance(self, rates_hz: Floats, step_s: float) -> tuple[Floats, NDArray[np.intp]]:
        """Fire for ``len(rates_hz)`` steps.

        Args:
            rates_hz: the units' rates in each step, ``(steps, units)``.
            step_s: the length of a step.

        Returns:
            The time of each spike in seconds from the beginning, and its unit; in no particular order.
        """
        count = np.cumsum(rates_hz * step_s, axis=0)
        total = count[-1]
        times: list[Floats] = [np.empty(0)]
        units: list[NDArray[np.intp]] = [np.empty(0, np.intp)]
        due = np.flatnonzero(self._remaining <= total)
        while len(due):  # one round for the first spike of each unit, one for the second ...
            target = self._remaining[due]
            reached = count[:, due]
            step = (reached < target).sum(axis=0)
            after = reached[step, np.arange(len(due))]
            gained = rates_hz[step, due] * step_s
            times.append((step + 1 - (after - target) / gained) * step_s)
            units.append(due)
            intervals = 1 + INTERVAL_CV * self._rng.standard_normal(len(due))
            self._remaining[due] += np.maximum(intervals, _SHORTEST_INTERVAL)
            due = due[self._remaining[due] <= total[due]]
        self._remaining -= total
        return np.concatenate(times), np.concatenate(units)
