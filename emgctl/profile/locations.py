"""Says what is wrong with a profile, where, and what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from emgctl.errors import UsageError, did_you_mean, quoted

Place = tuple[str | int, ...]
_MOST_PROBLEMS = 50
_LONGEST_PROBLEM = 600  # characters; a validator may quote what it was given


class Places:
    """Where each value of a YAML document stands, to name file, line and key in an error."""

    def __init__(self, file: str, root: yaml.Node | None) -> None:
        self.file, self._root = file, root

    def problem(self, place: Place, text: str) -> str:
        """One line: file, line, key and what is wrong there."""
        line, known = 1, []
        node = self._root
        for part in place:
            found = _child(node, part)
            if found is None:
                known.append(part)  # a key that is missing: named, but the line is that of what should hold it
                continue
            node, line = found
            known.append(part)
        key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in known).lstrip(".")
        return f"{self.file}:{line}: {quoted(key)}: {text}" if key else f"{self.file}:{line}: {text}"

    def in_order(self, problems: Sequence[str]) -> list[str]:
        """Problems in the order in which a reader of the file meets them: each once, and the first of very many."""
        skip = len(self.file) + 1
        found = sorted(dict.fromkeys(problems), key=lambda problem: int(problem[skip:].partition(":")[0]))
        more = len(found) - _MOST_PROBLEMS
        return found if more <= 0 else [*found[:_MOST_PROBLEMS], f"{self.file}: {more} more problems"]

    def duplicate_keys(self) -> Iterator[Place]:
        """The place of every key that a mapping has twice, which YAML itself would silently overwrite."""
        return _duplicate_keys(self._root, set())

    def problems(self, error: ValidationError, model: type[BaseModel], under: Place = ()) -> Iterator[str]:
        """A line for each error of a pydantic validation of the part ``under``."""
        for detail in error.errors(include_url=False):
            place = _without_tags(model, detail["loc"])
            text = quoted(_say(detail, _models_at(model, detail["loc"][:-1])), _LONGEST_PROBLEM)
            yield self.problem((*under, *place), text)


def wrong_words(words: str, error: ValidationError, model: type[BaseModel]) -> UsageError:
    """The error for options that came from the command line's ``words`` and not from a file with lines."""
    lines = Places(words, None).problems(error, model)
    return UsageError("\n".join(line.replace(f"{words}:1:", f"{words}:", 1) for line in lines))


def _duplicate_keys(node: yaml.Node | None, walked: set[int], place: Place = ()) -> Iterator[Place]:
    """The places of duplicate keys below ``node``; what aliases lead to again (and again) is walked once."""
    if id(node) in walked:
        return
    walked.add(id(node))
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                yield (*place, key.value)
            seen.add(key.value)
            yield from _duplicate_keys(value, walked, (*place, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _duplicate_keys(item, walked, (*place, number))


def _child(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return value, key.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item = node.value[part]
        return item, item.start_mark.line + 1
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
        return f"'{quoted(word)}' is not possible here{did_you_mean(str(word), words)}"
    message = detail["msg"].removeprefix("Value error, ").removeprefix("Input ").removeprefix("String ")
    shown = "" if isinstance(given, dict | list) or kind == "value_error" else f", not {quoted(repr(given))}"
    return message + shown


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models(argument)]


def _models_at(model: type[BaseModel], loc: Place) -> list[type[BaseModel]]:
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


def _without_tags(model: type[BaseModel], loc: Place) -> Place:
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
