"""The head of OpenSignals' text files (BITalino, biosignalsplux): a line of JSON that describes the columns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from emgctl.errors import FormatError
from emgctl.recording.tables.cells import is_comment, without_mark
from emgctl.recording.tables.head import read_head
from emgctl_files.text_layout import Column, Layout, plain_layout
from emgctl_files.text_names import Role, role_of

RAW = ("RAW", "CUSTOM", "")


def opensignals_layout(path: Path, lines: Sequence[str]) -> Layout:
    """The layout that the JSON describes.

    Raises:
        FormatError: it is not whole, or does not describe the columns.
    """
    at, text = next(
        ((at, found) for at, line in enumerate(lines) if is_comment(line) and (found := without_mark(line))[:1] == "{"),
        (0, ""),
    )
    place = f"line {at + 1}"
    try:
        devices = list(json.loads(text).values())
        columns = [column for device in devices for column in _columns(device)]
        rates = {float(device["sampling rate"]) for device in devices}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FormatError(path, "the JSON in its head is damaged or incomplete", place) from error
    layout = plain_layout(replace(read_head(path, lines), names=(), units=()))
    if len(rates) != 1 or min(rates) <= 0:
        raise FormatError(path, "its devices have different sampling rates", place, "export one device at a time")
    columns += [Column(role=Role.EMPTY)] * (layout.head.width - len(columns))
    if len(columns) != layout.head.width:
        raise FormatError(path, f"its head names {len(columns)} columns and there are {layout.head.width}", place)
    if not any(one.role is Role.ELECTRODE for one in columns):
        columns = [_as_electrode(one) for one in columns]
    plain = tuple(replace(one, unit="", role=Role.OTHER if one.role is Role.UNKNOWN else one.role) for one in columns)
    return replace(layout, columns=plain, rate_hz=rates.pop())


def _columns(device: dict[str, Any]) -> Iterator[Column]:
    """The columns of a device; those of unknown role keep the kind of their sensor as unit."""
    names, sensors, labels = ([str(one) for one in device[key]] for key in ("column", "sensor", "label"))
    before = len(names) - len(sensors)
    for place, name in enumerate(names):
        if place < before:
            known = role_of(name)
            yield Column(name, role=known if known in (Role.INDEX, Role.MARKER) else Role.OTHER)
            continue
        sensor = sensors[place - before].upper()
        label = labels[place - before] if len(labels) == len(sensors) else name
        role = Role.ELECTRODE if sensor.startswith("EMG") else Role.UNKNOWN
        yield Column(label, sensor if sensor not in RAW else "", role)


def _as_electrode(column: Column) -> Column:
    """A column as an electrode's if its sensor is of no other kind."""
    return replace(column, role=Role.ELECTRODE) if not column.unit and column.role is Role.UNKNOWN else column
