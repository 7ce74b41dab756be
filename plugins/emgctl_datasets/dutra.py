"""Dataset ``dutra``: EMG of a Myo and grip force, of B. Dutra's thesis (doi 10.1016/j.bspc.2021.103036)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emgctl.errors import FormatError
from emgctl.plugin import DatasetReader
from emgctl.recording.files import files_in
from emgctl.types import Recording, Signal
from emgctl_datasets import mat

LABELS = ("rest", "grip")
GRIPPED = 0.05
"""A hand that presses harder than this share of the recording's greatest force is not at rest."""

_NEEDED = ("emg", "force_n")
_RATE_HZ = 200.0


class Dutra(DatasetReader):
    """Grip force recordings (.mat): 8 channels of a Myo at 200 Hz with the force of a grip ball in newton."""

    kind = "dutra"

    @classmethod
    def detects(cls, path: Path) -> bool:
        """By the variables of a MATLAB file."""
        return bool(_files(path))

    @classmethod
    def read(cls, path: Path) -> Sequence[Recording]:
        """A recording for each file whose force has a value for each sample; files without one are left out."""
        found = [_recording(file) for file in _files(path)]
        recordings = [one for one in found if one is not None]
        if not recordings:
            raise FormatError(path, "holds no MATLAB files with 'emg' and a 'force_n' of the same length")
        return recordings


def _files(path: Path) -> list[Path]:
    return [file for file in files_in(path, lambda file: file.suffix == ".mat") if mat.holds(file, _NEEDED)]


def _recording(path: Path) -> Recording | None:
    arrays = mat.load(path, _NEEDED)
    emg, force_n = mat.samples(path, arrays, "emg"), mat.samples(path, arrays, "force_n")[:, 0]
    if len(force_n) != len(emg):
        return None
    gripped = force_n > GRIPPED * force_n.max()
    signal = Signal(emg.shape[1], _RATE_HZ, "count")
    return Recording(
        path.name, signal, emg, str(path), gripped.astype(np.int16), LABELS, session=path.stem, force_n=force_n
    )
