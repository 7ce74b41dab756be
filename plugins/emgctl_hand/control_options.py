"""Profile options for how gestures move a hand: grips, position or velocity, limits, lock and safe states."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from emgctl.errors import did_you_mean
from emgctl.plugin import Options
from emgctl_hand.drives import DRIVES, GRIPS, SELECTED

Closure = Annotated[float, Field(ge=0, le=1)]
"""How far a drive is closed, from 0 (open) to 1 (closed)."""

Safe = Literal["hold", "open", "relaxed", "release_power"]


class SafeOptions(Options):
    """What the hand does when something goes wrong. No answer is always right: consider what the hand may be holding.

    ``hold`` keeps the grip (a cup stays in the hand, but so does somebody's finger), ``open`` lets go, ``relaxed``
    opens most of the way, ``release_power`` switches the drives off if the hand supports it. By default the hand holds
    when the problem may be brief (``silence``, ``fault``) and opens when no further commands will come.
    """

    silence: Safe = "hold"
    fault: Safe = "hold"
    halt: Safe = "hold"
    end: Safe = "open"


class JointRange(Options):
    """Maps a joint of a predicted pose to a drive: open at ``open_deg``, closed at ``closed_deg``."""

    joint: Annotated[str, Field(min_length=1)]
    open_deg: float = 0.0
    closed_deg: float = 90.0

    @model_validator(mode="after")
    def _a_range(self) -> JointRange:
        if self.open_deg == self.closed_deg:
            raise ValueError("open_deg and closed_deg must differ")
        return self


class ControlOptions(Options):
    """How gestures move the hand, and with how much force.

    ``grips`` maps gestures to grips, either built-in or from ``own_grips``. With ``move: velocity``, the hand moves
    towards the grip at a speed scaled by intensity and stops at rest, as is clinical standard. With ``position``, it
    goes to the grip, and at rest to ``rest_grip`` or stays where it is. With ``proportional``, intensity sets how far
    it closes. No drive moves faster than ``speed_per_s`` (in ranges per second). A gesture mapped to ``selected`` makes
    the grip currently selected from ``grip_set``; ``next_grip_gesture`` (such as a co-contraction) selects the next
    one. After ``idle_off_s`` without movement the drives are switched off, if the hand supports it, until the next
    movement. ``lock_gesture``, or holding a grip for ``lock_after_s``, locks the grip until ``unlock_gesture``.

    ``force_limit`` is the maximum share of its force that the hand may use (inspire, rohand). A drive whose current
    exceeds ``most_current_a`` closes no further until it has been opened (ability, rohand).
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
            raise ValueError(f"a gesture uses the grip '{SELECTED}', but 'grip_set' is missing")
        if (self.lock_gesture or self.lock_after_s) and not self.unlock_gesture:
            raise ValueError("locking a grip requires 'unlock_gesture'")
        return self
