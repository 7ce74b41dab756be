"""The text formats that are known by their heads, as a table: how each is recognized, and how its head is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from emgctl.errors import FormatError
from emgctl.recording.tables.cells import is_number, split
from emgctl.recording.tables.head import read_head
from emgctl_files.text_boards import board_layout
from emgctl_files.text_delsys import discover_layout, emgworks_layout
from emgctl_files.text_layout import Column, Layout, number, plain_layout
from emgctl_files.text_names import Role, role_of
from emgctl_files.text_opensignals import opensignals_layout

LOOKED_AT = 40  # lines at the beginning of a file
Reading = Callable[[Path, Sequence[str]], Layout]


@dataclass(frozen=True, slots=True)
class KnownFormat:
    """A format: what its first lines fit, and what makes a layout of them."""

    name: str
    sign: re.Pattern[str]
    read: Reading


def layout_of(path: Path, lines: Sequence[str]) -> Layout:
    """The layout of a file that begins with these lines.

    Raises:
        FormatError: it holds no table, or its head is not as its format prescribes.
    """
    start = "\n".join(lines[:LOOKED_AT])
    known = next((one for one in FORMATS if one.sign.search(start)), None)
    if known is None:
        layout = plain_layout(read_head(path, lines))
        return layout if layout.head.names else board_layout(layout)
    try:
        return replace(known.read(path, lines), format=known.name)
    except FormatError as error:
        problem = f"looks like a recording of {known.name}, but {error.problem}"
        raise FormatError(path, problem, error.place, error.remedy) from error


def _openbci(path: Path, lines: Sequence[str]) -> Layout:
    """OpenBCI's GUI: the columns by their names, or in files of before 2020 an index, the channels, and others."""
    layout = replace(plain_layout(read_head(path, lines)), unit="uV")
    count = re.search(r"channels\s*=\s*(\d+)", "\n".join(lines[:LOOKED_AT]))
    if layout.head.names:
        return layout
    if count is None or int(count[1]) >= layout.head.width:
        raise FormatError(path, "its head has no number of channels")
    electrodes = [Column(f"EXG Channel {one}", "uV", Role.ELECTRODE) for one in range(int(count[1]))]
    others = [Column(role=Role.OTHER)] * (layout.head.width - len(electrodes) - 1)
    return replace(layout, columns=(Column(role=Role.INDEX), *electrodes, *others))


def _biosppy(path: Path, lines: Sequence[str]) -> Layout:
    """BioSPPy's simple text format: rate and labels in comments."""
    layout = plain_layout(read_head(path, lines))
    stated = next((line for line in lines[:LOOKED_AT] if "labels:=" in line.casefold()), "")
    names = [name.strip() for name in re.split(r"[\t,;]", stated.partition(":=")[2]) if name.strip()]
    if len(names) != layout.head.width:
        return layout
    return replace(layout, columns=tuple(Column(name, role=role_of(name)) for name in names))


def _labchart(path: Path, lines: Sequence[str]) -> Layout:
    """LabChart: interval, titles and units in lines of their own; the first column is the time."""
    layout = plain_layout(read_head(path, lines))
    keys = {line.partition("=")[0].strip(): line.partition("=")[2].strip() for line in lines[:LOOKED_AT] if "=" in line}
    interval = re.match(r"([\d.,]+)\s*(m?)s", keys.get("Interval", ""))
    names, units = (keys.get(key, "").split("\t") for key in ("ChannelTitle", "UnitName"))
    columns = [Column("time", "s", Role.TIME)] if len(names) == layout.head.width - 1 else []
    if len(columns) + len(names) != layout.head.width:
        raise FormatError(path, f"it names {len(names)} channels and has {layout.head.width} columns")
    units += [""] * len(names)
    columns += [Column(name, unit, role_of(name, unit)) for name, unit in zip(names, units, strict=False)]
    period = number(interval[1]) * (1e-3 if interval[2] else 1.0) if interval else 0.0
    return replace(layout, columns=tuple(columns), rate_hz=1 / period if period else None)


def _noraxon(path: Path, lines: Sequence[str]) -> Layout:
    """Noraxon myoRESEARCH: a line of keys and one of their values stand above the table."""
    layout = plain_layout(read_head(path, lines))
    for above, below in pairwise(lines[:LOOKED_AT]):
        cells = [cell.casefold() for cell in split(above, layout.head.separator)]
        values = split(below, layout.head.separator)
        if "frequency" in cells and len(values) > cells.index("frequency"):
            stated = values[cells.index("frequency")]
            if is_number(stated, decimal_comma=True) and number(stated) > 0:
                return replace(layout, rate_hz=number(stated))
    return layout


