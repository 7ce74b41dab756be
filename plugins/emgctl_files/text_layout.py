"""What the columns of a text table are, before its values are known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from emgctl.recording.tables.head import Head
from emgctl_files.text_names import Role, role_of, unit_of

_NUMBER = r"(\d+(?:[.,]\d+)?(?:e[+-]?\d+)?)"
_RATES = (
    re.compile(rf"sampl\w*[ _-]*(?:rate|freq\w*)\b[^\d\n]{{0,24}}?{_NUMBER}\s*(k?)(?:hz)?", re.IGNORECASE),
    re.compile(rf"(?:abtast\w+|s?freq(?:uency)?|srate|fs)\b[^\w\n]{{0,12}}{_NUMBER}\s*(k?)(?:hz)?", re.IGNORECASE),
    re.compile(rf"^\W*{_NUMBER}\s*(k?)hz\W*$", re.IGNORECASE | re.MULTILINE),
    re.compile(rf"{_NUMBER}\s*(k?)(?:samples?|s)/s(ec|econd)?\b", re.IGNORECASE),
)  # fmt: skip
_PERIOD = re.compile(rf"{_NUMBER}\s*([mu]?)sec/sample", re.IGNORECASE)
_UNIT = re.compile(r"\bunits?\b\s*[:=]*\s*['\"]?([^\s'\",;]{1,12})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, unit and role, and the rate that the head states of it alone."""

    name: str = ""
    unit: str = ""
    role: Role = Role.UNKNOWN
    rate_hz: float | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """A table's head and columns, with the rate and the unit that its head states, and the format it is known as."""

    head: Head
    columns: tuple[Column, ...]
    rate_hz: float | None = None
    unit: str = ""
    format: str = ""
    notes: tuple[str, ...] = ()
    paired: bool = False
    """Whether each column has the time column before it as its own."""

    def with_roles(self, roles: Sequence[Role]) -> Layout:
        """The layout with other roles."""
        return replace(
            self, columns=tuple(replace(one, role=role) for one, role in zip(self.columns, roles, strict=True))
        )


def plain_layout(head: Head) -> Layout:
    """The layout of a table of no known format, by the names of its columns and what stands above them."""
    units = head.units or ("",) * head.width
    names = head.names or ("",) * head.width
    columns = tuple(
        Column(
            name,
            unit.strip("()[] ") or unit_of(name),
            role_of(name, unit.strip("()[] ")) if head.names else Role.UNKNOWN,
        )
        for name, unit in zip(names, units, strict=True)
    )
    text = "\n".join(head.preamble)
    unit = _UNIT.search(text)
    words = frozenset(
        place
        for place, one in enumerate(columns)
        if one.role in (Role.LABEL, Role.MARKER) and place in head.blanks
    )  # fmt: skip
    return Layout(replace(head, words=head.words | words), columns, stated_rate(text), "" if unit is None else unit[1])


def stated_rate(text: str) -> float | None:
    """The sampling rate in Hz that a text states, None if it states none."""
    if match := _PERIOD.search(text):
        period = number(match[1]) * {"": 1.0, "m": 1e-3, "u": 1e-6}[match[2].casefold()]
        return 1.0 / period if period > 0 else None
    for pattern in _RATES:
        if match := pattern.search(text):
            rate = number(match[1]) * (1000.0 if match[2] else 1.0)
            return rate if rate > 0 else None
    return None


def number(text: str) -> float:
    """The value of a number that may have a decimal comma."""
    return float(text.replace(",", "."))
