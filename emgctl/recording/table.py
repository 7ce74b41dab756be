"""Reads a table of numbers from text, and says exactly what is wrong with it."""

from __future__ import annotations

import csv
import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FileError, FormatError
from emgctl.support.atomic_write import read_text

MOST_COLUMNS = 10_000
LARGEST = float(np.finfo(np.float32).max)
"""Samples are 32-bit floats; what is larger would become infinite."""


@dataclass(frozen=True, slots=True)
class Table:
    """``values`` ``(rows, columns)`` float64 and the column names, () where the file has none."""

    values: NDArray[np.float64]
    names: tuple[str, ...]


def read_table(path: Path) -> Table:
    """The numbers in a text file, separated by comma, semicolon, tab or spaces; a first line of names is allowed.

    Raises:
        FileError: the file can't be read, is empty, has lines of different length, or holds something that is no
            finite number; with the line.
    """
    lines = read_text(path).splitlines()
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise FormatError(path, "is empty")
    separator = _separator(lines[first])
    head = _cells(lines[first], separator)
    if len(head) > MOST_COLUMNS:
        raise FormatError(path, f"has {len(head)} columns, more than {MOST_COLUMNS}", f"line {first + 1}")
    names = () if any(_is_number(cell) for cell in head) else tuple(head)
    skip = first + bool(names)
    if not any(line.strip() for line in lines[skip:]):
        raise FormatError(path, "has column names but no samples")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values = np.loadtxt(lines[skip:], np.float64, delimiter=separator, ndmin=2, comments=None, quotechar='"')
    except ValueError:
        values = None
    if values is None or not (np.abs(values) <= LARGEST).all() or (names and len(names) != values.shape[1]):
        raise _complaint(path, lines, skip, separator, len(head))
    return Table(values, names)


def _separator(line: str) -> str | None:
    return next((mark for mark in (";", "\t", ",") if mark in line), None)


def _cells(line: str, separator: str | None) -> list[str]:
    if separator is None:
        return line.split()
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]
    except csv.Error:  # a cell beyond csv's limit of 131072 characters
        return [line]


def _is_number(cell: str) -> bool:
    return (
        re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf|infinity)", cell, re.IGNORECASE) is not None
    )


def _complaint(path: Path, lines: list[str], skip: int, separator: str | None, columns: int) -> FileError:
    """Find the first line that is wrong: slow, but only ever done once."""
    for number, line in enumerate(lines[skip:], skip + 1):
        cells = _cells(line, separator)
        if not cells or not line.strip():
            continue
        if len(cells) != columns:
            return FormatError(path, f"has {len(cells)} columns, not {columns} like the lines before", f"line {number}")
        for cell in cells:
            if not _is_number(cell):
                shown = f"'{cell[:40]}' is not a number" if cell else "a number is missing"
                return FormatError(path, shown, f"line {number}")
            if not np.isfinite(float(cell)):
                return FormatError(path, f"'{cell[:40]}' is not a finite number", f"line {number}")
            if abs(float(cell)) > LARGEST:
                return FormatError(path, f"'{cell[:40]}' is too large for a sample", f"line {number}")
    return FormatError(path, "is not a table of numbers")
