"""YAML read and written again by ruamel.yaml as a person wrote it: order, quotes, anchors and most comments stay."""

from __future__ import annotations

import copy
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver
from ruamel.yaml.scalarstring import (
    DoubleQuotedScalarString,
    FoldedScalarString,
    LiteralScalarString,
    PlainScalarString,
    ScalarString,
)
from ruamel.yaml.tag import Tag

MERGE = "<<"
Indents = tuple[int, int]
"""How many columns keys, and the dashes of a list, are indented below the key that has them."""

_USUAL_INDENT, _MOST_INDENTED = 2, 8
_UNLIMITED = 1 << 30  # columns: no line is broken


class _AsWritten(VersionedResolver):
    """Takes every plain scalar for the text that it is, so that ``0x1F``, ``on`` and ``~`` are written as they were.

    A merge key is then a key like others, with what its alias stands for as its value.
    """

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        if kind is ScalarNode and implicit[0]:
            return self.DEFAULT_SCALAR_TAG if value else Tag(suffix="tag:yaml.org,2002:null")
        return super().resolve(kind, value, implicit)


def load(text: str) -> CommentedMap:
    """The document as ruamel.yaml's own mapping, with every anchor kept whether it is used or not.

    Raises:
        ValueError: it is no mapping.
        YAMLError: ruamel.yaml can't read it.
    """
    document = _yaml().load(text)
    if document is None:
        return CommentedMap()
    if not isinstance(document, CommentedMap):
        raise ValueError("the profile is no section: it should start with 'emgctl: 1'")
    _each_anchor(document, lambda anchor: setattr(anchor, "always_dump", True))
    _keep_first_comments(document, set(), set())
    return document


def dump(document: CommentedMap, indents: Indents) -> str:
    """The document as text, with the given indentation."""
    stream = io.StringIO()
    _yaml(indents).dump(document, stream)
    return stream.getvalue()


def indents(text: str, key: str) -> list[Indents]:
    """Indentations to write with, the best first: as in the section ``key``, as in all of the text, and usual ones."""
    section, every = _indents(_sections(text).get(key, "")), _indents(text)
    keys, dashes = (other if one is None else one for one, other in zip(section, every, strict=True))
    first = keys or _USUAL_INDENT, _USUAL_INDENT if dashes is None else dashes
    return list(dict.fromkeys([first, (first[0], 0), (first[0], _USUAL_INDENT)]))


def own_section(document: CommentedMap, way: tuple[str, ...]) -> CommentedMap:
    """The section that the keys ``way`` lead to, made where there is none.

    What an alias or a merge leads to belongs to others, too: it is copied first.

    Raises:
        ValueError: something on the way is no section.
    """
    section = document
    for depth, key in enumerate(way):
        child = effective(section, key)
        if child is None:
            child = CommentedMap()
            if section.fa.flow_style():
                child.fa.set_flow_style()
            put(section, key, child)
        elif not isinstance(child, CommentedMap):
            raise ValueError(f"'{'.'.join(way[: depth + 1])}' is not a section")
        elif key not in section or _uses(document)[id(child)] > 1:
            child = _copied(child)
            put(section, key, child)
        section = child
    return section


def effective(section: CommentedMap, key: str) -> Any:
    """The value of a key, its own or a merged one; None where there is none."""
    if key in section or MERGE not in section:
        return section.get(key)
    merged = section[MERGE]
    found = (effective(one, key) for one in (merged if isinstance(merged, list) else [merged]))
    return next((one for one in found if one is not None), None)


def put(section: CommentedMap, key: str, value: Any) -> None:
    """Give a key another value, or add it as the first one: what follows a section's last key may be a comment."""
    if key in section:
        if isinstance(section[key], LiteralScalarString | FoldedScalarString):
            section.ca.items.pop(key, None)  # the comment behind | can't be written behind anything else
        section[key] = value
    else:
        section.insert(0, _text(key), value)


def drop(document: CommentedMap, way: tuple[str, ...], key: str) -> None:
    """Take a key out of a section, which is ``{}`` where it was the only one."""
    section = own_section(document, way)
    section.pop(key, None)
    if way and not section:
        own_section(document, way[:-1])[way[-1]] = CommentedMap()


def as_yaml(value: Any, before: Any = None) -> Any:
    """A plain value as ruamel.yaml is to write it: text in quotes, unless what was there ``before`` has none either."""
    if isinstance(value, str):
        return _text(value) if type(before) in (str, PlainScalarString) else DoubleQuotedScalarString(value)
    if isinstance(value, list | tuple):
        items = CommentedSeq(as_yaml(one) for one in value)
        items.fa.set_flow_style()
        return items
    return PlainScalarString(yaml.safe_dump(value).splitlines()[0])


