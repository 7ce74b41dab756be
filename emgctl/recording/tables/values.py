"""The values of a table, read a block of lines at a time."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FormatError, quoted
from emgctl.recording.tables.cells import COMMENTS, clock_s, is_missing, is_number, numbers, split
from emgctl.recording.tables.head import Head
from emgctl.recording.tables.lines import Lines, line_blocks
from emgctl.recording.tables.store import RowStore

MOST_WORDS = 1000
"""Different words of a column; one that has more is left out."""
LARGEST = float(np.finfo(np.float32).max)
"""Samples are 32-bit floats; what is larger would become infinite."""
_LARGEST_ANYWHERE = 1e300
_SHOWN = 40  # characters of a cell in a message


@dataclass(frozen=True, slots=True)
class Values:
    """The cells of a table: ``rows`` ``(N, width)`` float64, NaN where one is missing.

    A column of words has their places in ``words[column]``; in one of dates are seconds. ``cut`` is the number of the
    last line if it was left out because the file ends within it, else 0.
    """

    rows: NDArray[np.float64]
    words: dict[int, tuple[str, ...]]
    cut: int = 0


@dataclass(slots=True)
class _Words:
    """The words of a column so far, each with its place; ``full`` once there are too many."""

    places: dict[str, int] = field(default_factory=dict)
    full: bool = False

    def of(self, cells: Sequence[str]) -> NDArray[np.float64]:
        """The places of the words of cells, NaN where they are missing."""
        found = np.full(len(cells), np.nan)
        if self.full:
            return found
        for at, cell in enumerate(cells):
            if cell and not is_missing(cell):
                found[at] = self.places.setdefault(cell[:_LONGEST_WORD], len(self.places))
        self.full = len(self.places) > MOST_WORDS
        return found


_LONGEST_WORD = 200


def read_values(path: Path, head: Head, encoding: str) -> Values:
    """All rows of a table.

    Raises:
        FileError: a line has another number of cells, or a cell is no number where others are; with the line.
    """
    reader = _Reader(path, head)
    store = RowStore(head.width, np.float64)
    for block in _from_line(line_blocks(path, encoding), head.first):
        rows, more = reader.block(block)
        if len(rows):
            store.add(rows)
        if not more:
            break
    words = {column: () if found.full else tuple(found.places) for column, found in reader.words.items()}
    return Values(store.rows(), words, reader.cut)


def _from_line(blocks: Iterator[Lines], first: int) -> Iterator[Lines]:
    """Blocks without the lines before ``first``."""
    for block in blocks:
        skipped = max(0, first - block.first)
        if skipped < len(block.text):
            yield Lines(block.first + skipped, block.text[skipped:], block.ended)


class _Reader:
    """Reads the blocks of one file."""

    def __init__(self, path: Path, head: Head) -> None:
        self._path, self._head = path, head
        self.words = {column: _Words() for column in head.words}
        self.cut = 0
        self._plain = not head.words and not head.clocks and not head.ragged

    def block(self, block: Lines) -> tuple[NDArray[np.float64], bool]:
        """The rows of a block, and whether the table goes on after it."""
        head, more = self._head, True
        if head.ends_at_blank:
            end = next((at for at, line in enumerate(block.text) if not line.strip(" ,;\t\r")), None)
            if end is not None:
                block, more = Lines(block.first, block.text[:end]), False
        there = [at for at, line in enumerate(block.text) if line.strip() and not line.lstrip().startswith(COMMENTS)]
        lines = block.text if len(there) == len(block.text) else [block.text[at] for at in there]
        if not lines:
            return np.empty((0, head.width)), more
        rows = self._quickly(lines) if self._plain else None
        return (self._carefully(block, there, lines) if rows is None else rows), more

    def _quickly(self, lines: Sequence[str]) -> NDArray[np.float64] | None:
        """The rows by numpy's reader of numbers, or None if it can't read them."""
        if self._head.decimal_comma:
            lines = [line.replace(",", ".") for line in lines]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                rows = np.loadtxt(
                    lines, np.float64, delimiter=self._head.separator, ndmin=2, comments=None, quotechar='"'
                )
        except ValueError:
            return None
        return None if rows.shape[1] != self._head.width or np.isinf(rows).any() else rows

    def _carefully(self, block: Lines, there: Sequence[int], lines: Sequence[str]) -> NDArray[np.float64]:
        """The rows cell by cell, where some are missing or words."""
        width = self._head.width
        cells = [self._fitted(split(line, self._head.separator)) for line in lines]
        if not block.ended and len(cells[-1]) < width:
            self.cut = block.first + there[-1]
            cells = cells[:-1]
        wrong = next((at for at, row in enumerate(cells) if len(row) != width), None)
        if wrong is not None:
            raise FormatError(
                self._path,
                f"has {len(cells[wrong])} columns, not {width} like the lines before",
                f"line {block.first + there[wrong]}",
            )
        rows = np.empty((len(cells), width))
        for column, found in enumerate(zip(*cells, strict=True)):
            if column in self.words:
                rows[:, column] = self.words[column].of(found)
            elif column in self._head.clocks:
                rows[:, column] = clock_s(list(found))
            else:
                rows[:, column] = self._numbers(block, there, list(found))
        return rows

    def _fitted(self, cells: list[str]) -> list[str]:
        """A row's cells, as many as there are columns if it may be shorter or longer."""
        width = self._head.width
        if len(cells) > width and (self._head.ragged or not any(cells[width:])):
            return cells[:width]
        return cells + [""] * (width - len(cells)) if self._head.ragged else cells

    def _numbers(self, block: Lines, there: Sequence[int], cells: list[str]) -> NDArray[np.float64]:
        comma = self._head.decimal_comma
        try:
            found = numbers(cells, comma)
            if not (np.abs(found) > _LARGEST_ANYWHERE).any():
                return found
        except ValueError:
            pass
        for at, cell in zip(there, cells, strict=False):
            if is_missing(cell) or (is_number(cell, comma) and abs(float(cell.replace(",", "."))) <= _LARGEST_ANYWHERE):
                continue
            problem = "is too large" if is_number(cell, comma) else _problem(cell)
            raise FormatError(self._path, f"'{quoted(cell, _SHOWN)}' {problem}", f"line {block.first + at}")
        raise FormatError(self._path, "is not a table of numbers", f"line {block.first}")


def _problem(cell: str) -> str:
    infinite = cell.casefold().lstrip("+-") in ("inf", "infinity")
    return "is not a finite number" if infinite else "is not a number"


def line_of(path: Path, head: Head, encoding: str, row: int) -> int:
    """The number of the line that row ``row`` of a table, counted from 0, stands in."""
    rows = (
        block.first + at
        for block in _from_line(line_blocks(path, encoding), head.first)
        for at, line in enumerate(block.text)
        if line.strip() and not line.lstrip().startswith(COMMENTS)
    )
    return next(islice(rows, row, None), head.first)
