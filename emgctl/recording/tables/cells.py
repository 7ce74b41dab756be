"""The cells of a line: numbers, missing values, dates and words."""

from __future__ import annotations

import csv
import re

import numpy as np
from numpy.typing import NDArray

LONGEST_CELL = 100
"""Characters of a number or a date; no more are looked at."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_COMMA_NUMBER = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?", re.ASCII)
_MISSING = frozenset(
    (
        "",
        "nan",
        "-nan",
        "na",
        "n/a",
        "#n/a",
        "#num!",
        "null",
        "none",
        "-",
        "--",
        "nan(ind)",
        "-nan(ind)",
        "1.#qnan",
        "-1.#ind",
    )
)
_CLOCK = re.compile(r"(\d{4}[-/]\d\d?[-/]\d\d?[T ])?\d\d?:\d\d:\d\d([.,:]\d+)?Z?")
COMMENTS = ("#", "%", "//")


def split(line: str, separator: str | None) -> list[str]:
    """The cells of a line, without the blanks and quotation marks around them; None separates by blanks."""
    if separator is None:
        return line.replace('"', "").split()
    if '"' in line:
        try:
            return [cell.strip() for cell in next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])]
        except csv.Error:  # a cell beyond csv's limit of 131072 characters
            return [line]
    return [cell.strip() for cell in line.split(separator)]


def is_number(cell: str, decimal_comma: bool = False) -> bool:
    """Whether a cell is a finite number, with a point or, where that is allowed, a comma."""
    if len(cell) > LONGEST_CELL:
        return False
    return _NUMBER.fullmatch(cell) is not None or (decimal_comma and _COMMA_NUMBER.fullmatch(cell) is not None)


def has_decimal_comma(cell: str) -> bool:
    """Whether a cell is a number with a comma."""
    return len(cell) <= LONGEST_CELL and _COMMA_NUMBER.fullmatch(cell) is not None


def is_missing(cell: str) -> bool:
    """Whether a cell states that there is no value."""
    return len(cell) <= LONGEST_CELL and cell.casefold() in _MISSING


def is_clock(cell: str) -> bool:
    """Whether a cell is a time of day, with or without its date."""
    return len(cell) <= LONGEST_CELL and _CLOCK.fullmatch(cell) is not None


def is_comment(line: str) -> bool:
    """Whether a line is a comment."""
    return line.lstrip().startswith(COMMENTS)


def without_mark(line: str) -> str:
    """A comment without the characters that mark it as one."""
    return line.strip().lstrip("#%/").strip()


def numbers(cells: list[str], decimal_comma: bool) -> NDArray[np.float64]:
    """The values of cells, NaN where they are missing.

    Raises:
        ValueError: one is no number.
    """
    if max(map(len, cells), default=0) > LONGEST_CELL:
        raise ValueError("a cell is too long for a number")
    if decimal_comma:
        cells = [cell.replace(",", ".") for cell in cells]
    try:
        return np.array(cells).astype(np.float64)
    except ValueError:
        return np.array(["nan" if is_missing(cell) else cell for cell in cells]).astype(np.float64)


def clock_s(cells: list[str]) -> NDArray[np.float64]:
    """The seconds that dates or times of day stand for, NaN where they can't be read."""
    found = np.full(len(cells), np.nan)
    for place, cell in enumerate(cells):
        if not is_clock(cell):
            continue
        day, _, time = cell.rstrip("Z").replace("T", " ").rpartition(" ")
        hours, minutes, seconds = re.sub(r"[,:](\d+)$", r".\1", time, count=time.count(":") > 2 or "," in time).split(
            ":"
        )
        found[place] = 3600 * int(hours) + 60 * int(minutes) + float(seconds)
        if day:
            try:
                date = np.datetime64("-".join(part.zfill(2) for part in re.split("[-/]", day)), "D")
            except ValueError:
                found[place] = np.nan
                continue
            found[place] += 86400.0 * date.astype(np.int64)
    return found
