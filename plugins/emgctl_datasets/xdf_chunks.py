"""Checks the chunks of an XDF file before pyxdf reads it, which allocates whatever they declare.

The format: https://github.com/sccn/xdf/wiki/Specifications.
"""

from __future__ import annotations

import re
from pathlib import Path

from emgctl.errors import FormatError
from emgctl.support.unpacking import Unpacked

STREAM_HEADER, SAMPLES, WITH_STREAM = 2, 3, (2, 3, 4, 6)

LARGEST_XML = 8 << 20
MOST_CHANNELS = 10_000
PIECE = 1 << 20
_CHANNELS = re.compile(rb"<channel_count>\s*(\d{1,9})\s*<")


def check_chunks(path: Path) -> int:
    """The number of samples in all streams of a file; refused is one that declares more than its chunks can hold.

    A chunk that is cut, and what is between it and the next boundary, is left to pyxdf, which leaves it out.

    Raises:
        FileError: one does, is not an XDF file, or unpacks to too much.
        OSError: it can't be read.
    """
    with Unpacked(path) as file:
        if file.read(4) != b"XDF:":
            raise FormatError(path, "is not an XDF file")
        channels: dict[bytes, int] = {}
        total = 0
        while True:
            at = file.tell()
            length = _number(file)
            if length is None:
                return total
            begin = file.tell()
            tag = int.from_bytes(file.read(2), "little")
            stream = file.read(4) if tag in WITH_STREAM else b""
            if tag == STREAM_HEADER:
                channels[stream] = _channels(path, file.read(min(length, LARGEST_XML + 1)), at)
            elif tag == SAMPLES:
                count = _number(file) or 0
                if count * (1 + channels.get(stream, 1)) > length:  # a sample takes a byte for its time and each value
                    raise FormatError(path, f"declares {count} samples in {length} bytes", f"chunk at byte {at}")
                total += count
            if length < 2 or not _skip(file, begin + length):
                return total


def _channels(path: Path, xml: bytes, at: int) -> int:
    place = f"chunk at byte {at}"
    if len(xml) > LARGEST_XML or b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:  # neither is in a real one
        raise FormatError(path, "is too large, or declares entities, which no XDF file does", place)
    found = _CHANNELS.search(xml)
    if found is None or not 0 < int(found[1]) <= MOST_CHANNELS:
        raise FormatError(path, f"has no channel_count between 1 and {MOST_CHANNELS}", place)
    return int(found[1])


def _number(file: Unpacked) -> int | None:
    """A number of 1, 4 or 8 bytes after the count of them; None at the file's end, or where there is none."""
    width = int.from_bytes(file.read(1), "little")
    data = file.read(width) if width in (1, 4, 8) else b""
    return int.from_bytes(data, "little") if width and len(data) == width else None


def _skip(file: Unpacked, place: int) -> bool:
    """Go to a byte; False where the file ends before it."""
    while (left := place - file.tell()) > 0:
        if not file.read(min(left, PIECE)):
            return False
    file.seek(place)
    return True
