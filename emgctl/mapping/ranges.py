"""Finds the range of each axis that a mapping can reach, and axes that therefore never move."""

from __future__ import annotations

import math
from collections.abc import Iterator
from collections.abc import Mapping as Map

from emgctl.errors import quoted
from emgctl.mapping import Action, Layers, Mapping
from emgctl.mapping.axes import Axis, Gyro, Orientation, Proportional, Set, Step, Velocity
from emgctl.mapping.buttons import Sequence
from emgctl.mapping.conflicts import Place, Problem, iter_actions
from emgctl.mapping.shaping import AxisShape, Shapes

Range = tuple[float, float]
BOTH_WAYS: Range = (-1.0, 1.0)


def dead_axes(mapping: Mapping, layers: Layers, shapes: Shapes, ranges: Map[str, Range]) -> Iterator[Problem]:
    """Yield the place of each action that can never move its axis, with the reason.

    Args:
        mapping: the base's mapping.
        layers: the profile's layers.
        shapes: the profile's section ``axes``.
        ranges: the lowest and highest value that any output uses, by axis; default -1 to 1.
    """
    every = list(iter_actions(mapping, layers))
    kept = _kept(action for _, _, action in every)
    for place, _, action in every:
        for keys, axis, driven in _driven(action, kept):
            shape, within = shapes.get(axis, AxisShape()), ranges.get(axis, BOTH_WAYS)
            if not _moves(driven, shape, within):
                yield (*place, *keys), _reason(axis, driven, shape, within)


def _driven(action: Action, kept: Map[str, Range]) -> Iterator[tuple[Place, str, Range]]:
    """The keys of each axis that an action moves, its name and the range of values it may get.

    A ``full`` or ``per_s`` of 0 is left out: conflicts.py reports it.
    """
    if isinstance(action, Axis):
        yield ("value",), action.axis, (action.value, action.value)
    elif isinstance(action, Proportional) and action.full:
        yield ("axis",), action.axis, (min(action.full, 0.0), max(action.full, 0.0))
    elif isinstance(action, Orientation | Gyro):
        yield ("axis",), action.axis, BOTH_WAYS
    elif isinstance(action, Set | Step) or (isinstance(action, Velocity) and action.per_s):
        yield ("axis",), action.axis, kept[action.axis]
    elif isinstance(action, Sequence):
        beats = [(beat.axis, beat.value) for beat in action.steps]
        for number, (axis, _) in enumerate(beats):
            values = [value for name, value in beats if name == axis]
            if axis:
                yield ("steps", number, "axis"), axis, (min(values), max(values))


def _kept(actions: Iterator[Action]) -> dict[str, Range]:
    """How far axes that keep their value can go, by all actions on each together, starting at 0."""
    ranges: dict[str, Range] = {}
    for action in actions:
        if isinstance(action, Velocity | Step):
            by = action.per_s if isinstance(action, Velocity) else action.by
            to = math.copysign(1.0, by) if by else 0.0  # repeatedly, up to the end of the range
        elif isinstance(action, Set):
            to = action.value
        else:
            continue
        low, high = ranges.get(action.axis, (0.0, 0.0))
        ranges[action.axis] = min(low, to), max(high, to)
    return ranges


def _moves(driven: Range, shape: AxisShape, within: Range) -> bool:
    """Whether a shaped value of the range differs from 0 after clipping to the output's own range."""
    return any(min(max(shape.shaped(value), within[0]), within[1]) for value in _probes(driven, shape))


def _probes(driven: Range, shape: AxisShape) -> Iterator[float]:
    """The values of the range at which a shape is extreme: its ends and the shape's corners."""
    low, high = driven
    yield from driven
    corners = [shape.dead_zone, math.nextafter(shape.dead_zone, 1.0)]
    if isinstance(shape.curve, tuple):
        span = 1.0 - shape.dead_zone - shape.outer_dead_zone
        corners += [shape.dead_zone + x * span for x, _ in shape.curve]
    for corner in corners:
        yield from (value for value in (-corner, corner) if low <= value <= high)


def _reason(axis: str, driven: Range, shape: AxisShape, within: Range) -> str:
    name = quoted(axis, 60)
    if driven == (0.0, 0.0):
        return f"never moves '{name}': its value is 0"
    if not _moves(driven, shape, BOTH_WAYS):
        return f"never moves '{name}': the shape in 'axes.{name}' maps to 0 everything from {_shown(driven)}"
    inverted = ", inverted by 'axes'," if shape.invert else ""
    return (
        f"never moves '{name}': its values from {_shown(driven)}{inverted} lie outside the range "
        f"{_shown(within)} of that axis; change the sign or invert the axis"
    )


def _shown(values: Range) -> str:
    return f"{values[0]:g} to {values[1]:g}"
