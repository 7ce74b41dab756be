"""Reads untrusted packed files, unpacking at most a given number of bytes, in memory and never to a folder.

pooch's processors are no substitute: they write complete archives to disk, without a limit.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import math
import os
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np

from emgctl.errors import FormatError
from emgctl.support.atomic_write import check_regular, check_unpacked, most_bytes, too_large

MOST_ARRAYS = 1000  # in one numpy archive

_PACKED: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}


class Unpacked:
    """A file opened for reading, unpacked if it is compressed with gzip, bzip2 or xz.

    Reading beyond the larger of :func:`~emgctl.support.atomic_write.most_bytes` and the file's size raises FileError.

    Raises:
        FileError: it is not a file.
        OSError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        check_regular(path)
        with path.open("rb") as file:
            head, size = file.read(6), os.fstat(file.fileno()).st_size
        open_packed = next((one for magic, one in _PACKED.items() if head.startswith(magic)), None)
        self._file: IO[bytes] = path.open("rb") if open_packed is None else open_packed(path, "rb")
        self._path, self._most = path, size if open_packed is None else max(most_bytes(), size)
        self.packed = open_packed is not None

    def __enter__(self) -> Unpacked:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def tell(self) -> int:
        """Position of the next byte."""
        return self._file.tell()

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        """Seek to a byte within the unpacking limit.

        Raises:
            FileError: it is beyond the limit.
        """
        if whence == os.SEEK_CUR:
            place, whence = self._file.tell() + place, os.SEEK_SET
        if whence == os.SEEK_SET and place > self._most:
            if self.packed:
                raise too_large(self._path, place, self._most)
            place = self._most  # nothing beyond
        return self._file.seek(place, whence)

    def read(self, count: int = -1) -> bytes:
        """Read the next bytes.

        Raises:
            FileError: the unpacking limit is exceeded.
        """
        left = max(self._most - self._file.tell(), 0)
        found = self._file.read(left + 1 if count < 0 else min(count, left + 1))
        if len(found) > left:
            raise too_large(self._path, self._most + 1, self._most)
        return found


def check_arrays(path: Path, file: IO[bytes] | None = None) -> None:
    """Reject a numpy .npz whose arrays are too large, by their declared sizes, before anything is unpacked.

    Args:
        path: the file, also for the error.
        file: read instead if the archive is part of the file.

    Raises:
        FileError: the arrays are too large.
        Exception: it is not an .npz file, or damaged.
    """
    total = 0
    with zipfile.ZipFile(path if file is None else file) as archive:
        if len(archive.infolist()) > MOST_ARRAYS:
            raise FormatError(path, f"contains more than {MOST_ARRAYS} arrays")
        for member in archive.infolist():
            total += max(member.file_size, _declared(archive, member))
            check_unpacked(path, total, f"array '{member.filename.removesuffix('.npy')}'")


def _declared(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> int:
    """The bytes that numpy will allocate, by the header; the data need not be there."""
    with archive.open(member) as file:
        shape, _, kind = array_header(file)
        return math.prod(shape) * kind.itemsize


def array_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """The shape, whether columns lie one behind the other, and the type of an array in numpy's format.

    Raises:
        ValueError: it is not in that format.
    """
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    return read(file)
