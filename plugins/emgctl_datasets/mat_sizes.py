"""The unpacked size of a MATLAB file (version 5), found without keeping what it holds; and reading all of it once."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Literal

from emgctl.errors import FormatError, missing_extra
from emgctl.support.atomic_write import check_regular, check_unpacked
from emgctl.support.free_memory import check_fits

HEADER, COMPRESSED = 128, 15  # bytes; the type of an element that is packed with zlib (MAT-File Format, chapter 1)
PIECE = 1 << 20
Order = Literal["little", "big"]
VARIABLE = 14  # the type of an element that holds a variable
TIMES = 2.5  # its variables' size: what scipy takes to read a file
MOST_PACKED = 1032  # bytes that zlib makes of one at most
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


def check_memory(path: Path) -> None:
    """Refuse a file whose variables would take more memory than there is: scipy reads each of them as a whole.

    Raises:
        FileError: they would, or it is not a file.
    """
    check_regular(path)
    total = 0
    with path.open("rb") as file:
        for kind, count, order in _elements(file):
            total += max(_declared(file.read(min(count, 64)), count, order) if kind == COMPRESSED else 0, count)
    check_fits(path, round(TIMES * total))


def _declared(head: bytes, count: int, order: Order) -> int:
    """The size that a packed variable begins with, 0 where that can't be."""
    try:
        tag = zlib.decompressobj().decompress(head, 8)
    except zlib.error:
        return 0
    size = int.from_bytes(tag[4:], order)
    return size if int.from_bytes(tag[:4], order) == VARIABLE and size <= MOST_PACKED * count else 0


def _elements(file: IO[bytes]) -> Iterator[tuple[int, int, Order]]:
    """The type, size and byte order of each element of a file, which is then at the element's data."""
    head, end = file.read(HEADER), file.seek(0, 2)
    order: Order = "big" if head[126:128] == b"MI" else "little"
    at = HEADER
    while at + 8 <= end:
        file.seek(at)
        tag = file.read(8)
        kind, count = int.from_bytes(tag[:4], order), int.from_bytes(tag[4:], order)
        at += 8 + count
        if at > end:
            return  # cut off, or no such file
        yield kind, count, order


def _check_size(path: Path) -> None:
    """Refuse a file whose packed variables hold too much, without keeping what they hold.

    Raises:
        FileError: they do.
    """
    total = 0
    with path.open("rb") as file:
        for kind, count, _ in _elements(file):
            for size in _unpacked(file.read(count)) if kind == COMPRESSED else ():
                total += size
                check_unpacked(path, total)


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
