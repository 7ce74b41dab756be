"""MATLAB files of version 7.3, which are HDF5, read through h5py as scipy gives those of version 5."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FileError, FormatError
from emgctl.recording.hdf5 import MATLAB, opened
from emgctl.recording.room import BLOCK_BYTES, array_room
from emgctl.support.atomic_write import check_regular, check_unpacked
from emgctl.support.batches import batches

Array = NDArray[Any]
DEEPEST, MOST_CELLS = 4, 10_000


def is_mat73(path: Path) -> bool:
    """True for a file of version 7.3, by its first bytes; never raises."""
    try:
        check_regular(path)
        with path.open("rb") as file:
            return file.read(len(MATLAB)) == MATLAB
    except (OSError, FileError):
        return False


def names_in(path: Path) -> dict[str, tuple[int, ...]]:
    """The variables of a file and their shapes.

    Raises:
        FileError: it is damaged.
    """
    with _opened(path) as file:
        return {
            name: tuple(reversed(getattr(node, "shape", ()))) for name, node in file.items() if not name.startswith("#")
        }


def load73(path: Path, names: Collection[str] | None = None) -> dict[str, Array]:
    """Variables by their names, all of them if none are given: numbers, texts, and cells as arrays of objects.

    Raises:
        FileError: the file is damaged, or its cells would take too much memory.
    """
    with _opened(path) as file:
        left = [MOST_CELLS]
        return {
            name: _value(path, file, file[name], left, 0)
            for name in (file if names is None else names)
            if name in file and not name.startswith("#") and hasattr(file[name], "dtype")
        }


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The file as h5py.File; an error names its format."""
    try:
        with opened(path) as file:
            yield file
    except FormatError:
        raise
    except FileError as error:
        raise FormatError(path, f"{error.problem} (a MATLAB 7.3 file)", error.place, error.remedy) from error


def _numbers(path: Path, node: Any) -> Array:
    """The values of a data set, read a piece at a time along its longest axis where it is large."""
    size = node.size * node.dtype.itemsize
    if size <= BLOCK_BYTES or node.dtype.hasobject:
        return np.asarray(node[()])
    axis = int(np.argmax(node.shape))
    step, chunk = BLOCK_BYTES // (size // node.shape[axis]), node.chunks[axis] if node.chunks else 1
    values = array_room(path, node.shape, node.dtype)
    for part in batches(node.shape[axis], max(step // chunk, 1) * chunk):
        place = (slice(None),) * axis + (part,)
        values[place] = node[place]
    return values


def _value(path: Path, file: Any, node: Any, left: list[int], depth: int) -> Array:
    """What MATLAB stored as a data set, whose axes are in reverse order."""
    import h5py

    if node.attrs.get("MATLAB_empty", 0):
        return np.zeros((0, 0))
    if h5py.check_ref_dtype(node.dtype) is not None:
        left[0] -= node.size
        if left[0] < 0 or depth > DEEPEST:
            raise FormatError(path, f"has more than {MOST_CELLS} cells, or cells in cells in cells", node.name)
        cells = np.empty(node.shape, object)
        for place, reference in np.ndenumerate(node[()]):
            inner = file[reference] if reference else None
            cells[place] = _value(path, file, inner, left, depth + 1) if hasattr(inner, "dtype") else np.zeros((0, 0))
        return cells.T
    check_unpacked(path, node.size * node.dtype.itemsize, node.name)
    values = _numbers(path, node)
    kind = node.attrs.get("MATLAB_class", b"")
    if kind in (b"char", "char"):
        return np.array(["".join(map(chr, values.ravel(order="F").tolist()))] if values.size else [""])
    return values.T
