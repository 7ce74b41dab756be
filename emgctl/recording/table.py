"""Reads a table of numbers from text, and names exactly what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FormatError
from emgctl.recording.room import blocks
from emgctl.recording.tables.head import read_head
from emgctl.recording.tables.lines import sample_lines
from emgctl.recording.tables.values import LARGEST, line_of, read_values


@dataclass(frozen=True, slots=True)
class Table:
    """``values`` ``(rows, columns)`` float64 and the column names, () where the file has none."""

    values: NDArray[np.float64]
    names: tuple[str, ...]


def read_table(path: Path) -> Table:
    """The numbers in a text file in which none may be missing; a first line of names is allowed.

    Raises:
        FileError: the file can't be read, is empty, has lines of different length, or holds something that is no
            finite number; with the line.
    """
    lines, encoding = sample_lines(path)
    head = read_head(path, lines)
    values = read_values(path, head, encoding)
    wrong = np.zeros(len(values.rows), np.bool_)
    for part in blocks(*values.rows.shape):
        wrong[part] = ~(np.abs(values.rows[part]) <= LARGEST).all(axis=1)
    if values.words or wrong.any():
        row = int(np.argmax(wrong))
        problem = "is too large for a sample" if (np.abs(values.rows[row]) > LARGEST).any() else "is missing"
        what = "holds a word, not a number" if values.words else f"a number {problem}"
        raise FormatError(path, what, f"line {line_of(path, head, encoding, 0 if values.words else row)}")
    if values.cut:
        raise FormatError(path, "ends within a row", f"line {values.cut}")
    return Table(values.rows, head.names)
