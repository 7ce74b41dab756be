"""What YAML makes of what a person wrote, where it is not what was meant: ``no`` is false, and ``0,1`` two values."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml

_KINDS = {"bool": "true or false", "int": "a number", "float": "a number", "timestamp": "a date", "null": "nothing"}
_UNITS = {  # what a number may be written with, and what the last word of an option's name stands for
    "ms": ("time", 1e-3), "s": ("time", 1.0), "sec": ("time", 1.0), "min": ("time", 60.0), "h": ("time", 3600.0),
    "hz": ("rate", 1.0), "khz": ("rate", 1e3), "deg": ("angle", 1.0), "°": ("angle", 1.0), "%": ("", 0.01),
}  # fmt: skip


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


def number_meant(given: object, place: tuple[str | int, ...]) -> str:
    """``"; write 0.2"`` for a text that is a number with a unit or a comma (``200ms``, ``0,2``, ``20%``); else ""."""
    found = isinstance(given, str) and re.fullmatch(r"\s*([-+]?\d*)([.,]\d+)?\s*([a-zA-Z%°]*)\s*", given)
    if not found or not any(found.groups()[:2]):
        return ""
    whole, part, unit = found[1] or "0", (found[2] or "").replace(",", "."), found[3].lower()
    if not unit:
        return f"; write {whole}{part}, with a point"
    kept_in, factor = _UNITS.get(unit, ("", 0.0))
    key_in = next((str(key).rpartition("_")[2] for key in reversed(place) if isinstance(key, str)), "")
    own, per_own = _UNITS.get(key_in, ("", 1.0))
    if not factor or kept_in != own:
        return "; write the number only, without a unit"
    return f"; write {float(whole + part) * factor / per_own:g}, without a unit"
