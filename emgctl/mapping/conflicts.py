"""Finds what cannot work in a mapping: actions that compete for a control, and actions that can never occur."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from emgctl.errors import did_you_mean
from emgctl.mapping import ALWAYS, Action, Layers, Mapping
from emgctl.mapping.action import ActionOptions
from emgctl.mapping.axes import Center, Proportional, Set, Step, Velocity
from emgctl.mapping.buttons import Latch, Release, Toggle
from emgctl.mapping.control import Base, Cycle, Layer
from emgctl.mapping.wake import Wake

Place = tuple[str | int, ...]
Problem = tuple[Place, str]

_WHILE_IT_LASTS = ("begin", "double", "long", "firm")
_KEEPING = (Velocity, Set, Step, Center)  # these share an axis: each continues where another left it
_LATCHING = (Toggle, Latch, Release)
NO_LAYERS = "; add it, for example layers: {menu: {mapping: {fist: [{do: press, button: a}]}}}"
_UNKNOWN = "not one of the model's gestures"


def mappings(mapping: Mapping, layers: Layers) -> Iterator[tuple[str, Place, Mapping]]:
    """The base mapping and each layer's, with the layer's name and the keys that lead there."""
    yield "", ("mapping",), mapping
    for name, layer in layers.items():
        yield name, ("layers", name, "mapping"), layer.mapping


def iter_actions(mapping: Mapping, layers: Layers) -> Iterator[tuple[Place, str, Action]]:
    """Every action, with the keys that lead to it and its gesture."""
    for _, place, one in mappings(mapping, layers):
        for label, actions in one.items():
            for number, action in enumerate(actions):
                yield (*place, label, number), label, action


def problems(mapping: Mapping, layers: Layers, labels: set[str], shortest_s: float) -> Iterator[Problem]:
    """Yield place and text of each problem.

    Args:
        mapping: the base's.
        layers: the profile's layers.
        labels: the gestures that the decoder can predict.
        shortest_s: the minimum duration of a decision.
    """
    yield from _unknown(mapping, layers, labels)
    yield from _unreachable(mapping, layers)
    for place, label, action in iter_actions(mapping, layers):
        yield from ((place, text) for text in _never(label, action, shortest_s))
    yield from _idle_releases(mapping, layers)
    for layer, place, one in mappings(mapping, layers):
        yield from _fights(layer, place, one, mapping)


def wake_problems(wake: Wake, labels: set[str], rest: str, shortest_s: float) -> Iterator[Problem]:
    """Yield place and text of each reason for which the wake gesture can never be made.

    Args:
        wake: the profile's wake gesture.
        labels: the gestures that the decoder can predict.
        rest: which of them is rest.
        shortest_s: the minimum duration of a decision.
    """
    place = ("wake", "gesture")
    if wake.label not in labels:
        yield place, f"'{wake.label}' is {_UNKNOWN}{did_you_mean(wake.label, labels)}"
    elif wake.label == rest:
        yield place, f"'{rest}' is rest, which is no gesture; name one that is not made by chance"
    yield from ((place, text) for text in _never(wake.label, wake.action(), shortest_s))


def _unknown(mapping: Mapping, layers: Layers, labels: set[str]) -> Iterator[Problem]:
    for _, place, one in mappings(mapping, layers):
        for label in one:
            if label not in labels | {ALWAYS}:
                yield (*place, label), f"is {_UNKNOWN}{did_you_mean(label, labels)}"
    for place, _, action in iter_actions(mapping, layers):
        if action.after and action.after not in labels:
            yield (*place, "after"), f"'{action.after}' is {_UNKNOWN}{did_you_mean(action.after, labels)}"
        for layer in _leads_to(action):
            if layer not in layers:
                key = "layer" if isinstance(action, Layer) else "layers"
                yield (*place, key), f"there is no layer '{layer}'{did_you_mean(layer, layers) or NO_LAYERS}"


def _leads_to(action: Action) -> tuple[str, ...]:
    if isinstance(action, Layer):
        return (action.layer,)
    return action.layers if isinstance(action, Cycle) else ()


def _unreachable(mapping: Mapping, layers: Layers) -> Iterator[Problem]:
    reached, found = {"", *(name for name, layer in layers.items() if layer.from_outside)}, True
    while found:
        found = False
        for name, _, one in mappings(mapping, layers):
            for action in (action for actions in one.values() for action in actions):
                new = set(_leads_to(action)) - reached
                if name in reached and new:
                    reached |= new
                    found = True
    for name in layers:
        if name not in reached:
            yield ("layers", name), "can never be entered: give a gesture the action 'layer' or 'cycle'"


def _never(label: str, action: ActionOptions, shortest_s: float) -> Iterator[str]:
    if label == ALWAYS and (action.when != "begin" or action.after):
        yield "can never occur: 'always' actions have neither 'when' nor 'after'"
    if action.when == "tap" and action.tap_s < shortest_s:
        yield f"can never occur: a decision lasts at least {shortest_s:g} s, too long for a tap of {action.tap_s:g} s"
    if action.when == "double" and min(action.double_s, action.tap_s) < shortest_s:
        yield f"can never occur: a decision lasts at least {shortest_s:g} s, longer than a double tap allows"
    if action.after == label:
        yield "can never occur: a gesture cannot follow itself; use 'when: double'"
    if isinstance(action, Proportional) and action.full == 0:
        yield "never moves: 'full' is 0"
    if isinstance(action, Velocity) and action.per_s == 0:
        yield "never moves: 'per_s' is 0"
    if isinstance(action, Base) and label == ALWAYS:
        yield "leaves every layer as soon as it is entered"


def _idle_releases(mapping: Mapping, layers: Layers) -> Iterator[Problem]:
    every = list(iter_actions(mapping, layers))
    latched = {name for _, _, action in every if isinstance(action, Toggle | Latch) for name in action.button}
    kept = {action.axis for _, _, action in every if isinstance(action, Velocity | Set | Step)}
    for place, _, action in every:
        for name in action.button if isinstance(action, Release) else ():
            if name not in latched:
                yield (*place, "button"), f"nothing latches or toggles '{name}', so there is nothing to release"
        if isinstance(action, Center) and (action.axis not in kept if action.axis else not kept):
            yield place, "no action 'velocity', 'set' or 'step' moves this axis, so there is nothing to center"


def _fights(layer: str, place: Place, one: Mapping, base: Mapping) -> Iterator[Problem]:
    """Two actions on one control that may be on at the same time."""
    always = [((*place, ALWAYS, i), action) for i, action in enumerate(one.get(ALWAYS, []))]
    if layer and ALWAYS not in one:
        always = [(("mapping", ALWAYS, i), action) for i, action in enumerate(base.get(ALWAYS, []))]
    here = {label: [((*place, label, i), a) for i, a in enumerate(listed)] for label, listed in one.items()}
    for label, actions in here.items():
        pairs = itertools.combinations(actions, 2)
        for (first, left), (second, right) in pairs:
            if label == ALWAYS or _together(left, right):
                yield from _shared(first, left, second, right)
        if label != ALWAYS:
            for (first, left), (second, right) in itertools.product(always, actions):
                yield from _shared(first, left, second, right)
    every = [entry for actions in here.values() for entry in actions]
    for (first, left), (second, right) in itertools.combinations(every, 2):
        if isinstance(left, _LATCHING) != isinstance(right, _LATCHING) and first[-2] != second[-2]:
            yield from _shared(first, left, second, right, "latched")


def _together(left: Action, right: Action) -> bool:
    if bool(left.after) != bool(right.after) or left.pitch_deg != right.pitch_deg:
        return False  # a combination replaces what the gesture does alone
    both = left.when in _WHILE_IT_LASTS and right.when in _WHILE_IT_LASTS
    return left.when == right.when or both


def _shared(first: Place, left: ActionOptions, second: Place, right: ActionOptions, how: str = "") -> Iterator[Problem]:
    if isinstance(left, _LATCHING) and isinstance(right, _LATCHING) and left.when != right.when:
        return
    if isinstance(left, _KEEPING) and isinstance(right, _KEEPING) and left.when != right.when:
        return
    where = _path(first)
    for keys, name in _controls(right):
        if name in {other for _, other in _controls(left)}:
            text = f"conflicts with {where} over '{name}'"
            if how:
                text += ": while it is latched, this press has no effect"
            yield (*second, *keys), text
            return


def _controls(action: ActionOptions) -> list[tuple[tuple[Any, ...], str]]:
    return [*action.buttons(), *action.axes()]


def _path(place: Place) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
