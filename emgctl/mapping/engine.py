"""Maps predictions to commands by the profile's mapping. Pure: its only clock is that of the predictions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgctl.mapping import ALWAYS, Action, Layers, Mapping
from emgctl.mapping.action import ActionOptions, Effect
from emgctl.mapping.conflicts import iter_actions
from emgctl.mapping.control import Kill, Pause
from emgctl.mapping.forearm import LOST_S
from emgctl.mapping.shaping import Shaper, Shapes
from emgctl.mapping.state import State
from emgctl.mapping.strokes import Strokes
from emgctl.mapping.trigger import SAME_S, GestureEvent, Moment
from emgctl.mapping.wake import Wake
from emgctl.types import Command, Gesture, Led, OuterLayer, Pose, Prediction, Request, StopRequest, Vibrate

_HALTS = (Pause, Kill)
"""What gestures do even while everything is neutral."""


def uses_motion(mapping: Mapping, layers: Layers) -> bool:
    """Whether an action depends on how the arm moves."""
    return any(action.uses_motion for _, _, action in iter_actions(mapping, layers))


@dataclass(slots=True, eq=False)
class _Running:
    """An action of a gesture that was made: its running side, and whether it is on."""

    action: ActionOptions
    effect: Effect
    made: GestureEvent
    on: bool = False

    def step(self, state: State, moment: Moment) -> bool:
        """Switch on or off and move the controls; False when nothing remains to be done."""
        now_on = self.action.is_on(self.made, moment, self.on)
        if now_on != self.on:
            self.on = now_on
            self.made.was_long |= self.action.when == "long"
            (self.effect.start if now_on else self.effect.stop)(state)
        busy = self.effect.apply(state, now_on)
        return now_on or busy or self.action.may_come(self.made, moment)


class MappingEngine:
    """Turns each prediction into the complete state of all controls.

    A gesture keeps the meaning it had when it began; its actions are switched on and off by their triggers and compose
    the controls afresh at every decision. :meth:`reset` discards everything in progress, so that nothing stays pressed
    after a neutral command; a pause or kill survives it. ``requests`` collects requests to the input. With a ``wake``
    gesture, everything is neutral until it is made, at the beginning and after everything was released.
    """

    def __init__(
        self,
        mapping: Mapping,
        layers: Layers | None = None,
        shapes: Shapes | None = None,
        rest: str = "",
        wake: Wake | None = None,
    ) -> None:
        self._rest = rest
        self._strokes = Strokes()
        self._state = State()
        self._still = False
        self._outer: dict[str, str] = {}
        self._use(mapping, layers or {}, shapes or {}, wake)
        self._begin_anew()

    def _use(self, mapping: Mapping, layers: Layers, shapes: Shapes, wake: Wake | None) -> None:
        self._mapping, self.layers, self._wake = mapping, layers, wake
        self._shaper = Shaper(shapes)
        self.uses_motion = uses_motion(mapping, layers)

    def change(self, mapping: Mapping, layers: Layers, shapes: Shapes, wake: Wake | None) -> None:
        """Use another mapping from now on: everything is released, and a pause or kill stays."""
        self._use(mapping, layers, shapes, wake)
        self.reset()

    @property
    def layer(self) -> str:
        """The active layer, "" for the base."""
        return next(self._active(), "")

    def _active(self) -> Iterator[str]:
        """The active layers, that which goes first at the front: those from outside, then the newest."""
        for name in reversed(self._outer.values()):
            if (layer := self.layers.get(name)) is not None and layer.from_outside:
                yield name
        yield from (entered.name for entered in reversed(self._state.layers))

    @property
    def held(self) -> str:
        """Why everything is neutral at the user's request: paused or killed; "" otherwise."""
        return self._state.killed or ("paused" if self._state.paused else "")

    @property
    def asleep(self) -> bool:
        """Whether everything is neutral until the wake gesture is made."""
        return self._state.asleep

    def reset(self) -> None:
        """Release everything and, with a wake gesture, sleep; the next gesture counts as a new one."""
        if self._state.layers:
            self._state.requests.append(Led(None))
        self._state.release()
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._made = GestureEvent("", -math.inf, -math.inf)
        self._gesture: Gesture | None = None
        self._running: list[_Running] = []
        self._always: list[_Running] = []
        self._always_actions: list[Action] | None = None
        self._tap: dict[str, GestureEvent] = {}
        self._previous = ("", -math.inf)
        self._state.asleep, self._moved_s = self._wake is not None, -math.inf
        self._shaper.reset()
        self._strokes.reset()

    def halt(self, halt: StopRequest) -> None:
        """Pause, resume or kill; no effect if that changes nothing."""
        self._state.halt(halt)
        if self.held and not self._still:
            self._hold_still()

    def recentre(self) -> None:
        """Make the arm's present orientation the center."""
        self._state.forearm.recentre()

    def enter_from_outside(self, outer: OuterLayer) -> None:
        """Follow another input into a layer or out of it: gestures that begin from now on have its meaning."""
        before = self.layer
        self._outer.pop(outer.input, None)
        if outer.layer:
            self._outer[outer.input] = outer.layer
        if self.layer != before:
            self._tell_layer()

    def requests(self) -> list[Request]:
        """Return the requests to the input since the last call."""
        requests, self._state.requests = self._state.requests, []
        return requests

    def moved(self, motion: NDArray[np.float32], at_s: float | None = None) -> None:
        """Add the arm's newest motion rows ``(10,)`` or ``(N, 10)``, received at ``at_s`` of the sample clock."""
        self._state.forearm.update(motion, at_s)

    @property
    def motion_lost(self) -> str:
        """The message to report while the mapping needs motion data and the IMU is silent; "" otherwise.

        The text stays the same throughout and is empty again at the first new row.
        """
        lost = self.uses_motion and self._state.forearm.lost
        return f"no motion from the IMU for {LOST_S:g} s" if lost else ""

    def command(self, prediction: Prediction) -> Command:
        """The command for ``prediction``, at the time its window ended."""
        if isinstance(prediction, Pose):
            joints = dict(zip(prediction.joints, prediction.angles_rad.tolist(), strict=True))
            if self.held:
                return Command.neutral(prediction.window_end_s, self.held, prediction, "halt")
            if self.asleep:
                return self._sleeping(prediction.window_end_s, prediction)
            return Command(prediction.window_end_s, joints=joints, prediction=prediction)
        self._gesture = prediction
        return self._command(prediction, prediction.window_end_s)

    def command_at(self, now_s: float) -> Command | None:
        """The command of the last gesture at a later time, between two decisions; None before the first."""
        return None if self._gesture is None else self._command(self._gesture, now_s)

    def warm_up(self) -> None:
        """Map the last gesture with a temporary engine, to warm the processor's caches for the next command."""
        if (gesture := self._gesture) is not None:
            other = MappingEngine(self._mapping, self.layers, self._shaper.shapes, self._rest, self._wake)
            other._command(gesture, gesture.window_end_s)

    def _command(self, gesture: Gesture, now_s: float) -> Command:
        state = self._state
        if now_s < state.now_s - SAME_S:
            self.reset()  # the clock restarted, so pending times are meaningless
            self._gesture = gesture
        state.at(now_s, gesture.intensity)
        moment = state.moment
        self._fall_asleep(gesture.label)
        if gesture.label != self._made.label:
            self._end(state.now_s)
            self._begin(gesture.label, moment)
        layer = self.layer
        self._running = [one for one in self._running if one.step(state, moment)]
        self._expire(state.now_s)
        if self.layer != layer:
            self._tell_layer()
        halted = self._halted(now_s)
        if halted is None and self.asleep:
            return self._sleeping(now_s, gesture)
        if halted is None:
            self._change_always()
            self._always = [one for one in self._always if one.step(state, moment)]
            halted = self._halted(now_s)
        if halted is not None:
            return halted
        state.compose()
        axes = self._shaper.apply(state.axes, state.step_s)
        buttons = self._strokes.pressed(state.strokes, state.now_s)
        return Command(now_s, axes=axes, buttons=buttons, prediction=gesture, layer=self.layer)

    def _halted(self, now_s: float) -> Command | None:
        """The neutral command of a pause or kill; None if neither is active."""
        if not self.held:
            self._still = False
            return None
        if not self._still:
            self._hold_still()
        self._state.interrupt()
        return Command.neutral(now_s, self.held, self._gesture, "halt")

    def _fall_asleep(self, label: str) -> None:
        """Release everything once no gesture was made for long enough."""
        wake, state = self._wake, self._state
        if wake is None or state.asleep:
            return
        if label != self._rest:
            self._moved_s = state.now_s
        elif state.now_s - self._moved_s >= wake.for_s - SAME_S:
            self._release_but_gesture()

    def _sleeping(self, now_s: float, prediction: Prediction) -> Command:
        """The neutral command of a mapping that is asleep."""
        self._state.interrupt()
        reason = "" if self._wake is None else f"asleep: {self._wake.gesture} wakes it"
        return Command.neutral(now_s, reason, prediction, "asleep")

    def _begin(self, label: str, moment: Moment) -> None:
        """Start a gesture: its actions begin to wait for their triggers."""
        actions, now_s = self._meaning(label), moment.now_s
        made = self._made = GestureEvent(label, now_s, after=self._previous[0], after_s=now_s - self._previous[1])
        combined = [action for action in actions if action.after and action.combines(made)]
        chosen = combined or [action for action in actions if not action.after]
        made.waits_s = max((action.double_s for action in actions if action.when == "double"), default=0.0)
        tap = self._tap.pop(label, None)
        if tap is not None and tap.ended_s is not None:
            after_s = now_s - tap.ended_s
            if any(action.doubles(moment, after_s) for action in chosen):
                made.follows_tap_s, tap.tapped_again = after_s, True
        if self.held:
            free = () if self._state.killed else _HALTS
            chosen = [action for action in chosen if isinstance(action, free)]
        self._running += [_Running(action, action.effect(), made) for action in chosen]

    def _end(self, now_s: float) -> None:
        """End the current gesture."""
        made = self._made
        made.ended_s = now_s
        if made.waits_s and any(one.action.tapped(made) for one in self._running if one.made is made):
            self._tap[made.label] = made
        if made.label not in ("", self._rest):
            self._previous = (made.label, now_s)
            used = [e for e in self._state.layers if e.until == "next" and e.since_s < made.began_s]
            for entered in used:
                self._state.layers.remove(entered)
            if used:
                self._tell_layer()

    def _meaning(self, label: str) -> list[ActionOptions]:
        """The actions of a gesture; of those, only what halts or wakes the mapping while it is asleep."""
        actions: list[ActionOptions] = list(self._mapped(label))
        if self._wake is None or not self.asleep:
            return actions
        wakes = [self._wake.action()] if label == self._wake.label else []
        return [*(action for action in actions if isinstance(action, _HALTS)), *wakes]

    def _mapped(self, label: str) -> list[Action]:
        """The actions of a gesture: from the newest layer that names it, or from the base."""
        for name in self._active():
            mapping = self.layers[name].mapping
            if label in mapping:
                return mapping[label]
        return self._mapping.get(label, [])

    def _expire(self, now_s: float) -> None:
        layers = self._state.layers
        if any(entered.ends_s is not None and now_s >= entered.ends_s for entered in layers):
            layers[:] = [entered for entered in layers if entered.ends_s is None or now_s < entered.ends_s]

    def _change_always(self) -> None:
        """Replace the always-on actions of the previous layer by those of this one, unless they are the same."""
        actions = self._mapped(ALWAYS)
        last = self._always_actions
        if actions is last or (last is not None and not actions and not last):
            return
        for one in self._always:
            if one.on:
                one.effect.stop(self._state)
        self._always_actions = actions
        made = GestureEvent(ALWAYS, self._state.now_s)
        self._always = [_Running(action, action.effect(), made) for action in actions]

    def _tell_layer(self) -> None:
        """Signal the layer change on the armband."""
        layer = self.layers.get(self.layer)
        buzz = layer.vibrate if layer else "short"
        self._state.requests.append(Led(layer.led if layer else None))
        if buzz:
            self._state.requests.append(Vibrate(buzz))

    def _hold_still(self) -> None:
        """Release everything after a pause or kill, and prevent its gesture from starting anything else."""
        self._release_but_gesture()
        self._still = True

    def _release_but_gesture(self) -> None:
        """Release everything, and prevent the present gesture from starting anything else."""
        lasts, gesture = self._made, self._gesture
        self.reset()
        self._made, self._gesture = lasts, gesture
