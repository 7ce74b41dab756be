"""Where each value of a profile stands, to name file, line and key in an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from emgctl.errors import FileError, UsageError, quoted
from emgctl.profile.option_types import KeyPath, without_tags
from emgctl.profile.sentences import sentence
from emgctl.profile.switches import switches
from emgctl.profile.yaml_traps import decimal_comma, quote_it, value_of

_EMPTY = "''"  # a key without a letter, as it was written
_MOST_PROBLEMS = 20
_LONGEST_PROBLEM = 600  # characters; a validator may quote what it was given

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
        key = "".join(f"[{part}]" if isinstance(part, int) else f".{part or _EMPTY}" for part in known).lstrip(".")
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
        details = error.errors(include_url=False)
        locations = {detail["loc"] for detail in details}
        for detail in details:
            loc = detail["loc"]
            if detail["type"] == "too_short" and any(loc == one[: len(loc)] for one in locations - {loc}):
                continue  # a list of which each item is wrong already
            is_key = loc[-1:] == ("[key]",)
            place = (*under, *without_tags(model, loc[:-1] if is_key else loc))
            if is_key or detail["type"] == "invalid_key":
                place, text = self._not_a_text(place)
            else:
                text = sentence(detail, model, place, self._node(place))
            yield self.problem(place, quoted(text, _LONGEST_PROBLEM))

    def switches(self, content: object, model: type[BaseModel], under: KeyPath = ()) -> Iterator[str]:
        """A line for each true or false of the part ``under`` that should be a number."""
        for place, value in switches(content, model):
            yield self.problem((*under, *place), f"should be a number, not {str(value).lower()}")

    @contextmanager
    def naming_files(self, section: str = "") -> Iterator[None]:
        """Where a file that the document (or a section) names can't be used, the error begins with that line."""
        try:
            yield
        except FileError as error:
            folder = Path(self.file).parent
            for place, value in _texts(self._root, set()):
                with suppress(OSError, ValueError):
                    is_it = section in ("", *place[:1]) and (folder / value).resolve() == Path(error.path).resolve()
                    if is_it:
                        error.args = (self.problem(place, str(error)),)
                        break
            raise

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
        key = next((key for key in keys if place[-1] in (value_of(key), repr(value_of(key)))), None)
        written = place if key is None else (*place[:-1], key.value)
        return written, "is a key that is not text" + (decimal_comma(section, place[-1]) or quote_it(key))


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
                yield (*place, key.value), "is given twice; keep one of them"
            elif first != key.value:
                yield (*place, key.value), f"is the same key as {first}{quote_it(key)}"
            texts.add(key.value)
            yield from _duplicate_keys(value, walked, (*place, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _duplicate_keys(item, walked, (*place, number))


def _texts(node: yaml.Node | None, walked: set[int], place: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Every text or number below ``node`` with its place; what aliases lead to again is walked once."""
    if id(node) in walked:
        return
    walked.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        yield place, node.value
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _texts(value, walked, (*place, str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _texts(item, walked, (*place, number))


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
