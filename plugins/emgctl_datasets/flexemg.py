"""Dataset ``flexemg``: the 64-electrode arrays of Moin et al. (IEEE ISCAS 2018), github.com/a-moin/flexemg."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FormatError
from emgctl.recording.room import placed
from emgctl.types import Recording, Signal
from emgctl_datasets import mat

ELECTRODES, GRID, RATE_HZ = 64, (16, 4), 1000.0
TRIMMED = 0.2  # of a gesture's time, before and after each switch, as the authors leave out


def array_map() -> NDArray[np.int64]:
    """The channel (from 0) at each place of the 16 x 4 array, in rows of four, as in the set's arraymap.mat."""
    rows = [np.arange(28, -1, -4)[:, None] + np.arange(4), np.arange(63, 31, -4)[:, None] - np.arange(4)]
    return np.concatenate(rows)


class FlexEmg(mat.MatReader):
    """FlexEMG files (.mat): a 16 x 4 array around the forearm at 1000 Hz, four gestures and rest, in microvolts."""

    kind = "flexemg"
    needed = ("raw", "p")
    expected = "trials (.mat)"
    pattern = re.compile(r"(?s)(?!arraymap\.mat$).+\.mat")
    levels = 2

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """A recording for each trial, which is its repetition; the folder is the session, its first part the subject.

        The electrodes are in the order of the array, row by row. Samples around a switch, and the end, have no label.
        """
        arrays = mat.load(file, cls.needed)
        raw = mat.samples(file, arrays, "raw")
        try:
            about = arrays["p"][0, 0]
            step_uv = 1e3 * float(about["lsbmV"].item())
            names = tuple(str(np.ravel(one)[0]) for one in about["labelnames"].ravel())
            order = about["sequence"].ravel().astype(int)
            rest, gesture = int(about["timerest"].item()), int(about["timegest"].item())
        except (IndexError, KeyError, ValueError, TypeError) as error:
            raise FormatError(file, f"has no description of the trial ({error})", "variable 'p'") from error
        if raw.shape[1] < ELECTRODES or len(order) == 0 or order.min() < 1 or order.max() > len(names):
            raise FormatError(file, f"should hold {ELECTRODES} electrodes and gestures 1 to {len(names)}")
        labels = np.full(len(raw), -1, np.int16)
        trim = round(TRIMMED * gesture)
        edges = [0, *(rest + gesture * np.arange(len(order) + 1)).tolist()]
        for place, label in enumerate([0, *order.tolist()]):
            labels[edges[place] + trim * (place > 0) : edges[place + 1] - trim] = label
        folder = file.parent.name
        number = file.stem.rpartition("-")[2]
        return Recording(
            f"{folder}/{file.name}",
            Signal(ELECTRODES, RATE_HZ, "uV", GRID),
            placed(file, raw, np.float32(step_uv), array_map().ravel()),
            str(file),
            labels,
            ("Rest", *names),
            np.full(len(raw), int(number) if number.isdigit() else 1, np.int16),
            session=folder,
            subject=folder.partition("-")[0],
        )
