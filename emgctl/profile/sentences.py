"""The sentence for a value that an options model refuses: what is wrong, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic_core import ErrorDetails

from emgctl.errors import did_you_mean, quoted
from emgctl.profile.examples import as_yaml, example_of, example_of_field
from emgctl.profile.option_types import KeyPath, alternatives, field_at, models_at, types_at
from emgctl.profile.yaml_traps import number_meant, quote_it

_SHAPES = {  # by pydantic's kind of error: what the value should be
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a section with keys",
    "model_type": "a section with keys",
    "model_attributes_type": "a section with keys",
    "string_type": "text",
    "path_type": "a path",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
}
MOST_WORDS = 5  # of a choice that are named
_LISTS = ("list_type", "tuple_type")
_SECTIONS = ("dict_type", "model_type", "model_attributes_type")


def sentence(detail: ErrorDetails, model: type[BaseModel], place: KeyPath, node: yaml.Node | None) -> str:
    """What is wrong with the value at a place of the file, whose node is given if it exists, and what to write."""
    kind, given, context, loc = detail["type"], detail["input"], detail.get("ctx", {}), detail["loc"]
    if kind == "missing":
        return "is missing" + _line_for(model, loc)
    if kind == "extra_forbidden":
        fields = [name for section in models_at(model, loc[:-1]) for name in section.model_fields]
        return "unknown key" + did_you_mean(str(loc[-1]), fields)
    if kind == "union_tag_not_found":
        return f"needs the key {context['discriminator']}{_for_example(types_at(model, loc)[0])}"
    if expected := str(context.get("expected") or context.get("expected_tags") or ""):
        words = re.findall(r"'([^']+)'", expected) or [expected]
        word = context.get("tag", given)
        if len(words) == 1:
            return f"should be {words[0]}, not {_shown(given)}"
        if isinstance(given, dict) and "discriminator" in context:  # the tag that pydantic has is text already
            word = given.get(str(context["discriminator"]).strip("'"), word)
        if not isinstance(word, str):
            return f"should be {_listed(words)}, not {_shown(word)}"
        return f"'{quoted(word)}' is not possible here{did_you_mean(word, words)}"
    if kind == "string_pattern_mismatch":
        field = field_at(model, loc)
        about = field.description if field else None
        form = f"be {about}" if about else f"match the pattern {context['pattern']}"
        return f"should {form}, not {_shown(given)}{_line_for(model, loc)}"
    if kind in ("too_short", "string_too_short"):
        return "is empty" + _line_for(model, loc)
    if shape := _SHAPES.get(kind):
        if kind in _LISTS and _of_text(types_at(model, loc)[0]):
            shape = "a list of names" if isinstance(given, str) else "a name, or a list of names"
        return f"should be {shape}, not {_shown(given)}" + _instead(detail, model, place, node)
    message = detail["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return message if kind == "value_error" else f"{message}, not {_shown(given)}"


def _instead(detail: ErrorDetails, model: type[BaseModel], place: KeyPath, node: yaml.Node | None) -> str:
    """What to write where the value has the wrong shape."""
    kind, given, loc = detail["type"], detail["input"], detail["loc"]
    types = types_at(model, loc)
    if kind in _LISTS and isinstance(given, str) and _of_text(types[0]):
        return f"; put it in brackets: {_key(place)}{quoted(as_yaml([given]))}"
    if kind in ("string_type", "path_type") or (kind in _LISTS and _of_text(types[0])):
        return quote_it(node) or _line_for(model, loc)
    if kind in _LISTS:
        return _bracketed(types[0], given, place) or _for_example(types[0], place, field_example(model, loc))
    if kind in _SECTIONS:
        return _for_example(types[0], (), field_example(model, loc))
    return number_meant(given, place)


def field_example(model: type[BaseModel], loc: KeyPath) -> Any:
    """The example of the field that stands at a location itself, or of an item in its list; None if it has none."""
    if loc and isinstance(loc[-1], int):
        above = field_example(model, loc[:-1])
        return above[0] if isinstance(above, list) and above else None
    for section in models_at(model, loc[:-1]):
        if loc and loc[-1] in section.model_fields:
            return example_of_field(section.model_fields[str(loc[-1])])
    return None


def _bracketed(kind: Any, given: object, place: KeyPath) -> str:
    """A list with the given value in it, where that has the type of an item."""
    item = next((one for one in get_args(kind) if one is not ...), None)
    is_item = isinstance(given, dict) and isinstance(example_of(item), dict) and given.keys() >= {"do"}
    if not is_item and not (isinstance(given, dict) and "kind" in given):
        return ""
    return f"; put it in brackets: {_key(place)}{quoted(as_yaml([given]))}"


def _for_example(kind: Any, place: KeyPath = (), own: Any = None) -> str:
    value = example_of(kind) if own is None else own
    return "" if value is None else f"; for example {_key(place)}{as_yaml(value)}"


def _line_for(model: type[BaseModel], loc: KeyPath) -> str:
    value = field_example(model, loc)
    return "" if value is None else f"; for example {loc[-1]}: {as_yaml(value)}"


def _key(place: KeyPath) -> str:
    return f"{as_yaml(place[-1])}: " if place and isinstance(place[-1], str) else ""


def _of_text(kind: Any) -> bool:
    """Whether a type is a list of texts, each of which may stand alone."""
    return get_origin(kind) in (list, tuple) and alternatives(get_args(kind)[0])[0] is str


def _listed(words: Sequence[str]) -> str:
    """The first words of a choice, for people."""
    some = ", ".join(words[:MOST_WORDS])
    return f"{some} or another of {len(words)}" if len(words) > MOST_WORDS else f"one of {some}"


def _shown(given: object) -> str:
    """A value as YAML writes it."""
    if given is None:
        return "empty"
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, dict):
        return "a section with keys"
    if isinstance(given, list | tuple | set):
        return "a list"
    if isinstance(given, bytes):
        return "binary data"
    if isinstance(given, date):
        return f"the date {given}"
    return quoted(repr(given))
