"""Dataset ``bids``: EMG of a BIDS data set, EDF or BDF with sidecars (https://bids-specification.readthedocs.io)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from emgctl.errors import FileError, FormatError
from emgctl.plugin import FileReader
from emgctl.recording.annotations import Annotation, label_samples
from emgctl.recording.channels import Channel
from emgctl.types import Recording
from emgctl_datasets.bids_sidecars import MISSING, read_json, read_table, sidecars
from emgctl_datasets.edf import read_edf

_ENTITY = re.compile(r"([a-z]+)-([A-Za-z0-9+]+)")
_COPIES = ("derivatives", "sourcedata", "code", "stimuli")  # folders whose files are no raw data
_NUMBERED = re.compile(r"(?i)(s?emg|ch(an(nel)?)?|e|sensor|electrode)?[ _-]*\d+")
_MARKS = ("trial_type", "value", "event_type", "label", "stim_type")


@dataclass(frozen=True, slots=True)
class _Described:
    """What channels.tsv states: a row a channel, with the muscle's name, "" where it gives none."""

    channel: Channel
    muscle: str
    bad: bool


class Bids(FileReader):
    """BIDS-EMG data sets: the channels of type EMG with their muscles' names; events.tsv has the labels."""

    kind = "bids"
    pattern = re.compile(r"sub-[A-Za-z0-9+]+(_[a-z]+-[A-Za-z0-9+]+)*_emg\.(edf|bdf)")
    expected = "EMG recordings of BIDS (sub-<label>_task-<label>_emg.edf or .bdf)"
    levels = 4

    @classmethod
    def files(cls, path: Path) -> list[Path]:
        """The recordings of all subjects, sessions and runs, without derivatives."""
        found = super().files(path)
        return [one for one in found if not path.is_dir() or one.relative_to(path).parts[0] not in _COPIES]

    @classmethod
    def detects(cls, path: Path) -> bool:
        """By the names of files; also a root that states a BIDS version and holds subjects' folders, but no EMG."""
        if super().detects(path):
            return True
        return path.is_dir() and (path / "dataset_description.json").is_file() and any(path.glob("sub-*"))

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """The recording of a file: subject and session are its entities."""
        entities = dict(_ENTITY.findall(file.stem))
        rows = _channels(file)
        recording = read_edf(file, lambda channels: _with_rows(file, channels, rows))
        recording = _renamed(recording, rows)
        about: dict[str, Any] = {}
        for sidecar in reversed(sidecars(file, "emg.json")):
            about |= read_json(sidecar)
        rate = about.get("SamplingFrequency")
        signal = recording.signal
        if isinstance(rate, int | float) and 0 < abs(rate - signal.rate_hz) < 1e-5 * signal.rate_hz:
            signal = replace(signal, rate_hz=float(rate))  # an EDF header has eight characters for a record's duration
        recording = replace(
            recording, signal=signal, subject=entities.get("sub", ""), session=entities.get("ses", ""),
        )  # fmt: skip
        return _labelled(file, recording)


def _channels(file: Path) -> list[_Described]:
    found = sidecars(file, "channels.tsv")
    if not found:
        return []
    table = read_table(found[0])
    if "name" not in table.names:
        raise FormatError(found[0], "has no column 'name'")
    return [
        _Described(
            Channel(row["name"], row.get("units", ""), 0.0, row.get("type", "").upper()),
            row.get("target_muscle", ""),
            row.get("status", "").casefold() == "bad",
        )
        for row in table.rows
    ]


def _with_rows(file: Path, channels: Sequence[Channel], rows: Sequence[_Described]) -> list[Channel]:
    """The channels with the types of channels.tsv, by name, or by order where a header's short names differ."""
    if not rows:
        return list(channels)
    by_name = {one.channel.name: one.channel for one in rows}
    if not all(one.name in by_name for one in channels) and len(rows) == len(channels):
        known = [one.channel for one in rows]
    else:
        known = [by_name.get(one.name, one) for one in channels]
    if not any(one.kind == "EMG" for one in known):
        raise FileError(file, "has no channel of type EMG by its channels.tsv", remedy="check that table")
    return [
        replace(
            one, name=row.name, kind=row.kind or one.kind, unit=one.unit if one.is_voltage else row.unit or one.unit
        )
        for one, row in zip(channels, known, strict=True)
    ]


def _renamed(recording: Recording, rows: Sequence[_Described]) -> Recording:
    """The recording with its muscles' names where the channels' are only numbers, and a note on bad channels."""
    by_name = {one.channel.name: one for one in rows}
    names = recording.signal.names
    muscles = [by_name[name].muscle if name in by_name else "" for name in names]
    if all(_NUMBERED.fullmatch(name) for name in names) and all(muscles) and len(set(muscles)) == len(muscles):
        recording = replace(recording, signal=replace(recording.signal, names=tuple(muscles)))
    bad = [name for name in names if name in by_name and by_name[name].bad]
    notes = recording.notes + ((f"marked as bad in channels.tsv: {', '.join(bad[:8])}",) if bad else ())
    return replace(recording, notes=notes)


def _labelled(file: Path, recording: Recording) -> Recording:
    """The recording with the labels of events.tsv; without that table it keeps those of its annotations."""
    found = sidecars(file, "events.tsv")
    if not found:
        return recording
    table, rate_hz = read_table(found[0]), recording.signal.rate_hz
    column = next((name for name in _MARKS if any(row.get(name) for row in table.rows)), None)
    if column is None:
        return recording
    marks = []
    for number, row in enumerate(table.rows, 2):
        begin_s, lasts_s = (_seconds(found[0], row.get(key, ""), number) for key in ("onset", "duration"))
        if begin_s is None or not row.get(column):
            continue
        count = round((begin_s + lasts_s) * rate_hz) - round(begin_s * rate_hz) if lasts_s else None
        marks.append(Annotation(round(begin_s * rate_hz), row[column], count, _repetition(row)))
    labels, names, repetitions = label_samples(marks, len(recording.samples))
    if repetitions is not None and (repetitions < 0).all():
        repetitions = None
    return replace(recording, labels=labels, label_names=names, repetitions=repetitions)


def _repetition(row: Mapping[str, str]) -> int | None:
    """The number in a column 'repetition', -1 for n/a; None without that column: then occurrences are counted."""
    text = row.get("repetition")
    if text is None:
        return None
    return int(text) if re.fullmatch(r"\d{1,4}", text) else -1


def _seconds(path: Path, text: str, line: int) -> float | None:
    if not text or text in MISSING:
        return None
    try:
        found = float(text)
    except ValueError:
        found = np.nan
    if not abs(found) < 1e9:
        raise FormatError(path, f"'{text}' is no time in seconds", f"line {line}")
    return found
