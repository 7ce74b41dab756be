"""What an action can be: each kind with its fields, as a page offers them, from the models that check profiles."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, get_args

from emgctl.mapping import Action
from emgctl.mapping.shaping import AxisShape
from emgctl.mapping.trigger import Trigger
from emgctl.plugin import Options

_TRIGGERS = {"tap": ["tap_s"], "double": ["double_s"], "long": ["long_s"], "firm": ["above"]}
"""The fields that belong to one value of ``when`` only."""


@cache
def choices() -> Mapping[str, Any]:
    """The kinds of actions, the triggers, and the shape of an axis, each with its fields."""
    kinds = get_args(get_args(Action)[0])
    triggers = _fields(Trigger)
    when = triggers.pop("when")
    return {
        "actions": {get_args(kind.model_fields["do"].annotation)[0]: _own_fields(kind) for kind in kinds},
        "when": {name: {key: triggers[key] for key in _TRIGGERS.get(name, [])} for name in when["choices"]},
        "shape": _fields(AxisShape),
    }


def _own_fields(kind: type[Options]) -> dict[str, Any]:
    return {name: one for name, one in _fields(kind).items() if name not in (*Trigger.model_fields, "do")}


def _fields(model: type[Options]) -> dict[str, Any]:
    """Each field: its type, limits, choices, default, and whether it has to be given."""
    schema = model.model_json_schema()
    return {
        name: _field(one, schema.get("$defs", {})) | {"required": name in schema.get("required", [])}
        for name, one in schema["properties"].items()
    }


def _field(part: Mapping[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    kinds = [one for one in part.get("anyOf", [part]) if one.get("type") != "null"]
    first = shared.get(kinds[0].get("$ref", "").rpartition("/")[2], kinds[0])
    return {
        "type": first.get("type", "string"),
        "choices": first.get("enum"),
        "least": first.get("minimum", first.get("exclusiveMinimum")),
        "most": first.get("maximum", first.get("exclusiveMaximum")),
        "open": "exclusiveMinimum" in first,
        "default": part.get("default"),
    }
