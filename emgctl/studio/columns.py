"""What a screen can show of a signal: the smallest and the largest sample of each column, so that no peak is lost."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from emgctl.types import Samples

COLUMNS_HZ = 250.0
KEPT_S = 5.0  # as a page does


class Columns:
    """The last seconds of a signal in columns of ``samples_each`` samples; ``count`` columns came so far."""

    def __init__(self, channels: int, rate_hz: float) -> None:
        self.samples_each = max(1, math.ceil(rate_hz / COLUMNS_HZ))
        self.rate_hz = rate_hz / self.samples_each
        self.count, self.channels = 0, channels
        self._ring = np.zeros((math.ceil(KEPT_S * self.rate_hz), channels, 2), np.float32)
        self._rest = np.empty((0, channels), np.float32)

    def add(self, samples: Samples) -> None:
        """Add samples ``(T, C)``; those of a column that is not complete yet wait for the next call."""
        samples = np.concatenate((self._rest, samples))
        whole, each = len(samples) // self.samples_each, self.samples_each
        self._rest = samples[whole * each :]
        parts = samples[: whole * each].reshape(whole, each, samples.shape[1])[-len(self._ring) :]
        self.count += whole
        at = np.arange(self.count - len(parts), self.count) % len(self._ring)
        self._ring[at] = np.stack((parts.min(1), parts.max(1)), axis=-1)

    def since(self, first: int) -> tuple[int, NDArray[np.float32]]:
        """The columns ``(N, C, 2)`` from ``first`` on, as far as they are kept, and the index of the first of them."""
        first = min(max(first, self.count - len(self._ring), 0), self.count)
        return first, self._ring[np.arange(first, self.count) % len(self._ring)]


def overview(samples: Samples, most: int) -> NDArray[np.float32]:
    """Samples ``(T, C)`` in at most ``most`` columns ``(N, C, 2)`` of the same length; lost samples are NaN."""
    if not len(samples):
        return np.empty((0, samples.shape[1], 2), np.float32)
    first = np.arange(0, len(samples), math.ceil(len(samples) / most))
    return np.stack((np.fmin.reduceat(samples, first), np.fmax.reduceat(samples, first)), axis=-1)
