"""Changes single values of a profile, and leaves everything else, comments included, as the person wrote it.

ruamel.yaml makes the change and writes the document; the sections that it does not touch are kept letter for letter.
What comes out is read again: where anything but the change is different, nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from emgctl.errors import FileError
from emgctl.profile.option_types import dotted
from emgctl.support.yaml_file import parse_yaml

Value = str | int | float | bool | Sequence[str]
Keys = Sequence[str | int]
_FILE = Path("the profile")


def has_value(text: str, keys: Keys) -> bool:
    """True when the YAML text has a value under ``keys``.

    Raises:
        FileError: the text is no YAML, or too large.
    """
    value = _content(text)
    for key in keys:
        if not (_has_item(value, key) or (isinstance(value, dict) and key in value)):
            return False
        value = value[key]
    return True


def set_value(text: str, keys: Keys, value: Value) -> str:
    """The YAML text with another ``value`` under ``keys``; keys that are missing are added.

    What is there may be a single value or a list. Whatever else has the old value, by an alias or a merge, keeps it.

    Raises:
        ValueError: something on the way is no section, or what is to be changed is one.
        FileError: the text is no YAML, or too large.
    """
    *way, last = keys
    expected = _content(text) or {}
    section = _plain_section(expected, way)
    if isinstance(section.get(last), dict):
        raise ValueError(f"'{dotted(keys)}' is a section")
    value = list(value) if isinstance(value, tuple) else value
    if last in section and _same(section[last], value):
        return text
    section[last] = value

    def change(document: Any) -> None:
        from emgctl.profile.round_trip import as_yaml, own_section, put

        section = own_section(document, tuple(way))
        put(section, last, as_yaml(value, section.get(last)))

    return _edited(text, keys, change, expected)


def drop_value(text: str, keys: Keys) -> str:
    """The YAML text without what is under ``keys``, and without the comments on its lines.

    Raises:
        ValueError: there is no such value, or it comes from elsewhere by a merge (``<<``).
        FileError: the text is no YAML, or too large.
    """
    *way, last = keys
    if not has_value(text, keys):
        raise ValueError(f"there is no '{dotted(keys)}'")
    expected = _content(text)
    del _plain_section(expected, way)[last]

    def change(document: Any) -> None:
        from emgctl.profile.round_trip import drop

        drop(document, tuple(way), last)

    return _edited(text, keys, change, expected, dropped=tuple(keys))


def drop_gesture(text: str, gesture: str) -> str:
    """The YAML text of a profile without what a gesture does, in the base and in every layer.

    Raises:
        ValueError: what it does comes from elsewhere by a merge (``<<``).
        FileError: the text is no YAML, or too large.
    """
    layers = (_content(text) or {}).get("layers") or {}
    for way in [(), *(("layers", name) for name in layers)]:
        if has_value(text, (*way, "mapping", gesture)):
            text = drop_value(text, (*way, "mapping", gesture))
    return text


def set_structure(text: str, keys: Keys, value: Any) -> str:
    """The YAML text with another section, list or single value under ``keys``; what stays of it is as it was written.

    Raises:
        ValueError: something on the way is no section.
        FileError: the text is no YAML, or too large.
    """
    *way, last = keys
    expected = _content(text) or {}
    section = _plain_section(expected, way)
    old = section.get(last)
    if last in section and _same(old, value):
        return text
    section[last] = _unshared(value)

    def change(document: Any, in_place: bool) -> None:
        from emgctl.profile.round_trip import is_shared, own_section, put
        from emgctl.profile.structure import as_structure

        section = own_section(document, tuple(way))
        before = section.get(last) if in_place else None
        put(section, last, as_structure(value, old, before, is_shared(document)))

    with suppress(ValueError):
        return _edited(text, keys, partial(change, in_place=True), expected)
    return _edited(text, keys, partial(change, in_place=False), expected)


def _edited(
    text: str, keys: Keys, change: Callable[[Any], None], expected: Any, dropped: tuple[str | int, ...] | None = None
) -> str:
    """The text with the document changed; its content must then be ``expected``."""
    from ruamel.yaml.error import YAMLError  # here: a run reads profiles, and edits none

    from emgctl.profile import round_trip
    from emgctl.profile.comments import with_comments

    newline = "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
    text = text.replace("\r\n", "\n")
    for indents in round_trip.indents(text, str(keys[0])):
        with suppress(yaml.YAMLError, YAMLError):  # ruamel.yaml may write what is no YAML
            for candidate in round_trip.candidates(text, change, str(keys[0]), indents):
                with suppress(FileError, yaml.YAMLError):  # an alias without its anchor
                    result = with_comments(text, candidate, dropped)
                    if _same(_content(result), expected):
                        return result.replace("\n", newline)
    raise ValueError(f"'{dotted(keys)}' can't be changed without changing more: edit it by hand")


def _content(text: str) -> Any:
    return _unshared(parse_yaml(_FILE, text)[1])


def _unshared(value: Any) -> Any:
    """A copy in which nothing stands in two places, as aliases make it."""
    if isinstance(value, dict):
        return {key: _unshared(one) for key, one in value.items()}
    return [_unshared(one) for one in value] if isinstance(value, list) else value


def _plain_section(content: Any, way: Keys) -> dict[str | int, Any]:
    for depth, key in enumerate(way):
        if _has_item(content, key):
            content = content[key]
            continue
        if not isinstance(content, dict):
            raise ValueError(f"'{dotted(way[:depth])}' is not a section")
        if content.get(key) is None:
            content[key] = {}
        content = content[key]
    if not isinstance(content, dict):
        raise ValueError(f"'{dotted(way)}' is not a section")
    return content


def _has_item(value: Any, key: str | int) -> bool:
    return isinstance(value, list) and isinstance(key, int) and key < len(value)


def _same(left: Any, right: Any) -> bool:
    """Whether two contents are equal; what is not a number equals itself."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(one, right[key]) for key, one in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return type(left) is type(right) and bool(left == right or (left != left and right != right))
