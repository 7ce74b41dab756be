"""Looks at each gesture while a calibration is recorded: did a muscle work, and does it look like an earlier one?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgctl.types import Samples

REACTION_S, WINDOW_S = 0.8, 0.2
WORKED = 1.5  # times the rest's amplitude on the strongest electrode; 1 % of the gestures of myo_people are below
ALIKE = 1.25  # standard deviations, as root mean square over the electrodes
"""Of myo_people, 90 % of the pairs of holds of the same gesture are nearer, and 1.2 % of those of different ones."""

_LEAST_WINDOWS, _FLOOR, _LEAST_VARIANCE = 3, 0.5, 0.05

Amplitudes = NDArray[np.float64]


class Lookout:
    """Compares the amplitude of each gesture on every electrode with that of rest and of the gestures before it."""

    def __init__(self, rest: str, rate_hz: float) -> None:
        self._rest, self._rate_hz = rest, rate_hz
        self._known: dict[str, Amplitudes] = {}

    def look(self, label: str, samples: Samples) -> list[str]:
        """What is wrong with the samples ``(T, C)`` that were recorded from a prompt on, in sentences."""
        seen = self._amplitudes(samples)
        if len(seen) < _LEAST_WINDOWS:
            return []
        found: list[str] = []
        rest = self._known.get(self._rest)
        if label != self._rest:
            if rest is not None and (seen.mean(axis=0) - rest.mean(axis=0)).max() < np.log(WORKED):
                return [f"no muscle worked at {label}: make it more firmly, and look after the electrodes"]
            found = [
                f"{label} and {other} look alike: make them more different, or leave one of them out"
                for other, amplitudes in self._known.items()
                if other not in (self._rest, label) and _distance(seen, amplitudes) < ALIKE
            ]
        self._known[label] = seen
        return found

    def _amplitudes(self, samples: Samples) -> Amplitudes:
        """The logarithm of each electrode's amplitude in windows after the reaction, ``(N, C)``."""
        held = samples[round(REACTION_S * self._rate_hz) :].astype(np.float64)
        held = held[np.isfinite(held).all(axis=1)]
        length = max(2, round(WINDOW_S * self._rate_hz))
        count = len(held) // length
        windows = held[: count * length].reshape(count, length, -1)
        return np.asarray(np.log(windows.std(axis=1) + _FLOOR))


def _distance(one: Amplitudes, other: Amplitudes) -> float:
    """How many standard deviations two gestures are apart."""
    variance = (one.var(axis=0) + other.var(axis=0)) / 2 + _LEAST_VARIANCE
    return float(np.sqrt((((one.mean(axis=0) - other.mean(axis=0)) ** 2) / variance).mean()))
