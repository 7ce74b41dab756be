"""Says what is wrong with a profile, where, and what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypeVar, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from emgctl.errors import UsageError, did_you_mean, quoted
from emgctl.profile.yaml_traps import decimal_comma, decimal_point, quote_it, value_of

KeyPath = tuple[str | int, ...]
_MOST_PROBLEMS = 20
_LONGEST_PROBLEM = 600  # characters; a validator may quote what it was given
_ACTION = "{do: hold, button: a}"
_MEANT = {"push": "press", "click": "press", "tap": "press", "keep": "hold", "switch": "toggle", "lock": "latch"}
_MEANT |= {"stop": "pause", "wait": "pause", "move": "axis", "macro": "sequence", "buzz": "vibrate", "light": "led"}

M = TypeVar("M", bound=BaseModel)


class SourceMap:
    """Where each value of a YAML document stands, to name file, line and key in an error."""

    def __init__(self, file: str, root: yaml.Node | None) -> None:
        self.file, self._root = file, root

    def problem(self, place: KeyPath, text: str) -> str:
        """One line: file, line, key and what is wrong there."""
        line, known = 1, []
        node = self._root
        for part in place:
            found = _child(node, part)
            if found is None:
                known.append(part)  # a key that is missing: named, but the line is that of what should hold it
                continue
            node, line, written = found
            known.append(written)
        key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in known).lstrip(".")
        return f"{self.file}:{line}: {quoted(key)}: {text}" if key else f"{self.file}:{line}: {text}"

    def in_order(self, problems: Sequence[str]) -> list[str]:
        """Problems in the order in which a reader of the file meets them: each once, and the first of very many."""
        skip = len(self.file) + 1
        found = sorted(dict.fromkeys(problems), key=lambda problem: int(problem[skip:].partition(":")[0]))
        more = len(found) - _MOST_PROBLEMS
        return found if more <= 0 else [*found[:_MOST_PROBLEMS], f"{self.file}: {more} more problems"]

    def duplicate_keys(self) -> Iterator[str]:
        """A line for every key that a mapping has twice, which YAML itself would silently overwrite."""
        return (self.problem(place, text) for place, text in _duplicate_keys(self._root, set()))

    def problems(self, error: ValidationError, model: type[BaseModel], under: KeyPath = ()) -> Iterator[str]:
        """A line for each error of a pydantic validation of the part ``under``."""
        for detail in error.errors(include_url=False):
            place = (*under, *_without_tags(model, detail["loc"]))
            is_key = place[-1:] == ("[key]",) or detail["type"] == "invalid_key"
            if is_key:
                place, text = self._not_a_text(place[:-1] if place[-1] == "[key]" else place)
            else:
                text = _say(detail, _models_at(model, detail["loc"][:-1])) + self._example(detail, place)
            yield self.problem(place, quoted(text, _LONGEST_PROBLEM))

    def _node(self, place: KeyPath) -> yaml.Node | None:
        node = self._root
        for part in place:
            found = _child(node, part)
            node = found[0] if found else None
        return node

    def _not_a_text(self, place: KeyPath) -> tuple[KeyPath, str]:
        """Where a key is that is no text, as it is written, and what is wrong with it."""
        section = self._node(place[:-1])
        keys = [key for key, _ in section.value] if isinstance(section, yaml.MappingNode) else []
        key = next((key for key in keys if value_of(key) == place[-1]), None)
        written = place if key is None else (*place[:-1], key.value)
        return written, "is a key that is not text" + (decimal_comma(section, place[-1]) or quote_it(key))

    def _example(self, detail: ErrorDetails, place: KeyPath) -> str:
        """What to write instead, where YAML or a missing bracket is behind a problem."""
        kind, given = detail["type"], detail["input"]
        if kind in ("string_type", "tuple_type") and (trap := quote_it(self._node(place))):
            return trap
        if kind in ("list_type", "tuple_type"):
            return _listed(given, place)
        if kind == "model_attributes_type" and place[-3:-2] == ("mapping",):
            return f"; for example {_ACTION}"
        return decimal_point(given)


def _listed(given: object, place: KeyPath) -> str:
    """How to write a list instead of what was given."""
    if place[-2:-1] == ("mapping",):
        word = given if isinstance(given, str) and re.fullmatch(r"[\w-]+", given) else "a"
        example = f"{place[-1]}: [{_ACTION.replace(' a}', f' {word}}}')}]"
        return "; put it in brackets, for example " + example if isinstance(given, dict) else f"; for example {example}"
    if place == ("outputs",):
        return "; for example [{kind: console}]"
    return "; put it in brackets, [...]" if isinstance(given, dict | str | int | float) else ""


def options_error(words: str, error: ValidationError, model: type[BaseModel]) -> UsageError:
    """The error for options that came from the command line's ``words`` and not from a file with lines."""
    lines = SourceMap(words, None).problems(error, model)
    return UsageError("\n".join(line.replace(f"{words}:1:", f"{words}:", 1) for line in lines))


