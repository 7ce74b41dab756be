"""The wake gesture: until it is made, nothing moves."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from emgctl.mapping.action import ActionOptions, Effect
from emgctl.mapping.state import State
from emgctl.mapping.trigger import Seconds, When
from emgctl.plugin import Options
from emgctl.types import Vibrate

_GESTURE = "'double' or 'long' and the name of a gesture"
_WAYS: dict[str, When] = {"double": "double", "long": "long"}


class WakeAction(ActionOptions):
    """Wake up; what a mapping does for its wake gesture while it is asleep."""

    def effect(self) -> Effect:
        """Create the effect that wakes the mapping."""
        return _WakeEffect()


class _WakeEffect(Effect):
    def start(self, state: State) -> None:
        state.asleep = False
        state.requests.append(Vibrate("short"))


class Wake(Options):
    """The gesture that wakes the mapping, ``double NAME`` or ``long NAME``; until then, nothing moves.

    It stays awake for ``for_s`` after the last gesture. ``tap_s``, ``double_s`` and ``long_s`` are those of triggers.
    """

    gesture: Annotated[
        str, Field(pattern=r"^(double|long) +\S.*$", description=_GESTURE, examples=["double fist", "long fist"])
    ]
    for_s: Annotated[float, Field(gt=0, le=3600)] = 30.0
    tap_s: Seconds = 0.5
    double_s: Seconds = 0.5
    long_s: Seconds = 0.6

    @property
    def label(self) -> str:
        """The gesture's name."""
        return self.gesture.partition(" ")[2].strip()

    def action(self) -> WakeAction:
        """What the gesture does while the mapping is asleep."""
        when = _WAYS[self.gesture.partition(" ")[0]]
        return WakeAction(when=when, tap_s=self.tap_s, double_s=self.double_s, long_s=self.long_s)
