"""A recording out of a table of text: its electrodes, its rate, its labels, and what was assumed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FormatError
from emgctl.plugin import Statement
from emgctl.plugin.statement import fields_of
from emgctl.recording.stating import with_fields
from emgctl.recording.tables.lines import sample_lines
from emgctl.recording.tables.values import Values, line_of, read_values
from emgctl.types import Recording, Signal
from emgctl_files.text_formats import layout_of
from emgctl_files.text_headless import check_headless
from emgctl_files.text_labels import Labels, label_column, labels_of, repetition_column, repetitions_of
from emgctl_files.text_layout import Layout
from emgctl_files.text_names import Role, role_of, time_factor, without_unit
from emgctl_files.text_signal import Electrodes, electrodes_of, left_out, samples_of, with_contents
from emgctl_files.text_time import Timing, filled, timing

RATE_HZ = 200.0
"""Where no rate is given: that of a MYO armband."""
UNLIKE = 0.05  # of the rate in the head: if times differ more from it, it is said
SHOWN = 6  # names of columns in a note
_RATE, _UNIT, _LABELS = f"the rate ({RATE_HZ:g} Hz is assumed)", "the unit (counts are assumed)", "labels"
_STATED_BY = {_RATE: "--rate", _UNIT: "--unit", _LABELS: "--label-column or --labels-from"}
"""What a file may lack, each with the option that states it."""
_COMBINATIONS = ([_LABELS], [_RATE, _LABELS], [_UNIT, _LABELS], [_RATE, _UNIT, _LABELS])
_RATES_BY_NAME = ((re.compile(r"3dc_EMG_gesture_\d+_\d+\.txt"), "the 3DC armband's", 1000.0),)
"""Public data whose rate stands in nothing but the name of their files."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found in a file, and what was not."""

    layout: Layout
    electrodes: Electrodes
    timing: Timing | None
    labels: Labels | None
    values: Values


def read_text(path: Path, statement: Statement) -> Recording:
    """A table of text as a recording, with what is stated in place of what it holds.

    Raises:
        FileError: it can't be read, holds no table, or is wrong; with the line.
        UsageError: what is stated does not fit it.
    """
    lines, encoding = sample_lines(path)
    layout = _named(path, layout_of(path, lines))
    try:
        values = read_values(path, layout.head, encoding)
    except FormatError as error:
        if not layout.format:
            raise
        raise FormatError(
            path, f"{error.problem} (a recording of {layout.format})", error.place, error.remedy
        ) from error
    if not len(values.rows):
        raise FormatError(path, "has column names but no samples" if layout.head.names else "holds no samples")
    if statement.columns is None:
        check_headless(path, layout, values.rows)
    return table_recording(path, layout, values, statement, lambda row: line_of(path, layout.head, encoding, row))


def table_recording(
    path: Path, layout: Layout, values: Values, statement: Statement, line: Callable[[int], int]
) -> Recording:
    """The columns of a table as a recording; ``line`` gives the number of a row's line, for an error.

    Raises:
        FileError: it is wrong; with the line.
        UsageError: what is stated does not fit it.
    """
    layout = with_contents(path, layout, values, statement)
    electrodes = electrodes_of(path, layout, statement)
    samples = samples_of(path, values, electrodes)
    place = label_column(layout.columns)
    labels = None
    if place is not None:
        labels, wrong = labels_of(path, values.rows[:, place], values.words.get(place))
        if wrong >= 0:
            raise FormatError(path, "the label is not a whole number", f"line {line(wrong)}")
    found = _Found(layout, electrodes, _timing(layout, electrodes, values), labels, values)
    return _recording(path, statement, found, samples)


def _named(path: Path, layout: Layout) -> Layout:
    """The layout with the rate in the file's name, if it is given nowhere else."""
    for pattern, whose, rate in _RATES_BY_NAME:
        if layout.rate_hz is None and pattern.fullmatch(path.name):
            return replace(layout, rate_hz=rate, notes=(*layout.notes, f"by its name its rate is {whose}, {rate:g} Hz"))
    return layout


