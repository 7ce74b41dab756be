"""Dataset ``ice``: the HD-sEMG recordings of the MIC-Laboratory's classifier, three 8 x 8 grids of a Quattrocento."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from emgctl.errors import FormatError
from emgctl.recording.room import placed
from emgctl.types import Recording, Signal
from emgctl_datasets import mat

CHANNELS, GRID = 192, (8, 24)
RATE_HZ = 2048.0  # its README states 2560 Hz, which no Quattrocento has


class Ice(mat.MatReader):
    """ICE Lab files (<subject>-<gesture>-<repetition>.mat): 192 channels, three grids side by side."""

    kind = "ice"
    needed = ("data",)
    expected = "recordings (001-001-001.mat)"
    pattern = re.compile(r"(\d+)-(\d+)-(\d+)\.mat")
    levels = 2

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """A recording for each file, without its 193rd column. The meaning of the gesture numbers is not published."""
        samples = mat.samples(file, mat.load(file, cls.needed), "data")
        if samples.shape[1] not in (CHANNELS, CHANNELS + 1):
            raise FormatError(file, f"should hold {CHANNELS} channels, not {samples.shape[1]}", "variable 'data'")
        subject, gesture, repetition = cls.fields(file)
        return Recording(
            file.name,
            Signal(CHANNELS, RATE_HZ, "count", GRID),
            samples if samples.shape[1] == CHANNELS else placed(file, samples[:, :CHANNELS]),
            str(file),
            np.zeros(len(samples), np.int16),
            (f"gesture {int(gesture)}",),
            np.full(len(samples), int(repetition), np.int16),
            subject=subject,
        )
