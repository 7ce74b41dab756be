"""Shape of an axis: dead zones, response curve, inversion, slew limit. A profile's section ``axes``."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from emgctl.plugin import Options

Part = Annotated[float, Field(ge=0, lt=1)]
Point = tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]


class AxisShape(Options):
    """How an axis responds, whatever moves it.

    Up to ``dead_zone`` it is 0, from ``1 - outer_dead_zone`` it is full; in between it follows ``curve``, an exponent
    (1 linear) or points ``[[in, out], ...]`` from 0 to 1. Nonzero values start at ``anti_dead_zone``, to overcome a
    game's own dead zone. ``invert`` reverses it; ``slew_per_s`` is the maximum rate of change.
    """

    dead_zone: Annotated[Part, Field(examples=[0.1])] = 0.0
    anti_dead_zone: Part = 0.0
    outer_dead_zone: Part = 0.0
    curve: Annotated[float, Field(gt=0, le=10)] | tuple[Point, ...] = 1.0
    invert: bool = False
    slew_per_s: Annotated[float, Field(gt=0, le=1000)] | None = None

    @field_validator("curve", mode="before")
    @classmethod
    def _exponent_or_points(cls, curve: object) -> object:
        points = isinstance(curve, list | tuple) and all(
            isinstance(one, list | tuple) and len(one) == 2 for one in curve
        )
        if not points and (isinstance(curve, bool) or not isinstance(curve, int | float)):
            raise ValueError(
                "should be an exponent, for example 2, or points, for example [[0, 0], [0.5, 0.2], [1, 1]]"
            )
        return curve

    @field_validator("curve")
    @classmethod
    def _rising(cls, curve: float | tuple[Point, ...]) -> float | tuple[Point, ...]:
        if not isinstance(curve, tuple):
            return curve
        if len(curve) < 2 or curve[0][0] != 0 or curve[-1][0] != 1:
            raise ValueError("a curve needs at least two points, from [0, ...] to [1, ...]")
        if any(right[0] <= left[0] for left, right in itertools.pairwise(curve)):
            raise ValueError("the points of a curve must be in ascending order")
        return curve

    @model_validator(mode="after")
    def _something_left(self) -> AxisShape:
        if self.dead_zone + self.outer_dead_zone >= 1:
            raise ValueError("dead_zone and outer_dead_zone leave no range between them")
        return self

    def shaped(self, value: float) -> float:
        """The axis for a ``value`` in [-1, 1], without the slew limit; also in [-1, 1]."""
        size = min(abs(value), 1.0)
        if size <= self.dead_zone:
            return 0.0
        size = min((size - self.dead_zone) / (1.0 - self.dead_zone - self.outer_dead_zone), 1.0)
        size = _interpolated(self.curve, size) if isinstance(self.curve, tuple) else size**self.curve
        size = self.anti_dead_zone + (1.0 - self.anti_dead_zone) * size
        return size if (value > 0) != self.invert else -size

    def slewed(self, value: float, before: float, step_s: float) -> float:
        """The axis after ``step_s`` on its way from ``before`` to ``value``."""
        if self.slew_per_s is None:
            return value
        return approach(before, value, self.slew_per_s * step_s)


Shapes = dict[Annotated[str, Field(min_length=1)], AxisShape]


class Shaper:
    """Shapes all axes of a command; keeps the values of those with a slew limit."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes = shapes
        self._slow = [name for name, shape in shapes.items() if shape.slew_per_s is not None]
        self._at: dict[str, float] = {}

    def reset(self) -> None:
        """Set all axes to 0."""
        self._at.clear()

    def apply(self, axes: dict[str, float], step_s: float) -> dict[str, float]:
        """Return the shaped axes."""
        if not self.shapes:
            return dict(axes)
        out = {name: self.shapes[name].shaped(v) if name in self.shapes else v for name, v in axes.items()}
        for name in self._slow:
            at = self.shapes[name].slewed(out.get(name, 0.0), self._at.get(name, 0.0), step_s)
            self._at[name] = at
            if at or name in out:
                out[name] = at
        return out


def approach(before: float, goal: float, most: float) -> float:
    """The value after a step of at most ``most`` from ``before`` towards ``goal``."""
    return min(max(goal, before - most), before + most)


def _interpolated(points: tuple[Point, ...], x: float) -> float:
    right = min(bisect_right(points, x, key=lambda point: point[0]), len(points) - 1)
    (x0, y0), (x1, y1) = points[right - 1], points[right]
    return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
