"""The lines of a text file of any size and usual encoding, a block at a time."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emgctl.errors import FileError, FormatError
from emgctl.support.atomic_write import check_regular

SAMPLE = 1 << 18
"""Bytes at the beginning of a file that its head is looked for in."""
BLOCK = 1 << 22
LONGEST_LINE = 1 << 20
_ENCODINGS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CONTROL = frozenset(range(32)) - {9, 10, 12, 13}


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of a file: ``first`` is the number of the first of them; ``ended`` is False where the last has no end."""

    first: int
    text: list[str]
    ended: bool = True


def sample_lines(path: Path) -> tuple[list[str], str]:
    """The lines at the beginning of a file, without one that is not complete there, and its encoding.

    Raises:
        FileError: it can't be read, is no text or has a line without end.
    """
    start, whole = _start(path)
    encoding = _encoding(path, start)
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)("replace"), translate=True)
    lines = decoder.decode(start, final=whole).split("\n")
    rest = lines.pop()
    if whole and rest:
        lines.append(rest)
    elif not lines and not whole:
        raise _endless(path, 1)
    return lines, encoding


def line_blocks(path: Path, encoding: str) -> Iterator[Lines]:
    """All lines, some megabytes at a time; bytes that are none of the encoding are replaced.

    Raises:
        FileError: the file can't be read, or has a line without end.
    """
    number, rest = 1, ""
    try:
        with path.open(encoding=encoding, errors="replace") as file:
            while chunk := file.read(BLOCK):
                lines = (rest + chunk).split("\n")
                rest = lines.pop()
                if len(rest) > LONGEST_LINE:
                    raise _endless(path, number + len(lines))
                yield Lines(number, lines)
                number += len(lines)
    except OSError as error:
        raise FileError.from_os(path, "read", error) from error
    if rest:
        yield Lines(number, [rest], ended=False)


def _start(path: Path) -> tuple[bytes, bool]:
    """The first bytes of a file, and whether they are all."""
    check_regular(path)
    try:
        with path.open("rb") as file:
            start = file.read(LONGEST_LINE)
    except OSError as error:
        raise FileError.from_os(path, "read", error) from error
    at = start.rfind(b"\n", 0, SAMPLE)
    if len(start) < SAMPLE or at < 0:  # a first line may be longer than a sample
        return start, len(start) < LONGEST_LINE
    return start[: at + 1], False


def _encoding(path: Path, start: bytes) -> str:
    """UTF-8 or UTF-16, or else the Latin letters of Windows, in which programs write micro signs.

    Raises:
        FileError: it is no text.
    """
    for mark, encoding in _ENCODINGS:
        if start.startswith(mark):
            return encoding
    if 2 * start[1::2].count(0) > len(start[1::2]) and 0 not in start[::2]:
        return "utf-16-le"
    found = next((at for at, byte in enumerate(start[:SAMPLE]) if byte in _CONTROL), None)
    if found is not None:
        raise FormatError(path, f"is not text: byte {found + 1} is a control character")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _endless(path: Path, number: int) -> FormatError:
    return FormatError(path, f"is longer than {LONGEST_LINE} characters, which no row is", f"line {number}")
