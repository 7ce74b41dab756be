"""The type that an options model declares for the value at a place, so that an error can show what belongs there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

KeyPath = tuple[str | int, ...]


def dotted(keys: Sequence[str | int]) -> str:
    """Keys as a message shows them: ``outputs.0.control``."""
    return ".".join(map(str, keys))


def types_at(model: type[BaseModel], loc: KeyPath) -> list[Any]:
    """Every type that the value at a pydantic location may have; the location's tags narrow the choice."""
    here: list[Any] = [model]
    for part in loc:
        here = _tagged(here, part) or [kind for one in here for kind in _below(one, part)] or here
    return here


def models_at(model: type[BaseModel], loc: KeyPath) -> list[type[BaseModel]]:
    """Those of :func:`types_at` that are sections with keys."""
    return [kind for kind in types_at(model, loc) if is_model(kind)]


def field_at(model: type[BaseModel], loc: KeyPath) -> FieldInfo | None:
    """The field at a location, or the nearest above it, in a list or a mapping; None for a whole section."""
    for depth in range(len(loc), 0, -1):
        for section in models_at(model, loc[: depth - 1]):
            if loc[depth - 1] in section.model_fields:
                return section.model_fields[str(loc[depth - 1])]
    return None


def without_tags(model: type[BaseModel], loc: KeyPath) -> KeyPath:
    """The keys that lead to a place in the file: a location without the tags of unions, which no file contains."""
    here: list[Any] = [model]
    kept = []
    for part in loc:
        tags = _tagged(here, part)
        below = tags or [kind for one in here for kind in _below(one, part)]
        if not tags and (below or any(is_model(kind) for kind in here)):  # a key, known to the section or not
            kept.append(part)
        here = below or here
    return tuple(kept)


def is_model(kind: Any) -> bool:
    """Whether a type is a section with keys."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def alternatives(annotation: Any) -> list[Any]:
    """The members of a union (without None), or the type itself."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return alternatives(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return [kind for one in get_args(annotation) if one is not NoneType for kind in alternatives(one)]
    return [annotation]


def _tagged(here: list[Any], part: str | int) -> list[Any]:
    """The member of a union that a step of a location picks by its tag; empty where the step is a key or an index."""
    return [kind for kind in here if is_model(kind) and _tag(kind) == part] if len(here) > 1 else []


def _below(kind: Any, part: str | int) -> list[Any]:
    if is_model(kind):
        return alternatives(kind.model_fields[part].annotation) if part in kind.model_fields else []
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (dict, Mapping):
        return alternatives(inner[1])
    if origin in (list, tuple, Sequence) and isinstance(part, int):
        return alternatives(inner[part] if origin is tuple and ... not in inner and part < len(inner) else inner[0])
    return []


def _tag(model: type[BaseModel]) -> str:
    for field in model.model_fields.values():
        if get_origin(field.annotation) is Literal and len(values := get_args(field.annotation)) == 1:
            return str(values[0])
    return ""
