"""How a simulated person brings a cursor to a target."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from emgctl.studio.fitts import Place
from emgctl.types import Cue, Request

Ways = Mapping[str, Mapping[str, str]]
"""The gestures that move an axis down ("-") and up ("+")."""

_SHORTEST_S = 0.05
_STILL_S = 0.25  # without a movement, after one: the stroke is over
_NOTHING_S = 1.2  # without any movement: the stroke was too short to be decided
_LEARNS = 0.5
_MOST_LOST_S = 0.4


class Aim:
    """Cues strokes of a length, each followed by rest until the cursor is still.

    Decisions come about half a second late. Who makes the gesture until the cursor is there goes too far each time, and
    back too far as well; so people plan how long they make it and see where that leads, as in fast hand movements
    (Meyer et al., Psychological Review 95, 1988). ``per_s`` is the cursor's speed where an axis is full; how fast it
    really is, and how much of a stroke is lost, is learned from one stroke to the next.
    """

    def __init__(
        self, axes: tuple[str, ...], ways: Ways, rest: str, per_s: float, request: Callable[[Request], None]
    ) -> None:
        self._ways, self._rest, self._request = [ways.get(name, {}) for name in axes], rest, request
        self._per_s, self._value, self._lost_s = per_s, 1.0, 0.0
        self._axis, self._begun_s, self._until_s = 0, 0.0, 0.0
        self._from: Place | None = None  # where the stroke began; None: there is none
        self._moved_s: float | None = None
        self._cued = ""
        self._cue(rest)

    def relax(self) -> None:
        """Rest, and forget the stroke."""
        self._from = self._moved_s = None
        self._cue(self._rest)

    def take(self, place: Place, target: Place, width: float, values: Place, now_s: float) -> None:
        """Do what the cursor's place and the axes' values of this moment (monotonic) ask for."""
        if any(values):
            self._moved_s = now_s
        if self._from is None:
            is_still = self._moved_s is None or now_s - self._moved_s >= _STILL_S
            off = tuple(to - at for to, at in zip(target, place, strict=True))
            if is_still and sum(one**2 for one in off) > (width / 2) ** 2:
                self._begin(place, off, now_s)
            return
        if values[self._axis]:
            self._value = abs(values[self._axis])
        if now_s < self._until_s:
            return
        self._cue(self._rest)
        if now_s - (self._until_s if self._moved_s is None else self._moved_s) >= (
            _NOTHING_S if self._moved_s is None else _STILL_S
        ):
            self._learn(abs(place[self._axis] - self._from[self._axis]))
            self._from = None

    def _begin(self, place: Place, off: Place, now_s: float) -> None:
        """Begin a stroke on the axis that is off the most, of those that a gesture moves in that direction."""
        gestures = [way.get("+" if far > 0 else "-", "") for way, far in zip(self._ways, off, strict=True)]
        possible = [number for number, gesture in enumerate(gestures) if gesture and off[number]]
        if not possible:
            return
        self._axis = max(possible, key=lambda one: abs(off[one]))
        length_s = abs(off[self._axis]) / (self._per_s * self._value) + self._lost_s
        self._from, self._moved_s = place, None
        self._begun_s, self._until_s = now_s, now_s + max(length_s, _SHORTEST_S)
        self._cue(gestures[self._axis])

    def _learn(self, moved: float) -> None:
        lost_s = self._until_s - self._begun_s - moved / (self._per_s * self._value)
        self._lost_s += _LEARNS * (min(max(lost_s, -_MOST_LOST_S), _MOST_LOST_S) - self._lost_s)

    def _cue(self, label: str) -> None:
        if label != self._cued:
            self._cued = label
            self._request(Cue(label))
