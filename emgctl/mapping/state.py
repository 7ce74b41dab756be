"""The state that actions work on: the controls being composed, and what persists between steps."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from emgctl.mapping.forearm import Forearm
from emgctl.mapping.strokes import Stroke
from emgctl.mapping.trigger import Moment
from emgctl.types import Request, StopRequest

Until = Literal["end", "again", "next", "base"]
"""What ends a layer: its gesture, the same action again, the next gesture, or only an action that goes to the base."""

MAX_STEP_S = 0.5
"""Maximum time between two decisions that time-based motion makes up for."""


@dataclass(slots=True, eq=False)
class ActiveLayer:
    """An active layer: since when, and what ends it."""

    name: str
    until: Until
    since_s: float
    ends_s: float | None


@dataclass(slots=True)
class State:
    """The controls. ``strokes`` and ``axes`` are composed afresh at each step; the rest persists until changed.

    ``strokes`` are what presses buttons at this step. ``latched`` buttons and ``kept`` axes outlast their gesture;
    ``springs`` gives the speed at which a kept axis returns. ``asleep``: waiting for the wake gesture.
    """

    now_s: float = 0.0
    step_s: float = 0.0
    intensity: float = 0.0
    forearm: Forearm = field(default_factory=Forearm)
    strokes: list[Stroke] = field(default_factory=list)
    axes: dict[str, float] = field(default_factory=dict)
    latched: dict[str, Stroke] = field(default_factory=dict)
    kept: dict[str, float] = field(default_factory=dict)
    springs: dict[str, float] = field(default_factory=dict)
    layers: list[ActiveLayer] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    paused: bool = False
    killed: str = ""
    asleep: bool = False
    _going: bool = False

    def at(self, now_s: float, intensity: float) -> None:
        """Start composing the controls at ``now_s``.

        The first step, and the first after everything was released, has no duration.
        """
        now_s = now_s if math.isfinite(now_s) else self.now_s
        self.step_s = min(max(now_s - self.now_s, 0.0), MAX_STEP_S) if self._going else 0.0
        self.now_s, self._going = now_s, True
        self.intensity = min(max(intensity, 0.0), 1.0) if math.isfinite(intensity) else 0.0
        self.forearm.at(now_s)
        self.strokes.clear()
        self.axes.clear()

    @property
    def moment(self) -> Moment:
        """The values that triggers evaluate."""
        return Moment(self.now_s, self.intensity, self.forearm.height_deg)

    def halt(self, halt: StopRequest) -> bool:
        """Pause, resume or kill; False if that changes nothing. A kill is final."""
        if self.killed:
            return False
        if halt.how == "kill":
            self.killed = f"killed by {halt.by}"
            return True
        before = self.paused
        self.paused = not before if halt.how == "toggle" else halt.how != "resume"
        return self.paused != before

    def press(self, stroke: Stroke) -> None:
        """Press the buttons of a stroke; it stays the same stroke while they are pressed without interruption."""
        if stroke.buttons:
            self.strokes.append(stroke)

    def drive(self, axis: str, value: float) -> None:
        """Move an axis; of several actions on one axis, the one that moves it furthest wins."""
        if not math.isfinite(value):
            return
        value = min(max(value, -1.0), 1.0)
        if abs(value) >= abs(self.axes.get(axis, 0.0)):
            self.axes[axis] = value

    def keep(self, axis: str, value: float) -> None:
        """Move an axis to a value that persists."""
        if math.isfinite(value):
            self.kept[axis] = min(max(value, -1.0), 1.0)

    def compose(self) -> None:
        """Add everything that persists."""
        for axis, per_s in list(self.springs.items()):
            value, back = self.kept.get(axis, 0.0), per_s * self.step_s
            self.kept[axis] = max(abs(value) - back, 0.0) * (1 if value > 0 else -1)
            if not self.kept[axis]:
                del self.springs[axis]
        self.strokes += dict.fromkeys(self.latched.values())
        for axis, value in self.kept.items():
            self.drive(axis, value)

    def release(self) -> None:
        """Release all buttons and axes, and leave every layer except the first."""
        for kept in (self.strokes, self.axes, self.latched, self.kept, self.springs, self.layers):
            kept.clear()
        self.interrupt()

    def interrupt(self) -> None:
        """Treat the next step as not continuing from here: nothing moved during the time between."""
        self.forearm.forget_rates()
        self._going = False
