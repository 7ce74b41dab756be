"""The unpacked size of a MATLAB file (version 5), found without unpacking it; and reading all of it once."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

from emgctl.errors import FormatError, missing_extra
from emgctl.support.atomic_write import check_unpacked

HEADER, COMPRESSED = 128, 15  # bytes; the type of an element that is packed with zlib (MAT-File Format, chapter 1)
PIECE = 1 << 20
LIBRARIES = ("scipy.io",)  # for emgctl.support.trial


def read_all(path: Path) -> None:
    """Read every variable.

    Raises:
        FileError: it holds more than :func:`emgctl.support.atomic_write.most_bytes`.
    """
    try:
        from scipy.io import loadmat
    except ImportError as error:
        raise missing_extra(str(path), "scipy", "datasets") from error
    _check_size(path)
    try:
        loadmat(path)
    except MemoryError:
        raise
    except Exception as error:  # scipy raises a dozen kinds for a file that is damaged, one an OSError of its own
        if isinstance(error, OSError) and error.errno:
            raise
        raise FormatError(path, f"can't be read as a MATLAB file: {error}") from error


def _check_size(path: Path) -> None:
    """Refuse a file whose packed variables hold too much, without keeping what they hold.

    Raises:
        FileError: they do.
    """
    total = 0
    with path.open("rb") as file:
        head = file.read(HEADER)
        order = "big" if head[126:128] == b"MI" else "little"
        while len(tag := file.read(8)) == 8:
            kind, count = (int.from_bytes(part, order) for part in (tag[:4], tag[4:]))  # type: ignore[arg-type]
            if kind == COMPRESSED:
                for size in _unpacked(file.read(count)):
                    total += size
                    check_unpacked(path, total)
            else:
                file.seek(count, 1)


def _unpacked(data: bytes) -> Iterator[int]:
    """The sizes of the pieces that packed data become; ends where they are damaged."""
    unpacker, left = zlib.decompressobj(), data
    try:
        while left and not unpacker.eof:
            piece = unpacker.decompress(left, PIECE)
            left = unpacker.unconsumed_tail
            yield len(piece)
    except zlib.error:
        return
