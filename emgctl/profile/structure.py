"""Sections and lists as ruamel.yaml is to write them: what stays of the old value is kept as a person wrote it."""

from __future__ import annotations

import json
from collections.abc import Callable
from difflib import SequenceMatcher
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from emgctl.profile.round_trip import MERGE, as_plain


def as_structure(
    value: Any, old: Any = None, before: Any = None, shared: Callable[[Any], bool] = lambda _: False
) -> Any:
    """A plain value as ruamel.yaml is to write it; new sections and lists are written in one line.

    Args:
        value: what it is to be.
        old: what it was, as plain values.
        before: what it was, as ruamel.yaml read it; lists and sections are edited in place.
        shared: whether something that ruamel.yaml read is also somebody else's value, by an alias.
    """
    is_list = isinstance(before, CommentedSeq) and isinstance(value, list) and isinstance(old, list)
    if is_list and value and not shared(before):
        _edit_list(before, value, old, shared)
        return before
    is_section = isinstance(before, CommentedMap) and isinstance(value, dict) and isinstance(old, dict)
    if is_section and value and not before.fa.flow_style() and MERGE not in before and not shared(before):
        _edit_section(before, value, old, shared)
        return before
    if isinstance(value, dict):
        section = CommentedMap((as_plain(key), as_structure(one)) for key, one in value.items())
        section.fa.set_flow_style()
        return section
    if isinstance(value, list | tuple):
        items = CommentedSeq(as_structure(one) for one in value)
        items.fa.set_flow_style()
        return items
    return as_plain(value)


def _edit_section(
    before: CommentedMap, value: dict[str, Any], old: dict[str, Any], shared: Callable[[Any], bool]
) -> None:
    for key in [key for key in before if key not in value]:
        del before[key]
    for key, one in value.items():
        if key not in old:
            before[as_plain(key)] = as_structure(one)  # inserted before a key with a comment, it would share its line
        elif one != old[key] or type(one) is not type(old[key]):
            before[key] = as_structure(one, old[key], before[key], shared)


def _edit_list(before: CommentedSeq, value: list[Any], old: list[Any], shared: Callable[[Any], bool]) -> None:
    """Change, add and remove items; from the end, so that places stay."""
    were, are = ([json.dumps(one, sort_keys=True) for one in items] for items in (old, value))
    steps = SequenceMatcher(None, were, are, autojunk=False).get_opcodes()
    for what, begin, end, first, last in reversed(steps):
        if what == "equal":
            continue
        for place in reversed(range(begin + min(end - begin, last - first), end)):
            del before[place]
        for number, one in enumerate(value[first:last]):
            place = begin + number
            if place < end:
                before[place] = as_structure(one, old[place], before[place], shared)
            else:
                before.insert(place, as_structure(one))
