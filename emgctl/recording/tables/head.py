"""Where the numbers of a text file begin, how its cells are separated, and what stands above them."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from emgctl.errors import FormatError, quoted
from emgctl.recording.tables.cells import (
    has_decimal_comma,
    is_clock,
    is_comment,
    is_missing,
    is_number,
    split,
    without_mark,
)
from emgctl.recording.units import is_unit

MOST_COLUMNS = 10_000
_SEPARATORS = ("\t", ";", ",", None)
_LOOKED_AT = 400  # lines, which is enough to recognize a table's form
_FEWEST_NUMBERED = 4  # columns of a line 0, 1, 2, 3 that is taken as the names that pandas gives


@dataclass(frozen=True, slots=True)
class Head:
    """The form of a table: ``first`` is the number of its first row's line, ``width`` its number of cells.

    ``names`` and ``units`` have one text a column, or are empty. ``preamble`` holds the lines above the names, each as
    it is. ``words`` are the columns that hold words, ``clocks`` those that hold dates or times of day, ``blanks`` those
    that hold nothing in the first rows.
    """

    separator: str | None
    decimal_comma: bool
    first: int
    width: int
    names: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    preamble: tuple[str, ...] = ()
    words: frozenset[int] = frozenset()
    clocks: frozenset[int] = frozenset()
    blanks: frozenset[int] = frozenset()
    row: tuple[float, ...] = ()
    """The numbers of the first row, NaN where it has none."""
    ends_at_blank: bool = False
    ragged: bool = False
    """Whether rows may be shorter or longer: what is missing at their end is missing, what is more is left out."""


def read_head(path: Path, lines: Sequence[str], before: int = 0) -> Head:
    """The head of a table whose lines begin with these; ``before`` lines of the file are not among them.

    Raises:
        FormatError: it is empty, or holds no table of numbers.
    """
    there = [at for at, line in enumerate(lines) if line.strip()]
    if not there:
        raise FormatError(path, "is empty")
    rows = [at for at in there if not is_comment(lines[at])]
    separator, width = _form(lines, rows[:_LOOKED_AT])
    if not width:
        raise _no_table(path, lines, there)
    cells = {at: split(lines[at], separator) for at in rows[:_LOOKED_AT]}
    comma = separator != "," and _has_commas(cells)
    like = [row for row in cells.values() if len(row) == width and _share(row, comma)]
    numeric = {
        column
        for column in range(width)
        if 2 * sum(is_number(row[column], comma) for row in like)
        >= sum(not is_missing(row[column]) for row in like)
        > 0
    }
    data = [at for at in cells if _is_row(cells[at], width, numeric, comma)]
    if not data:
        raise _no_table(path, lines, there)
    start = data[0]
    numbered: tuple[str, ...] = ()
    if len(data) > 1 and _are_numbers_as_names(cells[data[0]], cells[data[1]]):
        numbered, start = tuple(cells[data[0]]), data[1]
    if width > MOST_COLUMNS:
        raise FormatError(path, f"has {width} columns, more than {MOST_COLUMNS}", f"line {start + before + 1}")
    above = [at for at in there if at < (data[0] if numbered else start)]
    names, units, above = (numbered, (), above) if numbered else _titles(lines, above, separator, width)
    if separator is not None and len(above) == 1 and not names:
        _check_names(path, lines[above[0]], separator, width, above[0] + before + 1)
    first = cells[start]
    words = frozenset(
        column
        for column in range(width)
        if column not in numeric and any(not is_missing(row[column]) for row in like)
    )  # fmt: skip
    clocks = frozenset(column for column in words if is_clock(first[column]))
    head = Head(
        separator,
        comma,
        start + before + 1,
        width,
        names,
        units,
        tuple(lines[at] for at in above),
        words - clocks,
        clocks,
        frozenset(range(width)) - words - numeric,
        tuple(float(cell.replace(",", ".")) if is_number(cell, comma) else math.nan for cell in first),
    )
    _check_commas(path, head, [cells[at] for at in data])
    return head


def _form(lines: Sequence[str], rows: Sequence[int]) -> tuple[str | None, int]:
    """The separator that makes most cells numbers, and how many cells a row then has; 0 if none makes numbers."""
    best: tuple[float, int, str | None, int] = (0.0, 0, None, 0)
    for separator in _SEPARATORS:
        if separator is not None and not any(separator in lines[at] for at in rows):
            continue
        found = [split(lines[at], separator) for at in rows]
        comma = separator not in (",", None)
        for least in (0.5, 0.0):
            widths = Counter(len(cells) for cells in found if _share(cells, comma) > least)
            if widths:
                break
        if not widths:
            continue
        width = widths.most_common(1)[0][0]
        shares = [_share(cells, comma) for cells in found if len(cells) == width]
        like = [one for one in shares if one]
        share = sum(like) / max(len(like), 1)
        score = (round(share * min(1.0, 0.5 + len(like) / len(rows)), 3), width)
        if score > best[:2]:
            best = (*score, separator, width)
    return best[2], best[3]


def _share(cells: Sequence[str], comma: bool) -> float:
    """The share of a line's cells that are numbers, or missing; 0 if none is a number."""
    count = sum(is_number(cell, comma) for cell in cells)
    return (count + sum(is_missing(cell) for cell in cells)) / len(cells) if count else 0.0


