"""Causal smoothing that follows fast movements and keeps slow ones steady."""

from __future__ import annotations

import math
from typing import Annotated, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Cutoff = TypeVar("Cutoff", float, NDArray[np.floating])


class Smoothing(BaseModel):
    """Smoothing of poses: the cutoff at rest, and its increase with speed (Hz s/rad)."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    cutoff_hz: Annotated[float, Field(gt=0, le=100)] = 1.5
    slope: Annotated[float, Field(ge=0, le=100)] = 3.0


SPEED_HZ = 1.0  # cutoff of the estimate of the speed


class OneEuro:
    """The 1-euro filter (Casiez, Roussel and Vogel 2012): a low-pass whose cutoff rises with the speed.

    Args:
        rate_hz: rate of the values.
        cutoff_hz: cutoff at rest; lower is smoother and slower.
        slope: increase of the cutoff in Hz per unit of speed.
        speed_hz: cutoff of the speed estimate.
    """

    def __init__(self, rate_hz: float, cutoff_hz: float, slope: float, speed_hz: float = SPEED_HZ) -> None:
        self._rate_hz, self._cutoff_hz, self._slope = rate_hz, cutoff_hz, slope
        self._of_speed = share(speed_hz, rate_hz)
        self._value: NDArray[np.float32] | None = None

    @classmethod
    def of(cls, how: Smoothing, rate_hz: float) -> Self:
        """Create the filter described by the settings."""
        return cls(rate_hz, how.cutoff_hz, how.slope)

    def reset(self) -> None:
        """Discard the state: the next values pass unchanged."""
        self._value = None

    def __call__(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Smooth the values ``(J,)`` of one frame."""
        if self._value is None:
            self._value, self._speed = values.copy(), np.zeros_like(values)
            return values.copy()
        speed = (values - self._value) * self._rate_hz
        self._speed += self._of_speed * (speed - self._speed)
        cutoff_hz = self._cutoff_hz + self._slope * np.abs(self._speed)
        self._value += share(cutoff_hz, self._rate_hz) * (values - self._value)
        return self._value.copy()


def share(cutoff_hz: Cutoff, rate_hz: float) -> Cutoff:
    """Weight of a new value in a first-order low-pass."""
    step = 2 * math.pi * cutoff_hz / rate_hz
    return step / (1 + step)
