"""Smoothing that follows fast movements and holds slow ones still, with the past only."""

from __future__ import annotations

import math
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field


class Smoothing(BaseModel):
    """How poses are smoothed: the cutoff where nothing moves, and by how much it rises with the speed (Hz s/rad)."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    cutoff_hz: Annotated[float, Field(gt=0, le=100)] = 1.5
    slope: Annotated[float, Field(ge=0, le=100)] = 3.0


class OneEuro:
    """The 1-euro filter (Casiez, Roussel and Vogel 2012): a low-pass whose cutoff rises with the speed.

    Args:
        rate_hz: of the values.
        cutoff_hz: where nothing moves; lower is smoother and slower.
        slope: by how many Hz the cutoff rises with each unit per second.
        speed_hz: the cutoff of the speed itself.
    """

    def __init__(self, rate_hz: float, cutoff_hz: float, slope: float, speed_hz: float = 1.0) -> None:
        self._rate_hz, self._cutoff_hz, self._slope = rate_hz, cutoff_hz, slope
        self._of_speed = _share(speed_hz, rate_hz)
        self._value: NDArray[np.float32] | None = None

    @classmethod
    def of(cls, how: Smoothing, rate_hz: float) -> Self:
        """The filter that is meant."""
        return cls(rate_hz, how.cutoff_hz, how.slope)

    def reset(self) -> None:
        """Forget everything: the next values come out as they are."""
        self._value = None

    def __call__(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """The smoothed values ``(J,)`` of one moment."""
        if self._value is None:
            self._value, self._speed = values.copy(), np.zeros_like(values)
            return values.copy()
        speed = (values - self._value) * self._rate_hz
        self._speed += self._of_speed * (speed - self._speed)
        cutoff_hz = self._cutoff_hz + self._slope * np.abs(self._speed)
        self._value += _share(cutoff_hz, self._rate_hz) * (values - self._value)
        return self._value.copy()


def _share(cutoff_hz: Any, rate_hz: float) -> Any:
    """How much of a new value a first-order low-pass takes."""
    step = 2 * math.pi * cutoff_hz / rate_hz
    return step / (1 + step)
