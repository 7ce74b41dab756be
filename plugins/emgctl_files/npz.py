"""Dataset ``npz``: numpy arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FileError, FormatError, quoted
from emgctl.plugin import DatasetReader
from emgctl.recording.tables.values import LARGEST
from emgctl.support.atomic_write import check_regular
from emgctl.support.unpacking import check_arrays
from emgctl.types import Recording, Signal, Unit
from emgctl_files.text_recording import RATE_HZ

Array = NDArray[Any]
UNITS: dict[str, Unit] = {"uV": "uV", "count": "count"}
SMALL_MOVEMENTS = 0  # the number in 'asked' of moving without making a gesture
LARGEST_NUMBER = np.iinfo(np.int16).max  # of a label or a repetition


class Npz(DatasetReader):
    """Numpy arrays (.npz): 'samples' (T, C), and optionally rate_hz, unit, labels, label_names, repetitions and asked.

    ``labels`` are whole numbers, indices into ``label_names`` where that is given; below 0 is unknown. ``asked`` is
    the number of the task that the person was given: 0 is to move without making a gesture, whatever the label. Nothing
    is ever unpickled.
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
            check_regular(path)
            check_arrays(path)
            with np.load(path, allow_pickle=False) as file:
                arrays = {name: np.asarray(file[name]) for name in file.files}
        except FileError:
            raise
        except Exception as error:  # zipfile, zlib and numpy raise a dozen kinds for a file that is damaged
            raise FormatError(path, f"can't be read as npz without pickles: {error}") from error
        return [_recording(path, arrays)]


def _recording(path: Path, arrays: Mapping[str, Array]) -> Recording:
    if "samples" not in arrays:
        raise FileError(path, "has no array 'samples'", remedy=f"it has: {', '.join(arrays) or 'nothing'}")
    samples = arrays["samples"]
    if samples.ndim != 2 or not samples.size or samples.dtype.kind not in "iuf":
        raise FormatError(path, f"should be numbers (T, C), not {samples.dtype} {samples.shape}", "array 'samples'")
    if not (np.abs(samples.astype(np.float64)) <= LARGEST).all():
        raise FormatError(path, "has NaN, infinite or far too large values", "array 'samples'")
    labels = _numbers(path, arrays, "labels")
    names = tuple(str(name) for name in np.atleast_1d(arrays.get("label_names", ())))
    if labels is not None and not names:
        values = np.unique(labels[labels >= 0])
        labels = np.where(labels < 0, -1, np.searchsorted(values, labels)).astype(np.int16)
        names = tuple(str(value) for value in values)
    if twice := next((name for place, name in enumerate(names) if name in names[:place]), None):
        raise FormatError(path, f"has '{quoted(twice)}' twice: two gestures would become one", "array 'label_names'")
    if labels is not None and (labels.max() >= len(names) or labels.min() < -1):
        raise FormatError(path, f"has labels outside its {len(names)} label_names", "array 'labels'")
    asked = _numbers(path, arrays, "asked")
    return Recording(
        path.name,
        _signal(path, arrays, samples.shape[1]),
        samples.astype(np.float32),
        str(path),
        labels,
        names,
        _numbers(path, arrays, "repetitions"),
        small_movements=None if asked is None else asked == SMALL_MOVEMENTS,
    )


def _signal(path: Path, arrays: Mapping[str, Array], channels: int) -> Signal:
    rate, unit = arrays.get("rate_hz", np.array(RATE_HZ)), arrays.get("unit", np.array("count"))
    if rate.size != 1 or rate.dtype.kind not in "iuf" or not 0 < float(rate.item()) < np.inf:
        raise FormatError(path, f"should be a positive number, not {rate}", "array 'rate_hz'")
    if unit.size != 1 or str(unit.item()) not in UNITS:
        raise FormatError(path, f"should be one of {', '.join(UNITS)}, not {unit}", "array 'unit'")
    return Signal(channels, float(rate.item()), UNITS[str(unit.item())])


def _numbers(path: Path, arrays: Mapping[str, Array], name: str) -> NDArray[np.int16] | None:
    """The array ``name``, which holds a whole number for each sample, or None where there is none."""
    column, count = arrays.get(name), len(arrays["samples"])
    if column is None:
        return None
    if column.shape != (count,) or column.dtype.kind not in "iu":
        raise FormatError(
            path, f"should be whole numbers ({count},), not {column.dtype} {column.shape}", f"array '{name}'"
        )
    if column.max() > LARGEST_NUMBER or column.min() < -LARGEST_NUMBER:
        raise FormatError(path, f"has numbers beyond {LARGEST_NUMBER}", f"array '{name}'")
    return column.astype(np.int16)
