"""What actions work on: the controls as they are composed, and what stays on from one moment to the next."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emgctl.mapping.motion import Attitude
from emgctl.mapping.trigger import Moment
from emgctl.types import Request

if TYPE_CHECKING:
    from emgctl.mapping.control import Layer


@dataclass(slots=True, eq=False)
class Entered:
    """A layer that was entered: by which action, since when, and what ends it."""

    name: str
    action: Layer
    since_s: float
    ends_s: float | None


@dataclass(slots=True)
class State:
    """The controls. ``buttons`` and ``axes`` are composed anew at each moment; the rest stays until it is changed.

    ``latched`` buttons and ``kept`` axes outlive their gesture; ``springs`` says how fast a kept axis goes back.
    """

    now_s: float = 0.0
    step_s: float = 0.0
    intensity: float = 0.0
    attitude: Attitude = field(default_factory=Attitude)
    buttons: set[str] = field(default_factory=set)
    axes: dict[str, float] = field(default_factory=dict)
    latched: set[str] = field(default_factory=set)
    kept: dict[str, float] = field(default_factory=dict)
    springs: dict[str, float] = field(default_factory=dict)
    layers: list[Entered] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    paused: bool = False
    killed: str = ""

    def at(self, now_s: float, intensity: float) -> None:
        """Begin to compose the controls at ``now_s``."""
        self.step_s, self.now_s = max(now_s - self.now_s, 0.0), now_s
        self.intensity = intensity
        self.buttons.clear()
        self.axes.clear()

    @property
    def moment(self) -> Moment:
        """What triggers look at."""
        return Moment(self.now_s, self.intensity, self.attitude.degrees("pitch"))

    def drive(self, axis: str, value: float) -> None:
        """Move an axis; of several actions on one axis, the one that moves it furthest wins."""
        value = min(max(value, -1.0), 1.0)
        if abs(value) >= abs(self.axes.get(axis, 0.0)):
            self.axes[axis] = value

    def keep(self, axis: str, value: float) -> None:
        """Move an axis to where it stays."""
        if math.isfinite(value):
            self.kept[axis] = min(max(value, -1.0), 1.0)

    def compose(self) -> None:
        """Add what stays on."""
        for axis, per_s in list(self.springs.items()):
            value, back = self.kept.get(axis, 0.0), per_s * self.step_s
            self.kept[axis] = max(abs(value) - back, 0.0) * (1 if value > 0 else -1)
            if not self.kept[axis]:
                del self.springs[axis]
        self.buttons |= self.latched
        for axis, value in self.kept.items():
            self.drive(axis, value)

    def release(self) -> None:
        """Nothing is pressed, nothing is kept, and no layer but the first one is on."""
        for kept in (self.buttons, self.axes, self.latched, self.kept, self.springs, self.layers):
            kept.clear()
