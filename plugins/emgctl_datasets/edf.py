"""Dataset ``edf``: the European Data Format and its 24-bit sister BDF (Kemp and Olivan 2003, https://www.edfplus.info)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from emgctl.errors import FileError, FormatError, missing_extra
from emgctl.plugin import DatasetReader
from emgctl.recording.files import files_in
from emgctl.recording.units import to_microvolts
from emgctl.types import Recording, Signal
from emgctl_datasets.annotations import Annotation, label_samples

_ENDINGS = (".edf", ".bdf")


class Edf(DatasetReader):
    """EDF, EDF+, BDF and BDF+ files: the channels named EMG, or all; annotations are labels."""

    kind = "edf"

    @classmethod
    def detects(cls, path: Path) -> bool:
        """By the ending of the file's name, or of those in the folder."""
        return bool(_files(path))

    @classmethod
    def read(cls, path: Path) -> Sequence[Recording]:
        """A recording for each file. An annotation without a duration lasts until the next one."""
        files = _files(path)
        if not files:
            raise FormatError(path, "holds no .edf or .bdf files")
        return [_recording(file) for file in files]


def _files(path: Path) -> list[Path]:
    return files_in(path, lambda file: file.suffix.casefold() in _ENDINGS)


def _recording(path: Path) -> Recording:
    try:
        import edfio
    except ImportError as error:
        raise missing_extra(str(path), "edfio", "datasets") from error
    try:
        file: Any = (edfio.read_bdf if path.suffix.casefold() == ".bdf" else edfio.read_edf)(path)
        channels = [one for one in file.signals if "emg" in one.label.casefold()] or list(file.signals)
        annotations = list(file.annotations)
        with np.errstate(all="ignore"):  # a scale of nothing by nothing is found below
            values = [np.asarray(one.data) * to_microvolts(one.physical_dimension)[1] for one in channels]
    except OSError:
        raise
    except Exception as error:  # whatever a damaged header leads to
        raise FormatError(path, f"can't be read as EDF or BDF: {error}") from error
    if not channels:
        raise FormatError(path, "has no signals")
    rates = {float(one.sampling_frequency) for one in channels}
    units = {to_microvolts(one.physical_dimension) for one in channels}
    if len(rates) > 1 or len({unit for unit, _ in units}) > 1:
        named = ", ".join(f"{one.label} {one.sampling_frequency:g} Hz {one.physical_dimension}" for one in channels)
        raise FileError(
            path, f"has channels of several rates or units ({named})", remedy="name the EMG channels 'EMG ...'"
        )
    (rate_hz,), unit = rates, next(iter(units))[0]
    if (
        not 0 < rate_hz < np.inf
        or len({len(one) for one in values}) > 1
        or not all(np.isfinite(v).all() for v in values)
    ):
        raise FormatError(path, "has channels of different length, no rate, or values that are not finite")
    samples = np.stack(values, axis=1)
    marks = [
        Annotation(
            round(one.onset * rate_hz),
            one.text.strip(),
            None if one.duration is None else round(one.duration * rate_hz),
        )
        for one in annotations
    ]
    labels, names, repetitions = label_samples(marks, len(samples))
    return Recording(
        path.name,
        Signal(samples.shape[1], rate_hz, unit, names=tuple(one.label for one in channels)),
        samples.astype(np.float32),
        str(path),
        labels,
        names,
        repetitions,
    )