def _recording(path: Path, statement: Statement, found: _Found, samples: NDArray[np.float32]) -> Recording:
    columns, electrodes = found.layout.columns, found.electrodes
    names = tuple(without_unit(columns[place].name) or str(place + 1) for place in electrodes.places)
    if not any(columns[place].name for place in electrodes.places):
        names = ()
    rate = _rate(statement, found)
    signal = Signal(len(electrodes.places), rate or RATE_HZ, electrodes.unit, names=names)
    count = len(samples)
    labels = None if found.labels is None else found.labels.places[:count]
    repetitions = _repetitions(found, count)
    if found.timing is not None and not found.layout.paired:
        samples, places = (
            filled(samples, found.timing) if count == len(found.values.rows) else (samples, np.arange(count))
        )
        if len(places) != count:
            labels = None if labels is None else np.where(places < 0, -1, labels[places]).astype(np.int16)
            repetitions = None if repetitions is None else repetitions[np.maximum.accumulate(places)]
    recording = Recording(
        path.name,
        signal,
        samples,
        str(path),
        labels,
        () if found.labels is None else found.labels.names,
        repetitions,
        session=path.resolve().parent.name,
    )
    if statement.labels_from is not None:
        recording = with_fields(recording, fields_of(path, statement.labels_from))
    return _with_notes(recording, statement, found, rate, len(samples) - count)


def _timing(layout: Layout, electrodes: Electrodes, values: Values) -> Timing | None:
    """What the time column shows; where each channel has its own, that of the first electrode's."""
    found = [place for place, one in enumerate(layout.columns) if one.role is Role.TIME]
    if layout.paired:
        found = [place for place in found if place < electrodes.places[0]][-1:]
    for place in sorted(found, key=lambda one: one in layout.head.clocks):
        column = layout.columns[place]
        factor = 1.0 if place in layout.head.clocks else time_factor(column.name, column.unit)
        if result := timing(values.rows[:, place], factor):
            return result
    return None


def _rate(statement: Statement, found: _Found) -> float | None:
    """The rate that is stated, that of the head, or that of the times; None if there is none."""
    if statement.rate_hz is not None:
        return statement.rate_hz
    head = found.electrodes.rate_hz or found.layout.rate_hz
    return head or (None if found.timing is None else found.timing.rate_hz)


def _repetitions(found: _Found, count: int) -> NDArray[np.int16] | None:
    """The repetitions that a column counts, or else those that begin where the time starts over."""
    place = repetition_column(found.layout.columns)
    if place is not None:
        return None if (result := repetitions_of(found.values.rows[:, place])) is None else result[:count]
    if found.timing is None or not len(found.timing.restarts) or len(found.timing.restarts) > np.iinfo(np.int16).max:
        return None
    begun = np.zeros(count, np.int16)
    begun[found.timing.restarts[found.timing.restarts < count]] = 1
    return np.cumsum(begun, dtype=np.int16) + np.int16(1)


def _with_notes(recording: Recording, statement: Statement, found: _Found, rate: float | None, lost: int) -> Recording:
    notes = list(found.layout.notes)
    absent = [] if rate is not None else [_RATE]
    if not found.electrodes.unit_known and not _are_whole(recording.samples):
        absent.append(_UNIT)
    if recording.labels is None:
        absent.append(_LABELS)
    if absent:
        notes.append(_absent(absent))
    if names := left_out(found.layout, found.electrodes):
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        notes.append(f"left out as no electrode: {', '.join(names[:SHOWN])}{more}; --columns takes them")
    if lost:
        notes.append(f"{lost} samples are missing by the time column and are read as gaps")
    elif gaps := int(np.isnan(recording.samples[:, 0]).sum()):
        notes.append(f"{gaps} rows lack values and are read as gaps")
    if found.values.cut:
        notes.append(f"line {found.values.cut} is cut off and left out")
    place = label_column(found.layout.columns)
    if place is not None and statement.label_column is None:
        name = found.layout.columns[place].name
        if role_of(name) is not Role.LABEL:
            notes.append(f"{name or f'column {place + 1}'} is taken as the label")
    times = None if found.timing is None else found.timing.rate_hz
    if rate and times and statement.rate_hz is None and abs(times - rate) > UNLIKE * rate:
        notes.append(f"its head states {rate:g} Hz, its times {times:g} Hz")
    return replace(recording, notes=tuple(notes))


def _are_whole(samples: NDArray[np.float32]) -> bool:
    start = samples[:1000]
    return bool((np.isnan(start) | (start == np.round(start))).all())


def _absent(absent: Sequence[str]) -> str:
    """The note on what a file lacks."""
    options = [_STATED_BY[one] for one in absent]
    return f"not in the file: {', '.join(absent)}; options that state this: {', '.join(options)}"


def without_labels(notes: Sequence[str]) -> tuple[str, ...]:
    """The notes of a recording that lacks labels, once it has them."""
    lacking = {_absent(left): [one for one in left if one != _LABELS] for left in _COMBINATIONS}
    return tuple(
        _absent(lacking[note]) if note in lacking else note for note in notes if note not in lacking or lacking[note]
    )
