"""What a profile says of how gestures move a hand: grips, position or speed, limits, lock, and what is safe."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from emgctl.errors import did_you_mean
from emgctl.plugin import Options
from emgctl_hand.drives import DRIVES, GRIPS, SELECTED

Closure = Annotated[float, Field(ge=0, le=1)]
"""How far a drive is closed: 0 open, 1 closed."""

Safe = Literal["hold", "open", "relaxed", "release_power"]


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
