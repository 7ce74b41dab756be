"""When an action is on: how its gesture has to be made. Every action has these keys besides its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, model_validator

from emgctl.plugin import Options

PULSE_S = 0.1
"""How long an action stays on if its gesture is already over (``when: tap`` and ``when: end``)."""

FIRM_HYSTERESIS = 0.1
"""A firm gesture counts as firm until its intensity has fallen this far below ``above``."""

SAME_S = 1e-6
"""Times closer than this count as equal: sums of hops are not exact."""

When = Literal["begin", "tap", "double", "long", "firm", "end"]
Seconds = Annotated[float, Field(gt=0, le=10)]
Angle = Annotated[float, Field(ge=-180, le=180)]


@dataclass(slots=True, eq=False)
class GestureEvent:
    """One occurrence of a gesture. ``ended_s`` is None while it lasts.

    ``after`` ended ``after_s`` before it began. If the gesture has an action for double taps, a tap waits ``waits_s``
    for the next one, which then has ``follows_tap_s`` and marks this one ``tapped_again``. ``was_long``: an action for
    long gestures has been on.
    """

    label: str
    began_s: float
    ended_s: float | None = None
    after: str = ""
    after_s: float = 0.0
    waits_s: float = 0.0
    follows_tap_s: float | None = None
    tapped_again: bool = False
    was_long: bool = False


@dataclass(slots=True)
class Moment:
    """What a trigger can use: the time on the sample clock, the muscles' intensity, how high the forearm points.

    ``height_deg`` is None if unknown.
    """

    now_s: float
    intensity: float
    height_deg: float | None


class Trigger(Options):
    """When an action is on.

    ``when`` is ``begin`` (from beginning to end of the gesture), ``tap`` (it ended within ``tap_s``), ``double`` (it
    began again within ``double_s`` after a tap), ``long`` (from ``long_s`` after its beginning), ``firm`` (while the
    intensity is ``above``) or ``end`` (once it is over). A long gesture is not a tap, the second of two taps is never
    long, and a gesture that ends between ``tap_s`` and ``long_s`` is neither. ``after`` adds a condition: only if that
    gesture ended at most ``within_s`` before. ``pitch_deg`` adds another: only while the forearm points that high, in
    degrees above where it was centered; never while motion is lost.
    """

    when: When = "begin"
    tap_s: Seconds = 0.5
    double_s: Seconds = 0.5
    long_s: Seconds = 0.6
    above: Annotated[float, Field(gt=0, le=1)] = 0.6
    after: str = ""
    within_s: Seconds = 0.6
    pitch_deg: Annotated[tuple[Angle, Angle] | None, Field(examples=[[20, 90]])] = None

    @model_validator(mode="after")
    def _a_range(self) -> Trigger:
        if self.pitch_deg is not None and self.pitch_deg[0] >= self.pitch_deg[1]:
            raise ValueError("pitch_deg should be [lowest, highest], the smaller angle first")
        return self

    @property
    def uses_motion(self) -> bool:
        """Whether the arm's orientation is needed."""
        return self.pitch_deg is not None

    def combines(self, made: GestureEvent) -> bool:
        """Whether the gesture follows the one named by ``after``, or none is required."""
        return not self.after or (made.after == self.after and made.after_s <= self.within_s + SAME_S)

    def tapped(self, made: GestureEvent) -> bool:
        """Whether the gesture ended early enough to be a tap, was not long and is not the second of two."""
        return (
            made.ended_s is not None
            and not made.was_long
            and made.ended_s - made.began_s <= self.tap_s + SAME_S
            and made.follows_tap_s is None
        )

    def doubles(self, moment: Moment, after_s: float) -> bool:
        """Whether a gesture that begins ``after_s`` after a tap of the same one is what this action waits for."""
        return self.when == "double" and after_s <= self.double_s + SAME_S and self._aims(moment)

    def _aims(self, moment: Moment) -> bool:
        return self.pitch_deg is None or _within(moment.height_deg, self.pitch_deg)

    def is_on(self, made: GestureEvent, moment: Moment, was_on: bool) -> bool:
        """Whether the action is on at present."""
        if not self._aims(moment):
            return False
        now_s, ended_s = moment.now_s, made.ended_s
        if self.when == "begin":
            return ended_s is None
        if self.when == "long":
            alone = ended_s is None and made.follows_tap_s is None
            return alone and now_s - made.began_s >= self.long_s - SAME_S
        if self.when == "firm":
            enough = self.above - (FIRM_HYSTERESIS if was_on else 0.0)
            return ended_s is None and moment.intensity >= enough
        if self.when == "double":
            return ended_s is None and made.follows_tap_s is not None and made.follows_tap_s <= self.double_s + SAME_S
        if ended_s is None or made.tapped_again:
            return False
        if self.when == "end":
            return now_s < ended_s + PULSE_S - SAME_S
        return self.tapped(made) and 0 <= now_s + SAME_S - ended_s - made.waits_s < PULSE_S

    def may_come(self, made: GestureEvent, moment: Moment) -> bool:
        """Whether the action may still be switched on or off by time alone."""
        if made.ended_s is None:
            return True
        if made.tapped_again or self.when not in ("tap", "end"):
            return False
        waits_s = made.waits_s if self.when == "tap" else 0.0
        return moment.now_s < made.ended_s + waits_s + PULSE_S - SAME_S


def _within(value: float | None, limits: tuple[float, float]) -> bool:
    return value is not None and limits[0] <= value <= limits[1]
