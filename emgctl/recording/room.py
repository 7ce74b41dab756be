"""Room for the samples of a recording: in memory, or in a file that is mapped where they would take too much of it."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np

from emgctl.errors import DeviceError, FileError
from emgctl.support.atomic_write import check_unpacked
from emgctl.support.batches import batches
from emgctl.support.cache_folder import cache_folder
from emgctl.support.free_memory import allowed_bytes, may_write
from emgctl.types import Samples

BLOCK_BYTES = 8 << 20


def room(path: Path, length: int, channels: int) -> Samples:
    """An array ``(length, channels)`` to be filled block by block with what is in ``path``.

    It is memory as long as it takes at most a quarter of what is free; else a file in the folder for caches, or in that
    for temporary files, which is gone when nothing refers to the array any more.

    Raises:
        FileError: it is larger than :func:`emgctl.support.atomic_write.most_bytes` and than the file itself would be
            as 32-bit numbers, or the disk has no room.
    """
    size = 4 * length * channels
    if size > 4 * path.stat().st_size:  # a 16-bit sample of a file becomes one of 32 bits, a byte at most four
        check_unpacked(path, size)
    if size <= allowed_bytes() or not may_write():
        return np.empty((length, channels), np.float32)
    try:
        with tempfile.NamedTemporaryFile(prefix="emgctl-samples-", dir=_folder(), delete=False) as file:
            found: Samples = np.memmap(file, np.float32, "w+", shape=(length, channels))
    except OSError as error:
        raise FileError(
            path,
            f"takes {size / 1e9:.1f} GB, more than a quarter of the free memory, and the disk can't hold them",
            remedy="close other programs, free some space on the disk, or set EMGCTL_CACHE to a folder on a larger one",
        ) from error
    _remove(file.name)  # on Windows it can't be while it is mapped
    weakref.finalize(found, _remove, file.name)
    return found


def blocks(length: int, channels: int) -> Iterator[slice]:
    """Parts of an array ``(length, channels)`` that are small enough to be worked on in memory."""
    return batches(length, max(BLOCK_BYTES // (8 * max(channels, 1)), 1))


def _folder() -> Path | None:
    """Where there is most room: the folder for caches; None for temporary files."""
    with suppress(OSError, DeviceError):
        folder = cache_folder()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        return folder
    return None


def _remove(name: str) -> None:
    with suppress(OSError):
        Path(name).unlink(missing_ok=True)
