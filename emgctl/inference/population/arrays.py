"""Arrays in files of this package: read with bounds, without unpickling; symmetric ones as triangles of float32."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.support.atomic_write import read_bytes, write_bytes
from emgctl.support.unpacking import check_arrays

Values = NDArray[np.float64]
MOST_BYTES = 64 << 20
LEAST_EIGENVALUE = -1e-3  # of a covariance, as rounding leaves it


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """All arrays of an .npz file.

    Raises:
        FileError: it can't be read, or is too large.
        Exception: it is not an .npz file, or damaged; numpy and zipfile raise many types.
    """
    return arrays_of(read_bytes(path, MOST_BYTES), path)


def arrays_of(data: bytes, path: Path) -> dict[str, NDArray[Any]]:
    """All arrays of the content of an .npz file; ``path`` is for errors.

    Raises:
        FileError: they are too large.
        Exception: it is not an .npz file, or damaged; numpy and zipfile raise many types.
    """
    check_arrays(path, io.BytesIO(data))
    with np.load(io.BytesIO(data), allow_pickle=False) as found:
        return {name: found[name] for name in found.files}


def arrays_bytes(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The content of an .npz file; the same arrays give the same bytes."""
    file = io.BytesIO()
    np.savez_compressed(file, **dict(arrays))  # type: ignore[arg-type]  # numpy's own option comes after the arrays
    return file.getvalue()


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write an .npz file.

    Raises:
        FileError: it can't be written.
    """
    write_bytes(path, arrays_bytes(arrays))


def triangle(matrix: Values) -> NDArray[np.float32]:
    """The upper triangle of a symmetric matrix, flat."""
    return matrix[np.triu_indices(len(matrix))].astype(np.float32)


def symmetric(values: NDArray[Any], size: int) -> Values:
    """A covariance ``(size, size)`` from its triangle.

    Raises:
        ValueError: it is none.
    """
    matrix = np.zeros((size, size))
    matrix[np.triu_indices(size)] = checked(values, (size * (size + 1) // 2,))
    matrix += np.triu(matrix, 1).T
    if np.linalg.eigvalsh(matrix)[0] < LEAST_EIGENVALUE:
        raise ValueError("a covariance has a negative eigenvalue")
    return matrix


def checked(values: NDArray[Any], shape: tuple[int, ...]) -> Values:
    """Finite numbers of this shape.

    Raises:
        ValueError: they are not.
    """
    if values.shape != shape or values.dtype.kind != "f" or not np.isfinite(values).all():
        raise ValueError("an array has another shape or holds no finite numbers")
    return values.astype(np.float64)
