"""Dataset ``csl``: CSL-HDEMG of Amma et al. (CHI 2015), 192 electrodes at 2048 Hz, 26 finger gestures and idle."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from emgctl.errors import FormatError
from emgctl.recording.room import array_room
from emgctl.types import Recording, Signal
from emgctl_datasets import mat

CHANNELS, RATE_HZ, GRID = 192, 2048.0, (7, 24)
_IDLE = 0


class Csl(mat.MatReader):
    """CSL-HDEMG files (.mat): 192 bipolar rows, of which every eighth is none, as a grid of 7 x 24."""

    kind = "csl"
    needed = ("gestures",)
    expected = "gestures (gest<number>.mat)"
    pattern = re.compile(r"gest(\d+)\.mat")
    levels = 3

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """A recording for each gesture's file, its trials one after the other as repetitions.

        Rows 8, 16 ... 192 are differences across the ends of the array's columns and are left out. The others are
        brought into the order in which Realtime-sEMG (TengHuo) draws them: 24 columns of 7, upside down.
        """
        trials = [np.asarray(one, np.float32) for one in mat.load(file, cls.needed)["gestures"].ravel()]
        if not trials or any(one.ndim != 2 or one.shape[0] != CHANNELS or not one.size for one in trials):
            raise FormatError(file, f"should hold trials of {CHANNELS} rows", "variable 'gestures'")
        samples, at = array_room(file, (sum(one.shape[1] for one in trials), len(order())), np.float32), 0
        for one in trials:
            samples[at : at + one.shape[1]] = one[order()].T
            at += one.shape[1]
        number = int(*cls.fields(file))
        session, subject = file.parent.name, file.parent.parent.name
        label = "idle" if number == _IDLE else f"gesture {number}"
        return Recording(
            f"{subject}/{session}/{file.name}",
            Signal(len(order()), RATE_HZ, "count", GRID),
            samples,
            str(file),
            np.zeros(len(samples), np.int16),
            (label,),
            np.repeat(np.arange(1, len(trials) + 1), [one.shape[1] for one in trials]).astype(np.int16),
            session=session,
            subject=subject,
        )


def order() -> list[int]:
    """The rows of a file, from 0, in the order of the 7 x 24 grid."""
    rows = [row for row in range(CHANNELS) if row % 8 != 7]
    grid = np.flipud(np.array(rows).reshape(24, 7).T)
    return [int(row) for row in grid.ravel()]
