"""Dataset ``edf``: the European Data Format and its 24-bit sister BDF (Kemp and Olivan 2003, https://www.edfplus.info)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from emgctl.errors import FileError, FormatError, missing_extra
from emgctl.plugin import FileReader
from emgctl.recording.units import to_microvolts
from emgctl.types import Recording, Signal
from emgctl_datasets.annotations import Annotation, label_samples


class Edf(FileReader):
    """EDF, EDF+, BDF and BDF+ files: the channels named EMG, or all; annotations are labels."""

    kind = "edf"
    pattern = re.compile(r"(?is).+\.(edf|bdf)")
    expected = ".edf or .bdf files"

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """Channels and labels of a file. An annotation without a duration lasts until the next one."""
        return _recording(file)


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
