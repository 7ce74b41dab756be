"""The electrodes of a text table: which rows they have, in which unit, and at which rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FormatError, UsageError
from emgctl.plugin import Statement
from emgctl.plugin.statement import chosen_columns
from emgctl.recording.tables.store import RowStore
from emgctl.recording.tables.values import LARGEST, Values
from emgctl.recording.units import is_voltage, to_microvolts
from emgctl.types import Unit
from emgctl_files.text_content import CHUNK, contents, refined
from emgctl_files.text_layout import Column, Layout
from emgctl_files.text_names import Role

SAME_RATE = 0.001  # of the rate
MOST_WORD_LABELS = 50  # different words of a column that no name announces as labels
SHOWN = 6  # names in a message


@dataclass(frozen=True, slots=True)
class Electrodes:
    """The places of the electrodes among the columns, their unit and the factors to it, and their own rate or None."""

    places: list[int]
    unit: Unit
    factors: NDArray[np.float32]
    rate_hz: float | None
    unit_known: bool


def with_contents(path: Path, layout: Layout, values: Values, statement: Statement) -> Layout:
    """The layout with the roles of columns as their values and what is stated make them.

    Raises:
        FormatError: a column of an electrode holds words.
        UsageError: a column that is stated is not there.
    """
    facts = contents(values.rows)
    roles = [one.role for one in layout.columns]
    for place in layout.head.clocks:
        roles[place] = Role.TIME
    for place, words in values.words.items():
        if roles[place] is Role.ELECTRODE:
            raise FormatError(path, f"the column '{layout.columns[place].name or place + 1}' holds words, not numbers")
        if roles[place] is Role.UNKNOWN:
            few = 0 < len(words) <= MOST_WORD_LABELS and len(words) < facts[place].count
            roles[place] = Role.LABEL if few and Role.LABEL not in roles else Role.OTHER
    layout = layout.with_roles(refined(roles, facts, bool(layout.head.names or layout.format)))
    return _as_stated(path, layout, statement)


def _as_stated(path: Path, layout: Layout, statement: Statement) -> Layout:
    names, roles = [one.name for one in layout.columns], [one.role for one in layout.columns]
    try:
        if statement.columns is not None:
            chosen = chosen_columns(statement.columns, names, len(names))
            roles = [Role.OTHER if role is Role.ELECTRODE else role for role in roles]
            for place in chosen:
                roles[place] = Role.ELECTRODE
        if statement.label_column is not None:
            roles = [Role.OTHER if role is Role.LABEL else role for role in roles]
            if statement.label_column != "none":
                for place in chosen_columns(statement.label_column, names, len(names))[:1]:
                    roles[place] = Role.LABEL
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error
    return layout.with_roles(roles)


def electrodes_of(path: Path, layout: Layout, statement: Statement) -> Electrodes:
    """The electrodes of a table.

    Raises:
        FormatError: it has none.
    """
    columns = layout.columns
    places = [place for place, one in enumerate(columns) if one.role is Role.ELECTRODE]
    if statement.columns is not None:
        order = chosen_columns(statement.columns, [one.name for one in columns], len(columns))
        places = [place for place in order if place in places]
    elif any(is_voltage(columns[place].unit) for place in places):
        places = [place for place in places if is_voltage(columns[place].unit)]
    rates = {columns[place].rate_hz for place in places} - {None}
    rate = None
    if rates:
        rate = max(rates, key=lambda one: (sum(_near(columns[place].rate_hz, one) for place in places), one))
        places = [place for place in places if _near(columns[place].rate_hz, rate)]
    if not places:
        raise FormatError(
            path,
            f"has no column of an electrode: it holds {described(columns) or 'nothing'}",
            remedy="if one is, name it with --columns",
        )
    if statement.unit is not None:
        unit, factor = to_microvolts(statement.unit)
        return Electrodes(places, unit, np.full(len(places), factor, np.float32), rate, True)
    units = [to_microvolts(columns[place].unit or layout.unit) for place in places]
    known = all(unit == "uV" for unit, _ in units)
    factors = [factor if known else 1.0 for _, factor in units]
    return Electrodes(places, "uV" if known else "count", np.array(factors, np.float32), rate, known)


def _near(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and abs(one - other) <= SAME_RATE * other


def samples_of(path: Path, values: Values, electrodes: Electrodes) -> NDArray[np.float32]:
    """The samples of the electrodes ``(T, C)``; where one is missing all are NaN, which is a gap.

    Raises:
        FormatError: a value is too large, or none is there.
    """
    count = _rows(values.rows, electrodes.places)
    store = RowStore(len(electrodes.places), np.float32)
    for begin in range(0, count, CHUNK):
        chunk = np.asarray(values.rows[begin : min(begin + CHUNK, count)])[:, electrodes.places]
        if (np.abs(chunk) > LARGEST).any():
            row = begin + int(np.argmax((np.abs(chunk) > LARGEST).any(axis=1)))
            raise FormatError(path, "a value is too large for a sample", f"row {row + 1}")
        samples = (chunk * electrodes.factors).astype(np.float32)
        samples[np.isnan(chunk).any(axis=1)] = np.nan
        store.add(samples)
    found: NDArray[np.float32] = store.rows()
    if not count or np.isnan(found[:, 0]).all():
        raise FormatError(path, "holds no samples" if count == 0 else "has no row in which all electrodes have a value")
    return found


def _rows(rows: NDArray[np.float64], places: Sequence[int]) -> int:
    """The number of rows up to the last one in which all electrodes have a value: slower signals go on below it."""
    for end in range(len(rows), 0, -CHUNK):
        begin = max(0, end - CHUNK)
        there = np.flatnonzero(~np.isnan(np.asarray(rows[begin:end])[:, places]).any(axis=1))
        if len(there):
            return begin + int(there[-1]) + 1
    return 0


def described(columns: Sequence[Column]) -> str:
    """Columns by name and role, for a message."""
    found = [
        f"{one.name or f'column {place + 1}'} ({one.role})"
        for place, one in enumerate(columns)
        if one.role is not Role.EMPTY
    ]
    return ", ".join(found[:SHOWN]) + (f" and {len(found) - SHOWN} more" if len(found) > SHOWN else "")


def left_out(layout: Layout, electrodes: Electrodes) -> list[str]:
    """The names of columns that are neither electrodes nor used otherwise; those of a known format need no mention."""
    used = (Role.TIME, Role.INDEX, Role.LABEL, Role.REPETITION, Role.EMPTY)
    return [
        one.name or f"column {place + 1}"
        for place, one in enumerate(layout.columns)
        if place not in electrodes.places and one.role not in used and (one.name or not layout.format)
    ]
