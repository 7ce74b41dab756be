"""Packed files that may be anybody's, of which no more than a stated number of bytes is ever unpacked."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
from pathlib import Path
from typing import IO, Any

from emgctl.files import check_regular, most_bytes, too_large

_PACKED: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}


class Unpacked:
    """A file to be read, unpacked if it is packed with gzip, bzip2 or xz.

    Reading beyond the larger of :func:`emgctl.files.most_bytes` and the file's own size raises FileError.

    Raises:
        FileError: it is no file.
        OSError: it can't be opened.
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
        """The byte that is next."""
        return self._file.tell()

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        """Go to a byte, which is not beyond the most that is unpacked.

        Raises:
            FileError: it is.
        """
        if whence == os.SEEK_CUR:
            place, whence = self._file.tell() + place, os.SEEK_SET
        if whence == os.SEEK_SET and place > self._most:
            if self.packed:
                raise too_large(self._path, place, self._most)
            place = self._most  # there is nothing
        return self._file.seek(place, whence)

    def read(self, count: int = -1) -> bytes:
        """The next bytes.

        Raises:
            FileError: there are more than may be unpacked.
        """
        left = max(self._most - self._file.tell(), 0)
        found = self._file.read(left + 1 if count < 0 else min(count, left + 1))
        if len(found) > left:
            raise too_large(self._path, self._most + 1, self._most)
        return found