def _biopac(path: Path, lines: Sequence[str]) -> Layout:
    """AcqKnowledge: a name and a unit a line for each channel, then CH1, CH2 and the numbers of their samples."""
    at = next((at for at, line in enumerate(lines) if "sec/sample" in line.casefold()), 0)
    titles = next(
        (place for place, line in enumerate(lines[:200]) if re.search(r"(?i)(^|[\t,; ])ch\d+\s*([\t,; ]|$)", line)),
        None,
    )
    if titles is None:
        return plain_layout(read_head(path, lines))
    described = [line.strip() for line in lines[at + 1 : titles] if line.strip()]
    if described and re.match(r"\d+ channels?", described[0]):
        described = described[1:]
    head = read_head(path, lines[titles + 1 :], titles + 1)
    cells = [cell for cell in split(lines[titles], head.separator) if cell]
    counts = split(lines[head.first - 1], head.separator)
    if _are_counts([cell for cell in counts if cell], cells, len(lines) - head.first):
        head = read_head(path, lines[head.first :], head.first)
    channels = list(zip(described[::2], described[1::2], strict=False))
    columns = []
    for place in range(head.width):
        cell = cells[place] if place < len(cells) else ""
        which = sum(one.casefold().startswith("ch") for one in cells[:place])
        if cell.casefold().startswith("ch") and which < len(channels):
            name, unit = channels[which]
            columns.append(Column(name, unit, role_of(name, unit)))
        else:
            columns.append(Column(cell, role=role_of(cell) if cell else Role.OTHER))
    layout = plain_layout(replace(head, names=(), units=(), preamble=(lines[at],)))
    return replace(layout, columns=tuple(columns))


def _are_counts(row: Sequence[str], titles: Sequence[str], below: int) -> bool:
    """Whether the row below the titles holds numbers of samples, not samples."""
    channels = sum(one.casefold().startswith("ch") for one in titles)
    if not row or len(row) not in (channels, len(titles)) or not all(cell.isdigit() for cell in row[-channels:]):
        return False
    found = [int(cell) for cell in row[-channels:]]
    return max(found) - min(found) <= 10 + min(found) // 1000 and max(found) >= below


def _vicon(path: Path, lines: Sequence[str]) -> Layout:
    """Vicon Nexus: the section Devices, with its rate, the devices, their channels and their units."""
    at = next((at for at, line in enumerate(lines) if line.strip(' ,\t"') == "Devices"), None)
    if at is None:
        raise FormatError(path, "it has no section 'Devices'", remedy="export the analog devices, too")
    end = next((place for place in range(at + 1, len(lines)) if not lines[place].strip(" ,\t")), len(lines))
    head = read_head(path, lines[at + 1 : end], at + 1)
    if not head.names or len(head.preamble) < 2:
        raise FormatError(path, "its section 'Devices' has not five lines above its numbers", f"line {at + 1}")
    devices = split(head.preamble[1], head.separator)
    devices += [""] * (head.width - len(devices))
    columns, device = [], ""
    for name, unit, own in zip(head.names, head.units or ("",) * head.width, devices, strict=False):
        device = own or device
        role = role_of(name) if name in ("Frame", "Sub Frame") else role_of(f"{device} {name}", unit)
        columns.append(Column(name, unit, role))
    rate = head.preamble[0].strip(' ,\t"')
    layout = plain_layout(replace(head, ends_at_blank=True, names=(), units=()))
    return replace(layout, columns=tuple(columns), rate_hz=number(rate) if is_number(rate) else None)


def _myo_like(path: Path, lines: Sequence[str]) -> Layout:
    """Tables with a head of names whose unit is known from them."""
    return replace(plain_layout(read_head(path, lines)), unit="uV")


FORMATS = (
    KnownFormat("the OpenBCI GUI", re.compile(r"(?im)^%\s*(OpenBCI|Number of channels)"), _openbci),
    KnownFormat("the OpenBCI GUI", re.compile(r"(?m)^Sample Index,\s*EXG Channel"), _myo_like),
    KnownFormat("OpenSignals", re.compile(r"OpenSignals Text File Format"), opensignals_layout),
    KnownFormat("Delsys EMGworks", re.compile(r"(?m)^\W*Label:.*Sampling frequency:"), emgworks_layout),
    KnownFormat("Trigno Discover", re.compile(r"Time Series \(s\)"), discover_layout),
    KnownFormat("Biopac AcqKnowledge", re.compile(r"(?im)^\W*[\d.,]+\s*m?sec/sample"), _biopac),
    KnownFormat("Vicon Nexus", re.compile(r"\A\W*(Devices|Joints|Trajectories|Model Outputs|Events)\W*\n"), _vicon),
    KnownFormat("Noraxon myoRESEARCH", re.compile(r"(?m)^\W*type[,;\t]begin_time[,;\t]|Noraxon"), _noraxon),
    KnownFormat("BioSPPy", re.compile(r"(?m)^# Simple Text Format"), _biosppy),
    KnownFormat("LabChart", re.compile(r"(?m)^Interval="), _labchart),
)
