"""Button presses that a game can see: between two presses of one button there is a brief release."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from emgctl.mapping.trigger import SAME_S

MOMENT_S = 0.02
"""Minimum duration of a release or press when presses come too close: more than one frame of a game."""

MOST_WAITING = 3
"""Maximum number of waiting presses, each for two commands or steps; beyond that, the oldest two are merged."""


@dataclass(slots=True, eq=False)
class Stroke:
    """One press of a set of buttons together, from down to up. No two are the same."""

    buttons: frozenset[str]


class Strokes:
    """Converts the strokes of each step to pressed buttons.

    Strokes that begin at the same step go down together. If one of their buttons is still pressed, all of them are
    briefly released first, so that a chord never goes down in parts; strokes that begin meanwhile are queued, so that
    presses keep their order. A stroke that ends before its turn still goes down briefly.
    """

    def __init__(self) -> None:
        self._waiting: deque[dict[Stroke, None]] = deque()
        self._down: dict[Stroke, float] = {}
        self._pressed_s: dict[str, float] = {}
        self._released_s: dict[str, float] = {}
        self._pressed: frozenset[str] = frozenset()

    def reset(self) -> None:
        """Release everything and empty the queue."""
        for kept in (self._waiting, self._down, self._pressed_s, self._released_s):
            kept.clear()
        self._pressed = frozenset()

    def pressed(self, strokes: Sequence[Stroke], now_s: float) -> frozenset[str]:
        """The buttons pressed at ``now_s`` while these ``strokes`` are on."""
        if not self._waiting and len(strokes) == len(self._down) and all(one in self._down for one in strokes):
            return self._pressed  # nothing has changed, the usual case
        self._line_up(strokes)
        on = set(strokes)
        self._down = {s: until_s for s, until_s in self._down.items() if s in on or now_s < until_s - SAME_S}
        withheld = self._withheld(on, now_s) if self._waiting else frozenset[str]()
        pressed = frozenset[str]().union(*(stroke.buttons for stroke in self._down)) - withheld
        self._pressed_s = {name: self._pressed_s.get(name, now_s) for name in pressed}
        self._pressed = pressed
        return pressed

    def _line_up(self, strokes: Sequence[Stroke]) -> None:
        """Queue new strokes, which start immediately if nothing is in the way."""
        begun = dict.fromkeys(s for s in strokes if s not in self._down and not any(s in w for w in self._waiting))
        if begun:
            self._waiting.append(begun)
        if len(self._waiting) > MOST_WAITING:
            oldest = self._waiting.popleft()
            self._waiting[0] = oldest | self._waiting[0]

    def _withheld(self, on: set[Stroke], now_s: float) -> frozenset[str]:
        """Press the first stroke in the queue, or release buttons for it."""
        first = self._waiting[0]
        buttons = frozenset[str]().union(*(stroke.buttons for stroke in first))
        since_s = [self._pressed_s[name] for name in buttons if name in self._pressed_s]
        if any(now_s - at_s < MOMENT_S - SAME_S for at_s in since_s):
            return frozenset()  # these have just gone down and must be visible
        if since_s:
            self._released_s = dict.fromkeys(buttons, now_s)
            return buttons
        if any(now_s - self._released_s.get(name, now_s - MOMENT_S) < MOMENT_S - SAME_S for name in buttons):
            return buttons
        late = bool(self._released_s)
        self._released_s.clear()
        self._waiting.popleft()
        self._down |= {stroke: now_s + MOMENT_S if late or stroke not in on else now_s for stroke in first}
        return frozenset()
