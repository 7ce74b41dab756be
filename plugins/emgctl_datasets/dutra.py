"""Dataset ``dutra``: EMG of a Myo and grip force, of B. Dutra's thesis (doi 10.1016/j.bspc.2021.103036)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emgctl.types import Recording, Signal
from emgctl_datasets import mat

LABELS = ("rest", "grip")
GRIPPED = 0.05
"""A hand that presses harder than this share of the recording's greatest force is not at rest."""

_RATE_HZ = 200.0


class Dutra(mat.MatReader):
    """Grip force recordings (.mat): 8 channels of a Myo at 200 Hz with the force of a grip ball in newton."""

    kind = "dutra"
    needed = ("emg", "force_n")
    expected = "MATLAB files with 'emg' and a 'force_n' of the same length"

    @classmethod
    def files(cls, path: Path) -> list[Path]:
        """The MATLAB files that have both variables; a folder may hold others."""
        return [file for file in super().files(path) if cls.recognizes(file)]

    @classmethod
    def read_file(cls, file: Path) -> Sequence[Recording]:
        """The recording of a file whose force has a value for each sample; others are left out."""
        arrays = mat.load(file, cls.needed)
        emg, force_n = mat.samples(file, arrays, "emg"), mat.samples(file, arrays, "force_n")[:, 0]
        if len(force_n) != len(emg):
            return []
        gripped = (force_n > GRIPPED * force_n.max()).astype(np.int16)
        signal = Signal(emg.shape[1], _RATE_HZ, "count")
        return [Recording(file.name, signal, emg, str(file), gripped, LABELS, session=file.stem, force_n=force_n)]
