"""Actions on axes: axis, proportional, velocity, set, step, center, orientation, gyro."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from emgctl.mapping.action import ActionOptions, AxisAction, Effect, Name
from emgctl.mapping.motion import Turn
from emgctl.mapping.quaternion import Quaternion
from emgctl.mapping.shaping import approach
from emgctl.mapping.state import State
from emgctl.mapping.steering import SteeringAngle

HOLD_S = 1.0
"""After this long without a motion row, an axis that follows the forearm returns from its last value to 0."""

RETURN_PER_S = 1.0
"""How fast it then returns to 0, and how fast it catches up when motion is back."""

Value = Annotated[float, Field(ge=-1, le=1, examples=[1])]


class Axis(AxisAction):
    """Set an axis to a fixed value while the gesture lasts."""

    do: Literal["axis"]
    value: Value

    def effect(self) -> Effect:
        """Create the effect that sets the value."""
        return _AxisEffect(self)


class Proportional(AxisAction):
    """Move an axis with the muscles' intensity while the gesture lasts.

    Below ``dead_zone`` the axis is 0; above it the rest of the range is scaled to [0, 1], raised to the power
    ``curve`` (1 linear, 2 fine control near rest) and multiplied by ``full``, whose sign gives the direction.
    """

    do: Literal["proportional"]
    dead_zone: Annotated[float, Field(ge=0, lt=1)] = 0.1
    curve: Annotated[float, Field(gt=0, le=10)] = 1.0
    full: Value = 1.0

    def value_of(self, intensity: float) -> float:
        """The axis value for an ``intensity`` in [0, 1]."""
        beyond = max(0.0, min(intensity, 1.0) - self.dead_zone) / (1.0 - self.dead_zone)
        return float(beyond**self.curve) * self.full

    def effect(self) -> Effect:
        """Create the effect that follows intensity."""
        return _AxisEffect(self)


class _AxisEffect(Effect):
    def __init__(self, action: Axis | Proportional) -> None:
        self._action = action

    def apply(self, state: State, on: bool) -> bool:
        if on:
            action = self._action
            state.drive(action.axis, action.value if isinstance(action, Axis) else action.value_of(state.intensity))
        return False


class Velocity(AxisAction):
    """Move an axis by ``per_s`` per second while the gesture lasts; afterwards it stays or returns.

    With ``proportional``, intensity scales the speed. ``back_per_s`` is the speed at which the axis returns to 0 after
    the gesture; without it, the axis stays.
    """

    do: Literal["velocity"]
    per_s: Annotated[float, Field(ge=-20, le=20, examples=[1])]
    proportional: bool = False
    back_per_s: Annotated[float, Field(gt=0, le=100)] | None = None

    def effect(self) -> Effect:
        """Create the effect that moves over time."""
        return _Moving(self)


class _Moving(Effect):
    def __init__(self, action: Velocity) -> None:
        self._action = action
        self._fresh = False

    def start(self, state: State) -> None:
        state.springs.pop(self._action.axis, None)
        self._fresh = True

    def stop(self, state: State) -> None:
        if self._action.back_per_s is not None:
            state.springs[self._action.axis] = self._action.back_per_s

    def apply(self, state: State, on: bool) -> bool:
        if on and not self._fresh:
            action = self._action
            speed = action.per_s * (state.intensity if action.proportional else 1.0)
            state.keep(action.axis, state.kept.get(action.axis, 0.0) + speed * state.step_s)
        self._fresh = False
        return False


class Set(AxisAction):
    """Set an axis to a value, where it stays."""

    do: Literal["set"]
    value: Value

    def effect(self) -> Effect:
        """Create the one-time change to the value."""
        return _SetEffect(self)


class Step(AxisAction):
    """Move an axis by a step, where it stays."""

    do: Literal["step"]
    by: Annotated[float, Field(ge=-1, le=1, examples=[0.1])]

    def effect(self) -> Effect:
        """Create the one-time change by the step."""
        return _SetEffect(self)


class _SetEffect(Effect):
    def __init__(self, action: Set | Step) -> None:
        self._action = action

    def start(self, state: State) -> None:
        action = self._action
        state.springs.pop(action.axis, None)
        stays = state.kept.get(action.axis, 0.0)
        state.keep(action.axis, action.value if isinstance(action, Set) else stays + action.by)


class Center(ActionOptions):
    """Return axes moved by ``velocity``, ``set`` or ``step`` to 0: the named one, or all."""

    do: Literal["center"]
    axis: Name | None = None

    def effect(self) -> Effect:
        """Create the one-time return to 0."""
        return _Centring(self)


class _Centring(Effect):
    def __init__(self, action: Center) -> None:
        self._axis = action.axis

    def start(self, state: State) -> None:
        for axis in list(state.kept) if self._axis is None else [self._axis]:
            state.kept.pop(axis, None)
            state.springs.pop(axis, None)


class Orientation(AxisAction):
    """Move an axis with the forearm's yaw, pitch or roll while the gesture lasts: full at ``full_deg`` from the center.

    With ``from_start`` the angle is measured from where the arm was when the gesture began.
    """

    do: Literal["orientation"]
    turn: Turn
    full_deg: Annotated[float, Field(gt=0, le=180)] = 45.0
    dead_zone_deg: Annotated[float, Field(ge=0, lt=90)] = 0.0
    invert: bool = False
    from_start: bool = False

    @property
    def uses_motion(self) -> bool:
        """True: the action reads the arm's orientation."""
        return True

    def effect(self) -> Effect:
        """Create the effect that follows the angle."""
        return _Pointing(self)


