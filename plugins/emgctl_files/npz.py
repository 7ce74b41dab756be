"""Dataset ``npz``: numpy arrays."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from emgctl.errors import FileError
from emgctl.plugin import DatasetReader
from emgctl.types import Recording, Signal
from emgctl_files.text import RATE_HZ


class Npz(DatasetReader):
    """Numpy arrays (.npz): 'samples' (T, C), and optionally rate_hz, unit, labels, label_names and repetitions.

    ``labels`` are whole numbers, indices into ``label_names`` where that is given. Nothing is ever unpickled.
    """

    kind = "npz"

    @classmethod
    def detects(cls, path: Path) -> bool:
        """By the ending of its name."""
        return path.suffix == ".npz"

    @classmethod
    def read(cls, path: Path) -> Sequence[Recording]:
        """The one recording in the file."""
        try:
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise FileError(path, f"can't be read as npz without pickles: {error}") from error
        return [_recording(path, arrays)]


def _recording(path: Path, arrays: dict[str, np.ndarray]) -> Recording:
    if "samples" not in arrays:
        raise FileError(path, "has no array 'samples'", remedy=f"it has: {', '.join(arrays) or 'nothing'}")
    samples = arrays["samples"]
    if samples.ndim != 2 or samples.dtype.kind not in "iuf":
        raise FileError(path, f"should be numbers (T, C), not {samples.dtype} {samples.shape}", "array 'samples'")
    if not np.isfinite(samples).all():
        raise FileError(path, "has NaN or infinite values", "array 'samples'")
    rate_hz = float(arrays.get("rate_hz", np.array(RATE_HZ)))
    unit = str(arrays.get("unit", np.array("count")))
    if unit not in ("uV", "count") or not rate_hz > 0:
        raise FileError(path, f"has rate {rate_hz:g} Hz and unit '{unit}', but needs a positive one and uV or count")
    columns = {}
    for name in ("labels", "repetitions"):
        column = arrays.get(name)
        if column is not None and (column.shape != samples.shape[:1] or column.dtype.kind not in "iu"):
            raise FileError(
                path, f"should be whole numbers ({len(samples)},), not {column.dtype} {column.shape}", f"array '{name}'"
            )
        columns[name] = column
    labels, names = columns["labels"], tuple(str(name) for name in arrays.get("label_names", ()))
    if labels is not None and not names:
        values = np.unique(labels)
        labels, names = np.searchsorted(values, labels), tuple(str(value) for value in values)
    if labels is not None and (labels.max() >= len(names) or labels.min() < -1):
        raise FileError(path, f"has labels outside its {len(names)} label_names", "array 'labels'")
    return Recording(
        path.name,
        Signal(samples.shape[1], rate_hz, "uV" if unit == "uV" else "count"),
        samples.astype(np.float32),
        str(path),
        None if labels is None else labels.astype(np.int16),
        names,
        None if columns["repetitions"] is None else columns["repetitions"].astype(np.int16),
    )