def validated(words: str, model: type[M], values: Mapping[str, Any]) -> M:
    """The options ``values``, which came from the command line or a script.

    Raises:
        UsageError: what is wrong with them, after ``words``.
    """
    try:
        return model(**values)
    except ValidationError as error:
        raise options_error(words, error, model) from error


def _duplicate_keys(node: yaml.Node | None, walked: set[int], place: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """The places of duplicate keys below ``node``; what aliases lead to again (and again) is walked once."""
    if id(node) in walked:
        return
    walked.add(id(node))
    if isinstance(node, yaml.MappingNode):
        texts: set[str] = set()
        seen: dict[Any, str] = {}
        for key, value in node.value:
            first = seen.setdefault(value_of(key), key.value)
            if key.value in texts:
                yield (*place, key.value), "is given twice"
            elif first != key.value:
                yield (*place, key.value), f"is the same key as {first}{quote_it(key)}"
            texts.add(key.value)
            yield from _duplicate_keys(value, walked, (*place, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _duplicate_keys(item, walked, (*place, number))


def _child(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, int, str | int] | None:
    if isinstance(node, yaml.MappingNode):
        texts = [key.value for key, _ in node.value]
        if str(part) not in texts and not isinstance(part, str):
            texts = [value_of(key) for key, _ in node.value]
        for (key, value), text in zip(node.value, texts, strict=True):
            if text in (part, str(part)):
                return value, key.start_mark.line + 1, key.value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item = node.value[part]
        return item, item.start_mark.line + 1, part
    return None


def _say(detail: ErrorDetails, models: Sequence[type[BaseModel]]) -> str:
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        fields = [name for model in models for name in model.model_fields]
        return "unknown key" + did_you_mean(str(detail["loc"][-1]), fields)
    if kind == "union_tag_not_found":
        return f"needs the key {context['discriminator']}"
    expected = str(context.get("expected") or context.get("expected_tags") or "")
    if expected:
        words = re.findall(r"'([^']+)'", expected) or [expected]
        word = context.get("tag", given)
        meant = _MEANT.get(str(word), "")
        nearest = f"; did you mean '{meant}'?" if meant in words else did_you_mean(str(word), words)
        return f"'{quoted(word)}' is not possible here{nearest}"
    if kind == "model_attributes_type":
        return f"should be a section with keys, not {quoted(repr(given))}"
    message = detail["msg"].replace("valid tuple", "valid list")
    for begin in ("Value error, ", "Input ", "String "):
        message = message.removeprefix(begin)
    shown = "" if isinstance(given, dict | list) or kind == "value_error" else f", not {quoted(repr(given))}"
    return message + shown


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models(argument)]


def _models_at(model: type[BaseModel], loc: KeyPath) -> list[type[BaseModel]]:
    here = [model]
    for part in loc:
        fields = [one.model_fields[part] for one in here if part in one.model_fields]
        if fields:
            here = [found for field in fields for found in _models(field.annotation)]
        else:  # a tag picks one of several models; a list index or a dict key changes nothing
            here = [one for one in here if _tag(one) == part] or here
    return here


def _tag(model: type[BaseModel]) -> str:
    for field in model.model_fields.values():
        if get_origin(field.annotation) is Literal and len(values := get_args(field.annotation)) == 1:
            return str(values[0])
    return ""


def _without_tags(model: type[BaseModel], loc: KeyPath) -> KeyPath:
    kept = []
    for number, part in enumerate(loc):
        is_tag = (
            number
            and isinstance(loc[number - 1], int)
            and any(_tag(one) == part for one in _models_at(model, loc[:number]))
        )
        if not is_tag:
            kept.append(part)
    return tuple(kept)
