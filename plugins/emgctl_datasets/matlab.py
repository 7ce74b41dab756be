"""Dataset ``mat``: any MATLAB file that has samples under a usual name, or a single table of numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FileError, FormatError
from emgctl.recording.arrays import recorded
from emgctl.types import Recording
from emgctl_datasets import mat
from emgctl_datasets.mat73 import is_mat73


class Matlab(mat.MatReader):
    """MATLAB files (.mat): variable 'samples', 'emg' or the only table (T, C); rate, unit and labels by usual names."""

    kind = "mat"
    general = True
    needed = ()
    expected = "MATLAB files (.mat)"
    levels = 3

    @classmethod
    def recognizes(cls, file: Path) -> bool:
        """True for any MATLAB file: readers of known data sets come first."""
        return is_mat73(file) or mat.holds(file, ())

    @classmethod
    def read_file(cls, file: Path) -> Recording:
        """The recording in a file."""
        arrays = {name: _unpacked(value) for name, value in mat.load_all(file).items()}
        try:
            return recorded(file, arrays, "variable")
        except FileError:
            inner = _of_struct(arrays)
            if inner is None:
                raise
            return recorded(file, inner, "field")
        except (ValueError, TypeError) as error:
            raise FormatError(file, f"has variables that are not understood: {error}") from error


def _unpacked(value: NDArray[Any]) -> NDArray[Any]:
    """A variable without the axis that MATLAB gives a scalar, and without the cells around texts."""
    if value.dtype.kind == "O" and value.size and all(np.asarray(one).dtype.kind == "U" for one in value.ravel()):
        return np.array([str(np.asarray(one).ravel()[0]) if np.asarray(one).size else "" for one in value.ravel()])
    return (
        value.ravel()[0][()] if value.dtype.kind == "O" and value.size == 1 and _is_array(value.ravel()[0]) else value
    )


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in "iuf"


def _of_struct(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]] | None:
    """The fields of the only struct that a file holds, such as EEGLAB's; None if it holds none or several."""
    structs = [value for value in arrays.values() if value.dtype.names and value.size == 1]
    if len(structs) != 1:
        return None
    one = structs[0].ravel()[0]
    return {name: _unpacked(np.asarray(one[name])) for name in one.dtype.names}
