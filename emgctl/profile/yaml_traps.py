"""What YAML makes of what a person wrote, where it is not what was meant: ``no`` is false, and ``0,1`` two values."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml

_KINDS = {"bool": "true or false", "int": "a number", "float": "a number", "timestamp": "a date", "null": "nothing"}


def value_of(node: yaml.Node) -> Any:
    """What YAML makes of a node: the value of a scalar, else its text."""
    loader = yaml.SafeLoader("")
    try:
        value = loader.construct_object(node)
    except (yaml.YAMLError, ValueError, OverflowError):
        value = node.value
    finally:
        loader.dispose()
    return value if isinstance(value, Hashable) else str(node.value)


def quote_it(node: yaml.Node | None) -> str:
    """``"; YAML reads no as true or false: write 'no', in quotes"``, for what is text only in quotes; else ""."""
    if not isinstance(node, yaml.ScalarNode) or node.style or not node.value:
        return ""
    kind = _KINDS.get(node.tag.rpartition(":")[2])
    if kind is None:
        return ""
    return f"; YAML reads {node.value} as {kind}: write '{node.value}', in quotes"


def decimal_comma(mapping: yaml.Node | None, part: object) -> str:
    """``"; write 0.1 with a point"``, where the key ``part`` is what stood behind a number's comma; else ""."""
    if not isinstance(mapping, yaml.MappingNode) or not mapping.flow_style:
        return ""
    for (_, before), (key, value) in zip(mapping.value, mapping.value[1:], strict=False):
        if value_of(key) == part and not value.value and re.fullmatch(r"[-+]?\d+", str(before.value)):
            return f"; a comma begins another key: write {before.value}.{key.value}, with a point"
    return ""


def decimal_point(given: object) -> str:
    """``"; write 0.1, with a point"``, for a text that is a number with a comma; else ""."""
    number = isinstance(given, str) and re.fullmatch(r"\s*([-+]?\d*),(\d+)\s*", given)
    return f"; write {number[1] or 0}.{number[2]}, with a point" if number else ""
