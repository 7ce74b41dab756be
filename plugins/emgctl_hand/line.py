"""Text lines sent to a hand: templates validated when the profile is loaded, with access to nothing else."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping

from emgctl.errors import did_you_mean
from emgctl_hand.order import Order

Value = str | float

AT_REST: Mapping[str, Value] = {"gesture": "", "confidence": 0.0, "intensity": 0.0, "time": 0.0}
"""Fields without a name in them, with their values when no gesture was decoded."""

_CONTROLS: Mapping[str, Value] = {"axis": 0.0, "button": 0, "joint": 0.0}  # with the value at rest
_CONTROL = re.compile(r"(axis|button|joint)_[\w-]+")
_SPEC = re.compile(
    r"(.?[<>=^])?[-+ ]?#?0?\d{0,2}(\.\d{1,2})?[a-zA-Z%]?"
)  # two digits, so that no line can grow to a gigabyte


def check_line(template: str) -> None:
    """Raise ValueError if ``template`` has an unknown field or an invalid format."""
    for _, name, spec, conversion in string.Formatter().parse(template):
        if name is None:
            continue
        if name not in AT_REST and not _CONTROL.fullmatch(name):
            known = (*AT_REST, *(f"{kind}_NAME" for kind in _CONTROLS))
            raise ValueError(f"'{template}': there is no field {{{name}}}{did_you_mean(name, known)}")
        if conversion or not _SPEC.fullmatch(spec or ""):
            raise ValueError(f"'{template}': {{{name}}} has an invalid format; use one such as :.2f")
    try:
        fill(template, AT_REST)
    except ValueError as error:
        raise ValueError(f"'{template}': {error}") from error


def fill(template: str, values: Mapping[str, Value]) -> str:
    """Fill in a template; a control that is missing from the values gets its value at rest.

    Unlike ``str.format``, it resolves no attributes or indices, so a profile cannot reach into the program.
    """
    parts = []
    for literal, name, spec, _ in string.Formatter().parse(template):
        parts.append(literal)
        if name is not None:
            value = values[name] if name in values else _CONTROLS[name.partition("_")[0]]
            parts.append(format(value, spec or ""))
    return "".join(parts)


def controls_in(template: str, kind: str) -> list[str]:
    """List the controls of a kind (axis, button or joint) used in a template."""
    fields = [name or "" for _, name, _, _ in string.Formatter().parse(template)]
    return [name.removeprefix(f"{kind}_") for name in fields if name.startswith(f"{kind}_")]


def values_of(order: Order) -> dict[str, Value]:
    """Field values for an order."""
    values: dict[str, Value] = {**AT_REST, "time": order.time_s}
    if order.label is not None:
        values |= {"gesture": order.label, "confidence": order.confidence, "intensity": order.intensity}
    values |= {f"axis_{name}": value for name, value in order.axes.items()}
    values |= {f"button_{name}": 1 for name in order.buttons}
    values |= {f"joint_{name}": angle_rad for name, angle_rad in order.joints.items()}
    return values