def _has_commas(cells: dict[int, list[str]]) -> bool:
    every = [cell for row in cells.values() for cell in row]
    return any(has_decimal_comma(cell) for cell in every) and not any(
        "." in cell and is_number(cell) for cell in every[len(every) // 2 :]
    )


def _is_row(cells: Sequence[str], width: int, numeric: set[int], comma: bool) -> bool:
    """Whether a line is a row of the table: where others have numbers, it has them or none."""
    if len(cells) != width:
        return False
    found = [cells[column] for column in numeric]
    return any(is_number(cell, comma) for cell in found) and all(
        is_number(cell, comma) or is_missing(cell) for cell in found
    )


def _are_numbers_as_names(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether the first line only numbers the columns, as pandas does where they have no names."""
    counted = [cell for cell in first if cell]
    plain = [cell for cell in counted if cell.isascii() and cell.isdigit()]
    if len(plain) < _FEWEST_NUMBERED or len(first) - len(plain) > 2 or list(first[:2]) == list(second[:2]):
        return False
    begin = int(plain[0])
    return begin in (0, 1) and [int(cell) for cell in plain] == list(range(begin, begin + len(plain)))


def _titles(
    lines: Sequence[str], above: list[int], separator: str | None, width: int
) -> tuple[tuple[str, ...], tuple[str, ...], list[int]]:
    """The names and units of the columns in the lines above the first row, and the lines that are left."""
    units: tuple[str, ...] = ()
    for back in (1, 2):
        if len(above) < back:
            break
        cells = _titles_of(lines[above[-back]], separator, width)
        if cells is None:
            break
        if back == 1 and len(above) > 1 and _are_units(cells):
            units = cells
            continue
        return cells, units, above[:-back]
    return (), units, above[: len(above) - bool(units)]


def _check_names(path: Path, line: str, separator: str, width: int, number: int) -> None:
    """Refuse a table whose only line above the numbers names another number of columns than there are.

    Raises:
        FormatError: it does.
    """
    cells = split(line, separator)
    if not is_comment(line) and not re.search(r"[:=]", line) and any(cells) and (len(cells) > 1 or width == 2):
        hint = (
            "decimal commas need another character between the columns"
            if separator == ","
            else "give each column a name"
        )
        raise FormatError(path, f"has {len(cells)} names and {width} columns", f"line {number}", hint)


def _titles_of(line: str, separator: str | None, width: int) -> tuple[str, ...] | None:
    """One text a column, or None where a line has another number of them."""
    text = without_mark(line) if is_comment(line) else line
    cells = split(text, separator)
    if len(cells) > width and not any(cells[width:]):
        cells = cells[:width]
    if len(cells) == width - 1 and width > 1 and any(cells):
        last = separator is not None and len(split(text + separator, separator)) == width
        cells = [*cells, ""] if last and is_comment(line) else cells
    if len(cells) == width - 1 and '"' in line:  # R does not name the column of the rows' names
        cells = ["", *cells]
    if len(cells) != width or not any(cells) or ((width == 1 or is_comment(line)) and re.search(r"[:={}]", text)):
        return None
    return tuple(cells)


def _are_units(cells: Sequence[str]) -> bool:
    """Whether all cells are units, or empty."""
    return any(cells) and all(not cell or is_unit(cell.strip("()[] ")) for cell in cells)


def _check_commas(path: Path, head: Head, rows: Sequence[Sequence[str]]) -> None:
    """Refuse decimal commas between columns that are separated by commas, too: a wrong guess would pass as samples.

    Raises:
        FormatError: it looks so.
    """
    if head.separator != "," or head.width % 2 or any("." in cell for row in rows for cell in row):
        return
    after = [cell for row in rows for cell in row[1::2]]
    begun = sum(re.fullmatch(r"0\d+", cell) is not None for cell in after)
    if 10 * begun > len(after):
        raise FormatError(
            path,
            "has commas both in its numbers and between them",
            f"line {head.first}",
            "export it with semicolons or tabs between the columns",
        )


def _no_table(path: Path, lines: Sequence[str], there: Sequence[int]) -> FormatError:
    """The error for a text without numbers: a head alone, or something else."""
    last = lines[there[-1]]
    if len(there) <= 1 or is_comment(last):
        names = any(separator in last for separator in "\t;,") or is_comment(last)
        if names or len(there) > 1:
            return FormatError(path, "has column names but no samples" if names else "holds no table of numbers")
    return FormatError(path, f"holds no table of numbers (it begins with '{quoted(lines[there[0]].strip(), 60)}')")
