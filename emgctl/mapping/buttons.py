"""Actions on buttons: press, hold, toggle, latch, release, turbo, sequence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from emgctl.mapping.action import ActionOptions, ButtonAction, Buttons, Effect, Name
from emgctl.mapping.state import State
from emgctl.mapping.strokes import MOMENT_S, Stroke
from emgctl.mapping.trigger import SAME_S, Seconds
from emgctl.plugin import Options


class Press(ButtonAction):
    """Press a button when the gesture begins and release it ``for_s`` later, however long the gesture lasts."""

    do: Literal["press"]
    for_s: Seconds = 0.1

    def effect(self) -> Effect:
        """Create the press that ends by itself."""
        return _Pressing(self)


class _Pressing(Effect):
    def __init__(self, action: Press) -> None:
        self._action, self._until_s = action, 0.0
        self._stroke = Stroke(frozenset())

    def start(self, state: State) -> None:
        self._until_s = state.now_s + self._action.for_s
        self._stroke = Stroke(frozenset(self._action.button))

    def apply(self, state: State, on: bool) -> bool:  # noqa: ARG002 - it ends by time, not with the gesture
        if state.now_s < self._until_s - SAME_S:
            state.press(self._stroke)
            return True
        return False


class Hold(ButtonAction):
    """Hold a button for as long as the gesture lasts."""

    do: Literal["hold"]

    def effect(self) -> Effect:
        """Create the press that lasts as long as the action is on."""
        return _Holding(self)


class _Holding(Effect):
    def __init__(self, action: Hold) -> None:
        self._buttons = frozenset(action.button)
        self._stroke = Stroke(self._buttons)

    def start(self, state: State) -> None:  # noqa: ARG002 - a new press only needs a new stroke
        self._stroke = Stroke(self._buttons)

    def apply(self, state: State, on: bool) -> bool:
        if on:
            state.press(self._stroke)
        return False


class Toggle(ButtonAction):
    """Press a button with one gesture and release it with the next."""

    do: Literal["toggle"]

    def effect(self) -> Effect:
        """Create the change that presses or releases the button."""
        return _Latching(self.button, "toggle")


class Latch(ButtonAction):
    """Press a button and keep it pressed until an action ``release`` or ``toggle`` releases it.

    A button that is already latched stays as it is.
    """

    do: Literal["latch"]

    def effect(self) -> Effect:
        """Create the change that latches the button."""
        return _Latching(self.button, "latch")


class Release(ButtonAction):
    """Release a button that was latched or toggled."""

    do: Literal["release"]

    def effect(self) -> Effect:
        """Create the change that releases the button."""
        return _Latching(self.button, "release")


class _Latching(Effect):
    def __init__(self, buttons: tuple[str, ...], how: str) -> None:
        self._buttons, self._how = buttons, how

    def start(self, state: State) -> None:
        latched = state.latched
        missing = [name for name in self._buttons if name not in latched]
        if self._how == "latch" or (self._how == "toggle" and missing):
            pressed = missing if self._how == "latch" else self._buttons
            latched.update((name, Stroke(frozenset([name]))) for name in pressed)
        else:
            for name in self._buttons:
                latched.pop(name, None)


class Turbo(ButtonAction):
    """Press a button repeatedly, ``rate_hz`` times a second, while the gesture lasts.

    Resolution is limited by the decision interval: with a decision every 50 ms, the fastest rate is 10 Hz.
    """

    do: Literal["turbo"]
    rate_hz: Annotated[float, Field(gt=0, le=50)] = 5.0

    def effect(self) -> Effect:
        """Create the presses, each half a period long."""
        return _Repeating(self)


class _Repeating(Effect):
    def __init__(self, action: Turbo) -> None:
        self._action, self._half_s = action, 0.5 / action.rate_hz
        self._down, self._next_s = False, 0.0
        self._stroke = Stroke(frozenset())

    def start(self, state: State) -> None:
        self._down, self._next_s = True, state.now_s + self._half_s
        self._stroke = Stroke(frozenset(self._action.button))

    def apply(self, state: State, on: bool) -> bool:
        if not on:
            return False
        if state.now_s >= self._next_s - SAME_S:  # at most one change per step, so that each press is visible
            self._down = not self._down
            self._next_s = max(self._next_s + self._half_s, state.now_s)
            self._stroke = Stroke(self._stroke.buttons)
        if self._down:
            state.press(self._stroke)
        return False


class Beat(Options):
    """A step of a sequence: ``press`` buttons or set an ``axis`` to a ``value`` for ``for_s``, or wait that long."""

    press: Annotated[Buttons | None, Field(examples=["a"])] = None
    axis: Name | None = None
    value: Annotated[float, Field(ge=-1, le=1)] = 1.0
    for_s: Seconds = 0.1


class Sequence(ActionOptions):
    """Play steps in sequence (a macro), once or, with ``repeat``, in a loop while the gesture lasts.

    It is played to the end even if the gesture ends earlier, unless ``whole`` is false. A button pressed by two
    consecutive steps is briefly released between them.
    """

    do: Literal["sequence"]
    steps: Annotated[tuple[Beat, ...], Field(min_length=1, max_length=100)]
    repeat: bool = False
    whole: bool = True

    def effect(self) -> Effect:
        """Create the playback of the steps."""
        return _Playing(self)

    def buttons(self) -> Iterable[tuple[tuple[Any, ...], str]]:
        """The buttons of all steps."""
        return [(("steps", i, "press"), name) for i, beat in enumerate(self.steps) for name in beat.press or ()]

    def axes(self) -> Iterable[tuple[tuple[Any, ...], str]]:
        """The axes of all steps."""
        return [(("steps", i, "axis"), beat.axis) for i, beat in enumerate(self.steps) if beat.axis]


class _Playing(Effect):
    def __init__(self, action: Sequence) -> None:
        self._action, self._place, self._until_s = action, len(action.steps), 0.0
        self._stroke = Stroke(frozenset())
        self._between = False  # the last step is over, and the next one waits for a brief release

    def start(self, state: State) -> None:
        self._place, self._between = 0, False
        self._begin(state.now_s)

    def apply(self, state: State, on: bool) -> bool:
        steps = self._action.steps
        if self._place >= len(steps) or not (on or self._action.whole):
            return False
        if state.now_s >= self._until_s - SAME_S:  # at most one step, so that none is skipped
            if self._between and (on or self._place > 0):
                self._begin(state.now_s)
            elif self._between or not self._advance(state, on):
                self._place = len(steps)
                return False
        if not self._between:
            state.press(self._stroke)
        beat = steps[self._place]
        if beat.axis:
            state.drive(beat.axis, beat.value)
        return True

    def _advance(self, state: State, on: bool) -> bool:
        """Go to the next step, with a release in between if it presses a button again; False after the last one."""
        steps = self._action.steps
        self._place += 1
        if self._place == len(steps):
            if not (on and self._action.repeat):
                return False
            self._place = 0
        if not self._stroke.buttons.isdisjoint(steps[self._place].press or ()):
            self._between, self._until_s = True, state.now_s + MOMENT_S
        else:
            self._begin(max(self._until_s, state.now_s - state.step_s))
        return True

    def _begin(self, at_s: float) -> None:
        """Start the current step."""
        beat = self._action.steps[self._place]
        self._between, self._until_s = False, at_s + beat.for_s
        self._stroke = Stroke(frozenset(beat.press or ()))
