"""From commands to where a hand's drives should be: grips, position or speed, limits, lock, and what is safe."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from emgctl.errors import did_you_mean
from emgctl.plugin import Options
from emgctl.types import Command, Gesture
from emgctl_hand.drives import DRIVES, GRIPS, OPEN, Closure, Closures

Safe = Literal["hold", "open", "relaxed", "release_power"]
SELECTED = "selected"
_LONGEST_STEP_S = 0.2  # however late a step comes, nothing jumps


class SafeOptions(Options):
    """What the hand does when something happens. There is no best answer, so think of what it may hold.

    ``hold`` keeps the grip (a cup stays in the hand, and so does somebody's finger), ``open`` lets go, ``relaxed``
    opens most of the way, ``release_power`` takes the power from the drives, where the hand can. The defaults hold
    while it may be over in a moment (``silence``, ``fault``) and open where nobody will command the hand any more.
    """

    silence: Safe = "hold"
    fault: Safe = "hold"
    halt: Safe = "hold"
    end: Safe = "open"


class JointRange(Options):
    """A joint of a pose prediction that moves a drive: open at ``open_deg``, closed at ``closed_deg``."""

    joint: Annotated[str, Field(min_length=1)]
    open_deg: float = 0.0
    closed_deg: float = 90.0

    @model_validator(mode="after")
    def _a_range(self) -> JointRange:
        if self.open_deg == self.closed_deg:
            raise ValueError("open_deg and closed_deg are the same")
        return self

    def closure(self, angle_rad: float) -> float:
        """How far the drive is closed at an angle."""
        part = (math.degrees(angle_rad) - self.open_deg) / (self.closed_deg - self.open_deg)
        return min(max(part, 0.0), 1.0)


class ControlOptions(Options):
    """How gestures move the hand, and how hard.

    ``grips`` says which grip each gesture means, of the built-in ones or of ``own_grips``. With ``move: velocity`` the
    hand moves towards the grip at a speed that intensity scales, and stays where it is at rest: the clinical standard.
    With ``position`` it goes to the grip, and at rest to ``rest_grip``, or stays. With ``proportional`` intensity is
    how far it closes. No drive is ever faster than ``speed_per_s`` (of its range). A gesture
    whose grip is ``selected`` makes the one that is selected of the ``grip_set``; ``next_grip_gesture`` (a
    co-contraction, say) selects the next. After ``idle_off_s`` without a movement the power is released, where the
    hand can, until the next one. ``lock_gesture``, or a grip held for
    ``lock_after_s``, locks the grip until ``unlock_gesture`` is made.

    ``force_limit`` is the share of its force that the hand is told to use at most (inspire, rohand). A drive whose
    current is above ``most_current_a`` closes no further until it was opened again (ability, rohand).
    """

    grips: dict[str, str] = Field(default_factory=dict)
    own_grips: dict[str, dict[str, Closure]] = Field(default_factory=dict)
    move: Literal["velocity", "position", "proportional"] = "velocity"
    rest_grip: str | None = None
    speed_per_s: Annotated[float, Field(gt=0, le=10)] = 1.5
    least_intensity: Annotated[float, Field(ge=0, lt=1)] = 0.1
    grip_set: tuple[str, ...] = ()
    next_grip_gesture: str | None = None
    idle_off_s: Annotated[float, Field(gt=0, le=86_400)] | None = None
    lock_gesture: str | None = None
    lock_after_s: Annotated[float, Field(gt=0, le=60)] | None = None
    unlock_gesture: str | None = None
    joints: dict[str, JointRange] = Field(default_factory=dict)
    force_limit: Annotated[float, Field(gt=0, le=1)] | None = None
    most_current_a: Annotated[float, Field(gt=0, le=20)] | None = None
    safe: SafeOptions = SafeOptions()

    @field_validator("own_grips", "joints")
    @classmethod
    def _known_drives(cls, value: dict[str, object]) -> dict[str, object]:
        for key, content in value.items():
            names = content if isinstance(content, dict) else [key]
            for name in names:
                if name not in DRIVES:
                    raise ValueError(f"there is no drive '{name}'{did_you_mean(name, DRIVES)}")
        return value

    @model_validator(mode="after")
    def _known_grips(self) -> ControlOptions:
        known = {*GRIPS, *self.own_grips}
        for name in (*self.grips.values(), *self.grip_set, *([self.rest_grip] if self.rest_grip else [])):
            if name not in known and not (name == SELECTED and name in self.grips.values()):
                raise ValueError(f"there is no grip '{name}'{did_you_mean(name, known)}")
        if SELECTED in self.grips.values() and not self.grip_set:
            raise ValueError(f"a gesture has the grip '{SELECTED}', but there is no 'grip_set' to select from")
        if (self.lock_gesture or self.lock_after_s) and not self.unlock_gesture:
            raise ValueError("a grip that can be locked needs an 'unlock_gesture'")
        return self


class HandControl:
    """Where the drives should be, step by step on the monotonic clock, so that slow and missing decisions move nothing.

    ``closures`` are the targets; ``powered`` is False while power is released.
    """

    def __init__(self, options: ControlOptions) -> None:
        self._options = options
        self._grips = GRIPS | options.own_grips
        self.closures = dict(OPEN)
        self.powered = True
        self.locked = False
        self._safe: Safe | None = None
        self._label, self._since_s = "", 0.0
        self._before_s: float | None = None
        self._selected = 0
        self._moved_s: float | None = None
        self._touching: dict[str, bool] = {}  # drives, and whether they were told to press no further

    def found_at(self, closures: Closures) -> None:
        """Begin from where the hand is, so that it does not jump when it is first spoken to."""
        self.closures |= {name: min(max(closures[name], 0.0), 1.0) for name in DRIVES if name in closures}

    def told(self, closures: Closures, currents_a: Mapping[str, float]) -> None:
        """What the drives take and where they are: one that takes too much is told to stay where it is then."""
        most = self._options.most_current_a
        for name, current_a in currents_a.items():
            if most is not None and abs(current_a) > most:
                self._touching.setdefault(name, False)
        for name, here in closures.items():
            if self._touching.get(name) is False:
                self._touching[name] = True
                self.closures[name] = min(max(here, 0.0), self.closures[name])

    @property
    def settled(self) -> bool:
        """True when the safe state that is asked for has been reached, or none is."""
        if self._safe not in ("open", "relaxed"):
            return True
        return all(self.closures[name] == value for name, value in self._grips[self._safe].items())

    def settle(self) -> None:
        """Be in the safe state at once, because there is no time left."""
        if self._safe in ("open", "relaxed"):
            self.closures |= self._grips[self._safe]

    def wait(self, now_s: float) -> None:
        """Let time pass without moving any target."""
        self._before_s = now_s

    def step(self, command: Command, now_s: float) -> None:
        """Move the targets by what ``command`` asks for in the time since the last step."""
        step_s = 0.0 if self._before_s is None else min(max(now_s - self._before_s, 0.0), _LONGEST_STEP_S)
        self._before_s = now_s
        if command.reason:
            self._step_safely(command, step_s)
            return
        self._safe = None
        before = dict(self.closures)
        if command.joints:
            self._follow(command, step_s)
        elif isinstance(command.prediction, Gesture):
            self._step_gesture(command.prediction, now_s, step_s)
        if self._moved_s is None or self.closures != before:
            self._moved_s = now_s
        idle_s = self._options.idle_off_s
        self.powered = idle_s is None or now_s - self._moved_s < idle_s

    def _step_safely(self, command: Command, step_s: float) -> None:
        """Something is wrong, or over: what the options say of it, until commands come again."""
        if command.cause in ("silence", "fault", "halt", "end"):
            self._safe = getattr(self._options.safe, command.cause)
        self._label = ""
        if self._safe == "release_power":
            self.powered = False
        elif self._safe in ("open", "relaxed"):
            self.locked, self.powered = False, True
            self._towards(self._grips[self._safe], self._options.speed_per_s * step_s)

    def _step_gesture(self, gesture: Gesture, now_s: float, step_s: float) -> None:
        options, label = self._options, gesture.label
        if label != self._label:
            self._label, self._since_s = label, now_s
            if label and label == options.next_grip_gesture and options.grip_set and not self.locked:
                self._selected = (self._selected + 1) % len(options.grip_set)
        if label and label == options.unlock_gesture:
            self.locked = False
        elif label and label == options.lock_gesture:
            self.locked = True
        if self.locked:
            return
        intensity = gesture.intensity if math.isfinite(gesture.intensity) else 0.0
        part = max(intensity - options.least_intensity, 0.0) / (1.0 - options.least_intensity)
        most = options.speed_per_s * step_s
        grip = options.grips.get(label)
        if grip == SELECTED:
            grip = options.grip_set[self._selected]
        if grip is None:
            if options.move != "velocity" and options.rest_grip is not None:
                self._towards(self._grips[options.rest_grip], most)
            return
        target = self._grips[grip]
        if options.move == "velocity":
            self._towards(target, most * min(part, 1.0))
        elif options.move == "position":
            self._towards(target, most)
        else:
            self._towards({name: value * min(part, 1.0) for name, value in target.items()}, most)
        if options.lock_after_s is not None and now_s - self._since_s >= options.lock_after_s:
            self.locked = True

    def _follow(self, command: Command, step_s: float) -> None:
        """Joint angles of a pose; one that is not finite moves nothing."""
        target = {}
        for drive, one in self._options.joints.items():
            angle_rad = command.joints.get(one.joint, math.nan)
            if math.isfinite(angle_rad):
                target[drive] = one.closure(angle_rad)
        self._towards(target, self._options.speed_per_s * step_s)

    def _towards(self, target: Closures, most: float) -> None:
        for name, value in target.items():
            here = self.closures[name]
            there = min(max(value, here - most), here + most)
            if there < here:
                self._touching.pop(name, None)
            elif name in self._touching:
                continue
            self.closures[name] = there