class _Pointing(Effect):
    """Follows the angle. When motion is lost, the axis holds, then returns to 0; afterwards it catches up."""

    def __init__(self, action: Orientation) -> None:
        self._action = action
        self._angle: SteeringAngle | None = None
        self._at, self._behind = 0.0, False

    def start(self, state: State) -> None:
        self._angle, self._at, self._behind = None, 0.0, state.forearm.lost

    def apply(self, state: State, on: bool) -> bool:
        forearm = state.forearm
        now, center = forearm.attitude.now, forearm.attitude.center
        if not on or now is None:
            return False
        if forearm.lost or center is None:  # a row sets the center
            self._behind = True
            goal = self._at if forearm.silent_s < HOLD_S else 0.0
        else:
            goal = self._value(now, center, state.step_s)
        if self._behind:
            self._at = approach(self._at, goal, RETURN_PER_S * state.step_s)
            self._behind = forearm.lost or self._at != goal
        else:
            self._at = goal
        state.drive(self._action.axis, self._at)
        return False

    def _value(self, now: Quaternion, center: Quaternion, step_s: float) -> float:
        """The axis value for the present orientation, in [-1, 1]."""
        action = self._action
        if self._angle is None or (self._angle.center is not center and not action.from_start):
            self._angle = SteeringAngle(action.turn, now if action.from_start else center)
        turned_deg = self._angle.follow(now, step_s, jump=self._behind)
        beyond_deg = max(abs(turned_deg) - action.dead_zone_deg, 0.0)
        value = beyond_deg / max(action.full_deg - action.dead_zone_deg, 1e-6)
        return min(value, 1.0) * (1 if (turned_deg > 0) != action.invert else -1)


class Gyro(AxisAction):
    """Move an axis with the forearm's angular velocity, full at ``full_deg_per_s``: for a mouse, or to aim."""

    do: Literal["gyro"]
    turn: Turn
    full_deg_per_s: Annotated[float, Field(gt=0, le=2000)] = 180.0
    invert: bool = False

    @property
    def uses_motion(self) -> bool:
        """True: the action reads the arm's orientation."""
        return True

    def effect(self) -> Effect:
        """Create the effect that follows the angular velocity."""
        return _Turning(self)


class _Turning(Effect):
    def __init__(self, action: Gyro) -> None:
        self._action = action

    def apply(self, state: State, on: bool) -> bool:
        action = self._action
        if on:
            rate = state.forearm.degrees_per_s(action.turn) / action.full_deg_per_s
            state.drive(action.axis, -rate if action.invert else rate)
        return False
