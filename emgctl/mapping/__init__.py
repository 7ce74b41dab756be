"""Schema of a profile's ``mapping``, ``layers`` and ``axes``: what gestures do. See docs/mapping.md.

mapping:
  fist:      [{do: hold, button: a}]
  open:      [{when: tap, do: press, button: b}, {when: long, do: layer, layer: menu}]
  grip:      [{do: proportional, axis: right_trigger, dead_zone: 0.1, curve: 2}]
  always:    [{do: orientation, turn: roll, axis: left_x}]
layers:
  menu: {mapping: {fist: [{do: press, button: start}]}}
axes:
  left_x: {dead_zone: 0.1, slew_per_s: 8}
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from emgctl.mapping.axes import Axis, Center, Gyro, Orientation, Proportional, Set, Step, Velocity
from emgctl.mapping.buttons import Hold, Latch, Press, Release, Sequence, Toggle, Turbo
from emgctl.mapping.control import Base, Colour, Cycle, Kill, Layer, LedAction, Pause, Recenter, VibrateAction
from emgctl.plugin import Options
from emgctl.types import Buzz

ALWAYS = "always"
"""In a mapping, the key for actions that are always on."""

Action = Annotated[
    Press
    | Hold
    | Toggle
    | Latch
    | Release
    | Turbo
    | Sequence
    | Axis
    | Proportional
    | Velocity
    | Set
    | Step
    | Center
    | Orientation
    | Gyro
    | Recenter
    | Layer
    | Cycle
    | Base
    | Pause
    | Kill
    | VibrateAction
    | LedAction,
    Field(discriminator="do"),
]
Mapping = dict[str, list[Action]]


def _as_text(one: object) -> object:
    return str(one) if type(one) is int else one


Chosen = Annotated[str, BeforeValidator(_as_text, json_schema_input_type=str | int)]
"""The classes to distinguish, by name or number."""


class LayerOptions(Options):
    """A layer: what gestures do while it is on, which classes the decoder then selects, and how the armband signals it.

    A gesture not named by a layer does what it does below; one with an empty list does nothing. ``select`` names
    gestures or contexts of a decoder that supports selection (contrastive), or gives their numbers. One that can be
    entered ``from_outside`` is also on while another input of the run, such as a key, is in its layer of that name.
    """

    mapping: Mapping
    select: list[Chosen] = Field(default_factory=list)
    vibrate: Buzz | None = "short"
    led: Colour = None
    from_outside: bool = False


Layers = dict[str, LayerOptions]
