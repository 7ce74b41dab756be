"""Recordings as MATLAB files (version 5), through scipy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from emgctl.errors import FileError
from emgctl.support.library import library
from emgctl.types import Recording

LARGEST = (1 << 31) - (1 << 16)  # bytes of a variable


def write_mat(path: Path, recording: Recording) -> None:
    """Write samples, rate and unit, labels with their names, repetitions, channel names, subject and session.

    ``labels`` are counted from 0 as the places in ``label_names``, -1 where there is none; lost samples are NaN.

    Raises:
        FileError: the samples are too many for the format.
        DeviceError: scipy is not installed.
        OSError: it can't be written.
    """
    if recording.samples.nbytes > LARGEST:
        raise FileError(path, "can't hold more than 2 GB of samples", remedy="convert to h5, parquet or bdf")
    signal = recording.signal
    content: dict[str, Any] = {
        "samples": np.asarray(recording.samples), "rate_hz": signal.rate_hz, "unit": signal.unit,
        "subject": recording.subject, "session": recording.session,
    }  # fmt: skip
    if signal.names:
        content["channel_names"] = np.array([*signal.names, None], object)[:-1]
    if recording.labels is not None:
        content |= {"labels": recording.labels, "label_names": np.array([*recording.label_names, None], object)[:-1]}
    if recording.repetitions is not None:
        content["repetitions"] = recording.repetitions
    with path.open("wb") as file:
        library(path, "scipy.io").savemat(file, content)
