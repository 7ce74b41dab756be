"""Room for the samples of a recording: in memory, or in a file that is mapped where they would take too much of it.

What can only be read as a whole, as its library knows no parts, is refused before where it would not fit.
"""

from __future__ import annotations

import math
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from emgctl.errors import FileError
from emgctl.support.atomic_write import check_unpacked
from emgctl.support.batches import batches
from emgctl.support.cache_folder import roomy_folder
from emgctl.support.free_memory import allowed_bytes, check_fits, may_write, on_trial
from emgctl.types import Samples

BLOCK_BYTES = 8 << 20


def room(path: Path, length: int, channels: int) -> Samples:
    """An array ``(length, channels)`` to be filled block by block with what is in ``path``.

    It is memory as long as it takes at most a quarter of what is free; else a file in the folder for caches, or in that
    for temporary files, which is gone when nothing refers to the array any more. A process that reads on trial keeps
    nothing and may not write files: there, all rows of a large array are the same one.

    Raises:
        FileError: it is larger than :func:`emgctl.support.atomic_write.most_bytes` and than the file itself would be
            as 32-bit numbers, or neither the memory nor the disk has room.
    """
    if 4 * length * channels > 4 * path.stat().st_size:  # a byte of a file becomes at most a sample of 32 bits
        check_unpacked(path, 4 * length * channels)
    return array_room(path, (length, channels), np.float32)


def array_room(path: Path, shape: tuple[int, ...], kind: DTypeLike) -> NDArray[Any]:
    """The same for an array of any kind, whose size the caller has checked.

    Raises:
        FileError: neither the memory nor the disk has room.
    """
    size = math.prod(shape) * np.dtype(kind).itemsize
    if size <= allowed_bytes():
        return np.empty(shape, kind)
    if on_trial():
        row = np.zeros(shape[1:], kind)
        return np.lib.stride_tricks.as_strided(row, shape, (0, *row.strides))
    if not may_write():
        check_fits(path, size)
        return np.empty(shape, kind)
    try:
        with tempfile.NamedTemporaryFile(prefix="emgctl-samples-", dir=roomy_folder(), delete=False) as file:
            found = np.memmap(file, kind, "w+", shape=shape)
    except OSError as error:
        raise FileError(
            path,
            f"takes {size / 1e9:.1f} GB, more than a quarter of the free memory, and the disk can't hold them",
            remedy="close other programs, free some space on the disk, or set EMGCTL_CACHE to a folder on a larger one",
        ) from error
    _remove(file.name)  # on Windows it can't be while it is mapped
    weakref.finalize(found, _remove, file.name)
    return found


def placed(
    path: Path, values: NDArray[Any], factor: float | np.float32 | NDArray[Any] = 1.0, columns: Any = None
) -> Samples:
    """``values (T, C)``, or some ``columns`` of them, times ``factor``, as samples in a room of their own.

    Raises:
        FileError: as of :func:`array_room`.
    """
    count = values.shape[1] if columns is None else len(columns)
    samples = array_room(path, (len(values), count), np.float32)
    for part in blocks(*values.shape):
        samples[part] = (values[part] if columns is None else values[part][:, columns]) * factor
    return samples


def finite(values: NDArray[Any]) -> bool:
    """Whether all of the numbers ``(T, C)`` are finite, looked at in blocks."""
    return all(bool(np.isfinite(values[part]).all()) for part in blocks(*values.shape))


def blocks(length: int, channels: int) -> Iterator[slice]:
    """Parts of an array ``(length, channels)`` that are small enough to be worked on in memory."""
    return batches(length, max(BLOCK_BYTES // (8 * max(channels, 1)), 1))


def _remove(name: str) -> None:
    with suppress(OSError):
        Path(name).unlink(missing_ok=True)
