"""Presses of buttons, each of which a game sees: between two of the same button there is a released moment."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from emgctl.mapping.trigger import SAME_S

MOMENT_S = 0.02
"""How long a button is released, and pressed, at least where presses come too close: more than a frame of a game."""

MOST_WAITING = 3
"""So many presses wait at most, each for two commands or two moments; when there are more, the oldest two are one."""


@dataclass(slots=True, eq=False)
class Stroke:
    """One press of these buttons together, from their going down to their coming up. No two are the same."""

    buttons: frozenset[str]


class Strokes:
    """Turns the strokes of each moment into the buttons that are pressed.

    Strokes that begin at the same moment go down together. Where one of their buttons is still pressed, all of its
    buttons are released for a moment first, so that a chord never goes down in parts; what begins meanwhile waits in
    line, so that presses keep their order. A stroke that is over before its turn still goes down for a moment.
    """

    def __init__(self) -> None:
        self._waiting: deque[dict[Stroke, None]] = deque()
        self._down: dict[Stroke, float] = {}
        self._pressed_s: dict[str, float] = {}
        self._released_s: dict[str, float] = {}
        self._pressed: frozenset[str] = frozenset()

    def reset(self) -> None:
        """Nothing is pressed, and nothing waits."""
        for kept in (self._waiting, self._down, self._pressed_s, self._released_s):
            kept.clear()
        self._pressed = frozenset()

    def pressed(self, strokes: Sequence[Stroke], now_s: float) -> frozenset[str]:
        """The buttons that are pressed at ``now_s``, when these ``strokes`` are on."""
        if not self._waiting and len(strokes) == len(self._down) and all(one in self._down for one in strokes):
            return self._pressed  # nothing has changed, as most of the time
        self._line_up(strokes)
        on = set(strokes)
        self._down = {s: until_s for s, until_s in self._down.items() if s in on or now_s < until_s - SAME_S}
        withheld = self._withheld(on, now_s) if self._waiting else frozenset[str]()
        pressed = frozenset[str]().union(*(stroke.buttons for stroke in self._down)) - withheld
        self._pressed_s = {name: self._pressed_s.get(name, now_s) for name in pressed}
        self._pressed = pressed
        return pressed

    def _line_up(self, strokes: Sequence[Stroke]) -> None:
        """What begins now waits for its turn, which is at once where nothing stands in the way."""
        begun = dict.fromkeys(s for s in strokes if s not in self._down and not any(s in w for w in self._waiting))
        if begun:
            self._waiting.append(begun)
        if len(self._waiting) > MOST_WAITING:
            oldest = self._waiting.popleft()
            self._waiting[0] = oldest | self._waiting[0]

    def _withheld(self, on: set[Stroke], now_s: float) -> frozenset[str]:
        """Let the first in line go down, or the buttons that are released for it."""
        first = self._waiting[0]
        buttons = frozenset[str]().union(*(stroke.buttons for stroke in first))
        since_s = [self._pressed_s[name] for name in buttons if name in self._pressed_s]
        if any(now_s - at_s < MOMENT_S - SAME_S for at_s in since_s):
            return frozenset()  # these have just gone down, and must be seen
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
