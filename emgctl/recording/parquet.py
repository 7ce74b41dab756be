"""Recordings as Parquet tables: a column a channel, with label and repetition, and what else is known as metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import numpy as np

from emgctl.recording.room import blocks
from emgctl.support.library import library
from emgctl.types import Recording, Unit

KEY = b"emgctl"
"""The key of a table's metadata that has a recording's facts, as JSON."""

LABEL, REPETITION = "label", "repetition"


@dataclass(frozen=True, slots=True)
class Described:
    """What the metadata states of a recording."""

    rate_hz: float
    unit: Unit
    names: tuple[str, ...]
    label_names: tuple[str, ...]
    grid: tuple[int, int] | None
    subject: str
    session: str

    def applied(self, recording: Recording) -> Recording:
        """The recording as it was before it was written."""
        grid = self.grid if self.grid and self.grid[0] * self.grid[1] == recording.signal.channels else None
        names = self.names if len(self.names) == recording.signal.channels else ()
        signal = replace(recording.signal, grid=grid, names=names, unit=self.unit)
        labels = recording.labels
        if labels is not None and set(recording.label_names) <= set(self.label_names):
            places = np.array([*map(self.label_names.index, recording.label_names), -1], np.int16)
            recording = replace(recording, labels=places[labels], label_names=self.label_names)
        return replace(recording, signal=signal, subject=self.subject, session=self.session, notes=())


def described(metadata: Mapping[bytes, bytes] | None) -> Described | None:
    """What a table's metadata states, None where it is not of emgctl."""
    try:
        found = json.loads((metadata or {})[KEY])
        rate_hz, unit = float(found["rate_hz"]), found["unit"]
        if not 0 < rate_hz < np.inf or unit not in get_args(Unit):
            return None
        grid = found["grid"] and (int(found["grid"][0]), int(found["grid"][1]))
        names, labels = (tuple(map(str, found[key])) for key in ("names", "label_names"))
        return Described(rate_hz, unit, names, labels, grid, str(found["subject"]), str(found["session"]))
    except (KeyError, ValueError, TypeError, LookupError):
        return None


def write_parquet(path: Path, recording: Recording) -> None:
    """Write a recording as a Parquet table; lost samples stay NaN.

    Raises:
        DeviceError: pyarrow is not installed.
        OSError: it can't be written.
    """
    parquet = library(path, "pyarrow.parquet", "pyarrow")
    import pyarrow as pa

    signal = recording.signal
    facts = {
        "rate_hz": signal.rate_hz, "unit": signal.unit, "names": signal.names, "label_names": recording.label_names,
        "grid": signal.grid, "subject": recording.subject, "session": recording.session,
    }  # fmt: skip
    fields = [pa.field(f"emg {number}", pa.float32()) for number in range(1, signal.channels + 1)]
    words = pa.array([*recording.label_names, None], pa.string())
    if recording.labels is not None:
        fields.append(pa.field(LABEL, pa.string()))
    if recording.repetitions is not None:
        fields.append(pa.field(REPETITION, pa.int16()))
    schema = pa.schema(fields, {KEY: json.dumps(facts).encode()})
    with parquet.ParquetWriter(path, schema) as file:
        for part in blocks(*recording.samples.shape):
            rows = np.asarray(recording.samples[part])
            columns = [pa.array(np.ascontiguousarray(rows[:, channel])) for channel in range(signal.channels)]
            if recording.labels is not None:
                places = np.where(recording.labels[part] < 0, len(recording.label_names), recording.labels[part])
                columns.append(words.take(pa.array(places)))
            if recording.repetitions is not None:
                columns.append(pa.array(recording.repetitions[part]))
            file.write_table(pa.table(columns, schema))
