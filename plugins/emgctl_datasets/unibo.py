"""Dataset ``unibo``: the UniBo-INAIL set of Zanghieri et al. (IEEE BioCAS 2023), four sensors, grasps, many days."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FormatError
from emgctl.types import Recording, Signal
from emgctl_datasets import mat

_FILE = re.compile(r"user_(\d+)_day_(\d+)_posture_(\d+)")
LABELS = ("rest", "power grip", "two-finger pinch", "three-finger pinch", "index pointing", "open hand")
_RATE_HZ = 500.0


class Unibo(mat.MatReader):
    """UniBo-INAIL files (.mat): four envelope sensors at 500 Hz, six gestures, label corrected to the signal."""

    kind = "unibo"
    needed = ("emg", "relabel", "gestureCounter")
    expected = "MATLAB files (.mat)"
    levels = 3

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """A recording for each file; session is the day and posture, a repetition one turn through the gestures.

        The gestures' names follow the order in which the set's description lists them.
        """
        arrays = mat.load(file, cls.needed)
        emg = mat.samples(file, arrays, "emg")
        labels = (mat.numbers(file, arrays, "relabel") - 1).astype(np.int16)
        if len(labels) != len(emg) or not len(labels) or labels.min() < 0 or labels.max() >= len(LABELS):
            raise FormatError(
                file, f"should hold numbers from 1 to {len(LABELS)} for each sample", "variable 'relabel'"
            )
        match = _FILE.search(file.stem)
        subject, day, posture = match.groups() if match else ("", "", "")
        return Recording(
            file.name,
            Signal(emg.shape[1], _RATE_HZ, "count"),
            emg,
            str(file),
            labels,
            LABELS,
            _turns(labels),
            session=f"day{day} posture{posture}" if match else "",
            subject=f"user{subject}" if match else "",
        )


def _turns(labels: NDArray[np.int16]) -> NDArray[np.int16]:
    """How often each sample's gesture was made up to then, ``(T,)``; a rest belongs to the gesture before it."""
    begins = np.flatnonzero(np.diff(labels, prepend=0) != 0)
    made = np.zeros(len(LABELS), np.int64)
    turns = np.zeros(len(labels), np.int16)
    last = 1
    for begin, end in zip(begins, [*begins[1:], len(labels)], strict=True):
        label = int(labels[begin])
        if label:
            made[label] += 1
            last = int(made[label])
        turns[begin:end] = last
    turns[: begins[0] if len(begins) else len(turns)] = 1
    return turns
