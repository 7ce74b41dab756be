"""The heads of Delsys' text files, in which each channel has a rate and a time column of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from emgctl.errors import FormatError
from emgctl.recording.tables.cells import is_number, split
from emgctl.recording.tables.head import Head, read_head
from emgctl_files.text_layout import Column, Layout, number, plain_layout
from emgctl_files.text_names import Role, is_time, role_of, unit_of

_LABEL = re.compile(
    r"Label:\s*(?P<name>.*?)\s+Sampling frequency:\s*(?P<rate>[\d.,e+-]+).*?Unit:\s*(?P<unit>\S+?)\s+Domain Unit",
    re.IGNORECASE,
)


def emgworks_layout(path: Path, lines: Sequence[str]) -> Layout:
    """EMGworks: a line "Label:" for each channel, then pairs of a time and a value column.

    Raises:
        FormatError: there is no line of names, or one of its channels has no label line.
    """
    head = read_head(path, lines)
    labels = {match["name"]: match for line in head.preamble if (match := _LABEL.search(line))}
    if not head.names or not labels:
        raise FormatError(path, "its head is cut off or damaged", f"line {head.first}")
    columns = []
    for name in head.names:
        if is_time(name) or not name:
            columns.append(Column(name, role=Role.TIME if name else Role.EMPTY))
            continue
        match = labels.get(name)
        if match is None:
            raise FormatError(path, f"the column '{name}' has no line 'Label:'", f"line {head.first - 1}")
        columns.append(Column(name, match["unit"], role_of(name, match["unit"]), number(match["rate"])))
    layout = plain_layout(replace(head, ragged=True, names=(), units=(), preamble=()))
    return replace(layout, columns=tuple(columns), paired=True)


def discover_layout(path: Path, lines: Sequence[str]) -> Layout:
    """Trigno Discover: lines of sensors, of channels, of rates, then pairs of a time and a value column.

    Right of them may stand a list of markers, which is left out.

    Raises:
        FormatError: no numbers follow.
    """
    at = next(at for at, line in enumerate(lines) if "Time Series (s)" in line)
    separator = max("\t;,", key=lines[at].count)
    names = split(lines[at], separator)
    while names and not names[-1]:
        names.pop()
    first = next((place for place in range(at + 1, len(lines)) if _is_row(lines[place], separator)), None)
    if first is None:
        raise FormatError(path, "has column names but no samples")
    comma = separator != "," and "." not in "".join(lines[first : first + 3])
    rates = _padded(split(lines[at + 1], separator), len(names))
    sensors = _padded(split(lines[at - 2], separator) if at >= 2 else [], len(names))
    columns, sensor = [], ""
    for name, rate, own in zip(names, rates, sensors, strict=True):
        sensor = re.sub(r"\s*\(\d+\)$", "", own) or sensor
        stated = re.match(r"([\d.,]+)\s*Hz", rate)
        channel, unit = re.sub(r"\s*\([^()]*\)$", "", name), unit_of(name)
        role = Role.TIME if is_time(name) else role_of(name, unit)
        columns.append(Column(f"{sensor} {channel}".strip(), unit, role, number(stated[1]) if stated else None))
    head = Head(separator, comma, first + 1, len(names), ragged=True)
    return Layout(head, tuple(columns), paired=True)


def _is_row(line: str, separator: str) -> bool:
    return is_number((split(line, separator) or [""])[0], decimal_comma=True)


def _padded(cells: list[str], width: int) -> list[str]:
    return (cells + [""] * width)[:width]
