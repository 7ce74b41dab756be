"""What is stated about recordings, applied to them; and the small file beside the data that may state it.

The file is called ``NAME.emgctl.yaml`` after a file or folder ``NAME``, with or without its ending, and has the keys of
:class:`emgctl.plugin.Statement`. What is given on the command line or in the profile goes before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from emgctl.errors import FileError, UsageError, did_you_mean
from emgctl.plugin.statement import FileFields, Statement, chosen_columns, fields_of
from emgctl.recording.room import placed
from emgctl.recording.units import to_microvolts
from emgctl.support.dataset_files import check_own
from emgctl.support.yaml_file import read_yaml
from emgctl.types import Recording

SIDECAR = ".emgctl.yaml"


def sidecar(path: Path) -> Statement:
    """What the small file beside a file or folder, or in the folder, states; nothing where there is none.

    Raises:
        FileError: it is a link, or not such a file.
    """
    names = dict.fromkeys((f"{path.name}{SIDECAR}", f"{path.stem}{SIDECAR}"))
    places = [path.parent / name for name in names]
    if path.is_dir():
        places.append(path / f"{path.resolve().name}{SIDECAR}")
    found = next((one for one in places if one.is_file()), None)
    return Statement() if found is None else _read(found)


def _read(path: Path) -> Statement:
    check_own(path.parent, path)
    _, content = read_yaml(path)
    if content is None:
        return Statement()
    if not isinstance(content, dict):
        raise FileError(path, "should have keys such as rate_hz: 1000", remedy="see docs/files.md")
    keys = {str(key).replace("-", "_"): value for key, value in content.items()}
    if "rate" in keys:
        keys.setdefault("rate_hz", keys.pop("rate"))
    if wrong := next((key for key in keys if key not in Statement.model_fields), None):
        raise FileError(path, f"has the unknown key '{wrong}'{did_you_mean(wrong, Statement.model_fields)}")
    try:
        return Statement.model_validate(keys)
    except ValidationError as error:
        first = error.errors()[0]
        raise FileError(path, f"{first['loc'][0]}: {first['msg']}", remedy="see docs/files.md") from error


def rate_assumed(rate_hz: float) -> str:
    """The note of a reader that found no rate in a file; it goes once a rate is stated."""
    return f"{_NO_RATE} ({rate_hz:g} Hz is assumed); the option that states this: --rate"


_NO_RATE = "not in the file: the rate"


def as_stated(recording: Recording, statement: Statement) -> Recording:
    """A recording with what is stated of it in place of what its reader found.

    Raises:
        UsageError: it can't be so.
    """
    if statement.label_column is not None:
        raise UsageError(f"{recording.source}: a label column can be named in a table of text, which this is not")
    if statement.columns is not None:
        recording = _with_channels(recording, statement.columns)
    signal, samples = recording.signal, recording.samples
    if statement.rate_hz is not None:
        signal = replace(signal, rate_hz=statement.rate_hz)
        notes = tuple(note for note in recording.notes if not note.startswith(_NO_RATE))
        recording = replace(recording, notes=notes)
    if statement.unit is not None:
        unit, factor = to_microvolts(statement.unit)
        if signal.unit == "uV" and statement.unit != "uV":
            raise UsageError(f"{recording.source}: its unit is in the file; leave the unit out")
        signal = replace(signal, unit=unit)
        if factor != 1:
            samples = placed(Path(recording.source), samples, np.float32(factor))
    recording = replace(recording, signal=signal, samples=samples)
    if statement.labels_from is None:
        return recording
    return with_fields(recording, fields_of(Path(recording.source), statement.labels_from))


def with_fields(recording: Recording, fields: FileFields) -> Recording:
    """A recording that has one label, and what else its file's name states."""
    count = len(recording.samples)
    return replace(
        recording,
        labels=np.zeros(count, np.int16),
        label_names=(fields.label,),
        repetitions=recording.repetitions if fields.repetition < 0 else np.full(count, fields.repetition, np.int16),
        subject=fields.subject or recording.subject,
        session=fields.session or recording.session,
    )


def _with_channels(recording: Recording, columns: str) -> Recording:
    signal = recording.signal
    chosen: Sequence[int] = chosen_columns(columns, signal.names, signal.channels)
    names = tuple(signal.names[one] for one in chosen) if signal.names else ()
    signal = replace(signal, channels=len(chosen), names=names, grid=None)
    samples = placed(Path(recording.source), recording.samples, columns=chosen)
    return replace(recording, signal=signal, samples=samples)
