"""The vocabulary of a profile's ``mapping``: what a gesture does. Each action names itself in ``do``.

mapping:
  fist:      [{do: hold, button: a}]
  extension: [{do: press, button: b}]
  flexion:   [{do: axis, axis: left_x, value: -1}]
  grip:      [{do: proportional, axis: right_trigger, dead_zone: 0.1, curve: 2}]
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from emgctl.plugin import Options

Name = Annotated[str, Field(min_length=1)]


class Press(Options):
    """Press a button when the gesture begins and release it ``for_s`` later, however long the gesture lasts."""

    do: Literal["press"]
    button: Name
    for_s: Annotated[float, Field(gt=0, le=10)] = 0.1


class Hold(Options):
    """Hold a button for as long as the gesture lasts."""

    do: Literal["hold"]
    button: Name


class Axis(Options):
    """Put an axis to a fixed value while the gesture lasts."""

    do: Literal["axis"]
    axis: Name
    value: Annotated[float, Field(ge=-1, le=1)]


class Proportional(Options):
    """Move an axis with the muscles' intensity while the gesture lasts.

    Below ``dead_zone`` the axis is 0; above it the rest of the range is stretched to [0, 1], raised to the power
    ``curve`` (1 linear, 2 fine control near rest) and scaled to ``full``, whose sign gives the direction.
    """

    do: Literal["proportional"]
    axis: Name
    dead_zone: Annotated[float, Field(ge=0, lt=1)] = 0.1
    curve: Annotated[float, Field(gt=0, le=10)] = 1.0
    full: Annotated[float, Field(ge=-1, le=1)] = 1.0

    def value(self, intensity: float) -> float:
        """The axis value for an ``intensity`` in [0, 1]."""
        beyond = max(0.0, min(intensity, 1.0) - self.dead_zone) / (1.0 - self.dead_zone)
        return float(beyond**self.curve) * self.full


Action = Annotated[Press | Hold | Axis | Proportional, Field(discriminator="do")]
Mapping = dict[str, list[Action]]
