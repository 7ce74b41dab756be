"""Actions on emgctl itself and on the armband: layer, cycle, base, pause, kill, recenter, vibrate, led."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from emgctl.mapping.action import ActionOptions, Effect, Name
from emgctl.mapping.state import ActiveLayer, State, Until
from emgctl.types import Buzz, Led, StopRequest, Vibrate

Colour = Annotated[
    Annotated[str, Field(pattern=r"^#?[0-9a-fA-F]{6}$")] | None,
    Field(description="a color of six hexadecimal digits", examples=["ff8000"]),
]


class Layer(ActionOptions):
    """Switch to a layer's gestures immediately.

    ``until`` defines what ends it: ``end`` of this gesture, this action ``again``, the end of the ``next`` gesture, or
    only ``base`` (an action ``base`` or ``cycle``). ``for_s`` limits its duration.
    """

    do: Literal["layer"]
    layer: Annotated[Name, Field(examples=["menu"])]
    until: Until = "end"
    for_s: Annotated[float, Field(gt=0, le=3600)] | None = None

    def effect(self) -> Effect:
        """Create the effect that enters and leaves the layer."""
        return _LayerEffect(self)


class _LayerEffect(Effect):
    def __init__(self, action: Layer) -> None:
        self._action = action
        self._entered: ActiveLayer | None = None

    def start(self, state: State) -> None:
        action = self._action
        inside = [entered for entered in state.layers if entered.name == action.layer]
        for entered in inside:
            state.layers.remove(entered)
        if inside and action.until == "again":
            return
        ends_s = None if action.for_s is None else state.now_s + action.for_s
        self._entered = ActiveLayer(action.layer, action.until, state.now_s, ends_s)
        state.layers.append(self._entered)

    def stop(self, state: State) -> None:
        if self._action.until == "end" and self._entered in state.layers:
            state.layers.remove(self._entered)


class Cycle(ActionOptions):
    """Switch to the next of several layers; after the last one comes the base."""

    do: Literal["cycle"]
    layers: Annotated[tuple[Name, ...], Field(min_length=1, examples=[["menu"]])]

    def effect(self) -> Effect:
        """Create the switch to the next layer."""
        return _CycleEffect(self)


class _CycleEffect(Effect):
    def __init__(self, action: Cycle) -> None:
        self._layers = action.layers

    def start(self, state: State) -> None:
        now = state.layers[-1].name if state.layers else ""
        place = self._layers.index(now) + 1 if now in self._layers else 0
        state.layers.clear()
        if place < len(self._layers):
            state.layers.append(ActiveLayer(self._layers[place], "base", state.now_s, None))


class Base(ActionOptions):
    """Leave all layers."""

    do: Literal["base"]

    def effect(self) -> Effect:
        """Create the switch to the base."""
        return _BaseEffect()


class _BaseEffect(Effect):
    def start(self, state: State) -> None:
        state.layers.clear()


class Pause(ActionOptions):
    """Release everything and move nothing until this action comes again."""

    do: Literal["pause"]

    def effect(self) -> Effect:
        """Create the pause or resume."""
        return _PauseEffect()


class _PauseEffect(Effect):
    def start(self, state: State) -> None:
        _halt(state, StopRequest("resume" if state.paused else "pause", "a gesture"))


class Kill(ActionOptions):
    """Kill switch: release everything and move nothing until emgctl is restarted."""

    do: Literal["kill"]

    def effect(self) -> Effect:
        """Create the effect that stops everything for good."""
        return _KillEffect()


class _KillEffect(Effect):
    def start(self, state: State) -> None:
        _halt(state, StopRequest("kill", "a gesture"))


def _halt(state: State, halt: StopRequest) -> None:
    """Halt immediately and request a halt of the whole run."""
    if state.halt(halt):
        state.requests.append(halt)


class Recenter(ActionOptions):
    """Make the forearm's present orientation the center."""

    do: Literal["recenter"]

    @property
    def uses_motion(self) -> bool:
        """True: the action reads the arm's orientation."""
        return True

    def effect(self) -> Effect:
        """Create the recentering."""
        return _RecenterEffect()


class _RecenterEffect(Effect):
    def start(self, state: State) -> None:
        state.forearm.recentre()


class VibrateAction(ActionOptions):
    """Make the armband vibrate."""

    do: Literal["vibrate"]
    length: Buzz = "short"

    def effect(self) -> Effect:
        """Create the request, sent when the action starts."""
        return _RequestEffect(Vibrate(self.length))


class LedAction(ActionOptions):
    """Light the armband in a color ``rrggbb``, by default the one in its input's options."""

    do: Literal["led"]
    colour: Colour = None

    def effect(self) -> Effect:
        """Create the request, sent when the action starts."""
        return _RequestEffect(Led(self.colour))


class _RequestEffect(Effect):
    def __init__(self, request: Vibrate | Led) -> None:
        self._request = request

    def start(self, state: State) -> None:
        state.requests.append(self._request)