def candidates(text: str, change: Callable[[CommentedMap], None], key: str, indents: Indents) -> Iterator[str]:
    """Texts of the edited document, each with more of it written by ruamel.yaml than the one before.

    First only the section that is edited is; then, as anchors may be elsewhere, it is taken from the whole document;
    then every section in which an anchor may have moved; then all of it.

    Args:
        text: the document as the person wrote it.
        change: edits it, in the section ``key``.
        key: one of the document's own.
        indents: to write with.
    """
    mine, document = _sections(text), load(text)
    change(document)
    if mine:
        section = CommentedMap({one: value for one, value in document.items() if one == key})
        section.ca.items.update({one: notes for one, notes in document.ca.items.items() if one == key})
        alone = dump(section, indents) if section else ""
        new = {key: _sections(alone).get(key, alone)} if alone else {}  # a comment above it is in the part before
        kept = {one: part for one, part in mine.items() if one in document or not one}
        yield "".join(({"": ""} | {one: "" for one in new if one not in kept} | kept | new).values())
    before, after = dump(load(text), indents), dump(document, indents)
    old, now = _sections(before), _sections(after)
    if mine and now:
        for changed in ({key}, {one for one, part in now.items() if old.get(one) != part}):
            yield "".join(part if one in changed else mine.get(one, part) for one, part in now.items())
    yield after


def _sections(text: str) -> dict[str, str]:
    """The text cut before each of its first keys, and what comes before them under ""; {} where it can't be."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        return {}
    begins = [0, *(key.start_mark.index for key, _ in root.value), len(text)]
    if any(key.start_mark.column for key, _ in root.value):
        return {}
    names = ["", *(key.value for key, _ in root.value)]
    return {name: text[begins[number] : begins[number + 1]] for number, name in enumerate(names)}


def _text(text: str) -> ScalarString:
    plain = re.fullmatch(r"[^\W\d][\w.-]*", text) and yaml.safe_load(text) == text
    made: ScalarString = PlainScalarString(text) if plain else DoubleQuotedScalarString(text)
    return made


def _uses(document: CommentedMap) -> Counter[int]:
    """How often each section and list is somebody's value, by its ``id``."""
    uses: Counter[int] = Counter()
    waiting: list[Any] = [document]
    while waiting:
        one = waiting.pop()
        for part in one.values() if isinstance(one, dict) else one:
            if isinstance(part, dict | list):
                uses[id(part)] += 1
                if uses[id(part)] == 1:
                    waiting.append(part)
    return uses


def _copied(section: CommentedMap) -> CommentedMap:
    """A copy that shares nothing but what it merges, and has no anchors."""
    memo = {id(part): part for key, part in section.items() if key == MERGE}
    made: CommentedMap = copy.deepcopy(section, memo)
    for key, part in [*made.items(), (None, made)]:
        if key != MERGE:
            _each_anchor(part, lambda anchor: setattr(anchor, "value", None))
    return made


def _keep_first_comments(value: Any, walked: set[int], seen: set[int]) -> None:
    """Take away the comments that ruamel.yaml gives to an alias, too, of the value that it stands for."""
    if not isinstance(value, CommentedMap | CommentedSeq) or id(value) in walked:
        return
    walked.add(id(value))
    for key, part in value.items() if isinstance(value, CommentedMap) else enumerate(value):
        slots = value.ca.items.get(key, [])
        for number, token in enumerate(slots):
            if token is not None and not isinstance(token, list):
                if id(token) in seen:
                    slots[number] = None
                seen.add(id(token))
        _keep_first_comments(part, walked, seen)


def _each_anchor(value: Any, change: Callable[[Any], None]) -> None:
    """Call ``change`` with every anchor that a value, or something in it, has."""
    waiting, walked = [value], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in walked:
            continue
        walked.add(id(one))
        if hasattr(one, "_yaml_anchor"):
            change(one.anchor)
        if isinstance(one, dict | list):
            waiting += one.values() if isinstance(one, dict) else one


def _yaml(indents: Indents = (2, 2)) -> YAML:
    parser = YAML()
    parser.Resolver = _AsWritten
    parser.preserve_quotes = True
    parser.width = _UNLIMITED
    parser.brace_single_entry_mapping_in_flow_sequence = True
    keys, dashes = indents
    parser.indent(mapping=keys, sequence=dashes + 2, offset=dashes)
    return parser


def _indents(text: str) -> tuple[int | None, int | None]:
    """How far keys, and the dashes of a list, are indented below the key that has them, where first seen."""
    begun: list[tuple[bool, int]] = []
    keys: int | None = None
    dashes: int | None = None
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        in_section, column = begun[-1] if begun else (False, 0)
        beyond = min(token.start_mark.column - column, _MOST_INDENTED)
        if isinstance(token, yaml.BlockMappingStartToken | yaml.BlockSequenceStartToken):
            is_section = isinstance(token, yaml.BlockMappingStartToken)
            if in_section and is_section and keys is None:
                keys = beyond
            elif in_section and not is_section and dashes is None:
                dashes = beyond
            begun.append((is_section, token.start_mark.column))
        elif isinstance(token, yaml.BlockEntryToken) and in_section and dashes is None:
            dashes = 0
        elif isinstance(token, yaml.BlockEndToken):
            begun.pop()
    return keys, dashes
