"""A valid value of a type, as a profile would write it: what an error shows where the shape was wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from emgctl.profile.option_types import alternatives, is_model

_KEY = "fist"  # of mappings, which have gestures for keys nearly everywhere


def example_of(annotation: Any) -> Any:
    """A value of a type; None where none can be guessed."""
    kind = alternatives(annotation)[0]
    origin, inner = get_origin(kind), get_args(kind)
    if is_model(kind):
        return _section(kind)
    if origin is Literal:
        return inner[0]
    if origin in (dict, Mapping):
        value = example_of(inner[1])
        return None if value is None else {_KEY: value}
    if origin in (list, tuple, Sequence) and inner:
        values = [example_of(one) for one in inner if one is not ...]
        return None if None in values else values
    return None


def example_of_field(field: FieldInfo) -> Any:
    """The field's own example, else a value of its type, else its default; None where there is none."""
    if field.examples:
        return field.examples[0]
    found = example_of(field.annotation)
    if found is not None or field.is_required() or field.default_factory is not None:
        return found
    return field.default or None


def as_yaml(value: Any) -> str:
    """A value as a profile would write it in one line."""
    return yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000).strip().removesuffix("\n...")


def _section(model: type[BaseModel]) -> dict[str, Any] | None:
    """The required keys, or the first with an example where none is required."""
    fields = model.model_fields
    required = {name: example_of_field(field) for name, field in fields.items() if field.is_required()}
    if required:
        return None if None in required.values() else dict(sorted(required.items(), key=lambda one: one[0] != "do"))
    found = ((name, example_of_field(field)) for name, field in fields.items())
    return next(({name: value} for name, value in found if isinstance(value, str | int | float)), None)
