"""Changes single values of a profile, and leaves everything else, remarks included, as the person wrote it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import yaml


def has_value(text: str, keys: Sequence[str]) -> bool:
    """True when the YAML text has a value under ``keys``."""
    value = yaml.safe_load(text)
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    return True


def set_value(text: str, keys: Sequence[str], value: str) -> str:
    """The YAML text with another ``value`` (YAML as well) under ``keys``; keys that are missing are added.

    What is there may be a single value or a list. Keys are words as they are meant, without YAML's quotes.

    Raises:
        ValueError: something on the way is no section, or what is to be changed is one.
    """
    node: yaml.Node = yaml.compose(text, Loader=yaml.SafeLoader) or yaml.MappingNode("", [])
    depth = 0
    for depth, key in enumerate(keys):
        if not isinstance(node, yaml.MappingNode):
            raise ValueError(f"'{'.'.join(keys[:depth])}' is not a section")
        found = next(((name, child) for name, child in node.value if name.value == key), None)
        if found is None:
            break
        name, node = found
    else:
        if isinstance(node, yaml.MappingNode):
            raise ValueError(f"'{'.'.join(keys)}' is a section")
        begin, end = node.start_mark.index, node.end_mark.index
        if isinstance(node, yaml.SequenceNode) and not node.flow_style:  # it ends where the next key begins
            begin, end = name.end_mark.index, begin + len(text[begin:end].rstrip())
            value = f": {value}"
        return text[:begin] + value + text[end:]
    missing = [_quoted(key) for key in keys[depth:]]
    if node.flow_style:
        at, end = node.start_mark.index + 1, ", " if node.value else ""
        nested = value
        for key in reversed(missing[1:]):
            nested = f"{{{key}: {nested}}}"
        return f"{text[:at]}{missing[0]}: {nested}{end}{text[at:]}"
    at, indent = node.start_mark.index, " " * node.start_mark.column
    lines = [f"{indent}{'  ' * level}{key}:" for level, key in enumerate(missing)]
    lines[-1] += f" {value}"
    return f"{text[:at]}{chr(10).join(lines).removeprefix(indent)}\n{indent}{text[at:]}"


def _quoted(key: str) -> str:
    """The key as YAML that is read as this text, and not as a number or a truth value."""
    plain = re.fullmatch(r"[^\W\d][\w-]*", key) and yaml.safe_load(key) == key
    return key if plain else json.dumps(key, ensure_ascii=False)
