"""Dataset ``ice``: the HD-sEMG recordings of the MIC-Laboratory's classifier, three 8 x 8 grids of a Quattrocento."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from emgctl.errors import FileError
from emgctl.types import Recording, Signal
from emgctl_datasets import mat
from emgctl_files.folder import files_in

CHANNELS, GRID = 192, (8, 24)
RATE_HZ = 2048.0  # its README says 2560 Hz, which no Quattrocento has
_FILE = re.compile(r"(\d+)-(\d+)-(\d+)")


class Ice(mat.MatReader):
    """ICE Lab files (<subject>-<gesture>-<repetition>.mat): 192 channels, three grids side by side."""

    kind = "ice"

    needed = ("data",)
    expected = "recordings (001-001-001.mat)"

    @classmethod
    def files(cls, path: Path) -> list[Path]:
        """The set's files under ``path``."""
        return files_in(path, lambda file: file.suffix == ".mat" and bool(_FILE.fullmatch(file.stem)), levels=2)

    @classmethod
    def recording(cls, path: Path) -> Recording:
        """A recording for each file; a 193rd column is left out. Which gesture a number is, is not published."""
        return _recording(path)


def _recording(path: Path) -> Recording:
    samples = mat.samples(path, mat.load(path, Ice.needed), "data")
    if samples.shape[1] not in (CHANNELS, CHANNELS + 1):
        raise FileError(path, f"should hold {CHANNELS} channels, not {samples.shape[1]}", "variable 'data'")
    subject, gesture, repetition = _FILE.fullmatch(path.stem).groups()  # type: ignore[union-attr]  # _files() chose it
    return Recording(
        path.name,
        Signal(CHANNELS, RATE_HZ, "count", GRID),
        np.ascontiguousarray(samples[:, :CHANNELS]),
        str(path),
        np.zeros(len(samples), np.int16),
        (f"gesture {int(gesture)}",),
        np.full(len(samples), int(repetition), np.int16),
        subject=subject,
    )
