"""Edits of a profile's mapping, as a page sends them, and the YAML that they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from emgctl.errors import UsageError
from emgctl.mapping import Action, LayerOptions
from emgctl.mapping.action import Name
from emgctl.mapping.shaping import AxisShape
from emgctl.mapping.trigger import Trigger
from emgctl.plugin import Options
from emgctl.profile.edit import drop_value, has_value, set_structure
from emgctl.profile.locations import validated

MOST_EDITS = 500
_TRIGGER_KEYS = tuple(Trigger.model_fields)


class GestureEdit(Options):
    """What a gesture does, in the base ("") or in a layer; None: nothing is written about it."""

    edit: Literal["gesture"]
    layer: str = ""
    gesture: Name
    actions: list[Action] | None


class LayerEdit(Options):
    """A layer that is added, or whose options besides its mapping change; None: it is removed."""

    edit: Literal["layer"]
    layer: Name
    content: LayerOptions | None


class AxisEdit(Options):
    """The shape of an axis; None: it has none."""

    edit: Literal["axis"]
    axis: Name
    shape: AxisShape | None


class GripEdit(Options):
    """The grip that a gesture makes with the hand that is the output of this number; None: none."""

    edit: Literal["grip"]
    output: Annotated[int, Field(ge=0)]
    gesture: Name
    grip: Name | None


Edit = Annotated[GestureEdit | LayerEdit | AxisEdit | GripEdit, Field(discriminator="edit")]


class Edits(Options):
    """Edits in the order in which they are made."""

    edits: Annotated[list[Edit], Field(max_length=MOST_EDITS)]


def checked(given: object) -> Sequence[Mapping[str, Any]]:
    """The edits of a request, each valid by itself.

    Raises:
        UsageError: they are not, and why.
    """
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise UsageError("the request has no list 'edits'")
    validated("the change", Edits, {"edits": given})
    return given


def apply(text: str, edits: Sequence[Mapping[str, Any]]) -> str:
    """A profile's text with ``edits`` that were :func:`checked`; comments and order are kept.

    Raises:
        ValueError: one is not possible in this text, with the reason.
        FileError: the text is no YAML, or too large.
    """
    for edit in edits:
        match edit:
            case {"edit": "gesture", "gesture": gesture, "actions": actions}:
                layer = edit.get("layer") or ""
                way = ("layers", layer, "mapping") if layer else ("mapping",)
                if layer and not has_value(text, ("layers", layer)):
                    raise ValueError(f"there is no layer '{layer}'")
                text = _put(text, (*way, gesture), None if actions is None else [_in_order(one) for one in actions])
            case {"edit": "layer", "layer": layer, "content": content}:
                text = _put_layer(text, layer, content)
            case {"edit": "axis", "axis": axis, "shape": shape}:
                text = _put(text, ("axes", axis), shape)
            case {"edit": "grip", "output": output, "gesture": gesture, "grip": grip}:
                text = _put(text, ("outputs", output, "control", "grips", gesture), grip)
    return text


def _put(text: str, keys: tuple[str | int, ...], value: Any) -> str:
    """The text with a value, or without it where that is None."""
    if value is not None:
        return set_structure(text, keys, value)
    return drop_value(text, keys) if has_value(text, keys) else text


def _put_layer(text: str, layer: str, content: Mapping[str, Any] | None) -> str:
    keys = ("layers", layer)
    if content is None or not has_value(text, keys):
        if content is not None:
            ordered = {one: [_in_order(each) for each in actions] for one, actions in content["mapping"].items()}
            content = {**content, "mapping": ordered}
        return _put(text, keys, content)
    for key in LayerOptions.model_fields:
        if key == "mapping":
            continue  # what its gestures do is edited one by one
        text = set_structure(text, (*keys, key), content[key]) if key in content else _put(text, (*keys, key), None)
    return text


def _in_order(action: Mapping[str, Any]) -> dict[str, Any]:
    """An action as a person would write it: when, do, and the rest."""
    first = [key for key in _TRIGGER_KEYS if key in action]
    return {key: action[key] for key in [*first, "do", *(key for key in action if key not in (*first, "do"))]}
