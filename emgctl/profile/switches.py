"""Switches where a number belongs: YAML reads ``on`` and ``yes`` as true, which Python would take for the number 1."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel

from emgctl.profile.option_types import KeyPath, types_at


def switches(content: object, model: type[BaseModel], place: KeyPath = ()) -> Iterator[tuple[KeyPath, bool]]:
    """The place of each true or false in a section, and in what lies below it, for which the model wants a number."""
    if isinstance(content, dict):
        for key, value in content.items():
            if isinstance(key, str):
                yield from switches(value, model, (*place, key))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from switches(value, model, (*place, number))
    elif isinstance(content, bool) and {*types_at(model, place)} <= {int, float}:
        yield place, content
