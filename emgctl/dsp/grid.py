"""Electrode grids: the position of each channel, and montages, which are weighted sums of neighbors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import did_you_mean

Places = NDArray[np.int64]
"""``(rows, columns)`` of channel numbers from 0, -1 for no electrode."""

Montage = Literal["monopolar", "differential", "double_differential", "laplacian"]


def by_rows(rows: int, columns: int) -> Places:
    """Electrodes in reading order."""
    return np.arange(rows * columns).reshape(rows, columns)


def by_columns(rows: int, columns: int) -> Places:
    """Electrodes numbered down the first column, then down the next."""
    return by_rows(columns, rows).T


def _snake_13x5() -> Places:
    """OT Bioelettronica's GR08MM1305 and similar: 64 electrodes, none in the first corner, columns up and down.

    As drawn by openhdemg 0.1 with the connector towards the person (its orientation 180).
    """
    rows = np.arange(13)
    columns = [rows, 25 - rows, 26 + rows, 51 - rows, 52 + rows]
    return np.stack(columns, axis=1) - 1  # in openhdemg, electrodes count from 1 and the missing one is 0


ADAPTERS: dict[str, Places] = {
    "8x8": by_columns(8, 8)[::-1],  # GR10MM0808, as I-Spin live draws it: electrode 1 at the bottom left, upwards
    "8x4": by_columns(8, 4)[::-1],
    "13x5": _snake_13x5(),
    "16x4": by_columns(16, 4),
    "8x24": by_rows(8, 24),
    "8x8-rows": by_rows(8, 8),
    "16x4-rows": by_rows(16, 4),
}
"""Electrode layouts of adapters; any other grid is described by its channel numbers."""


def grid_layout(grid: str | Sequence[Sequence[int]]) -> Places:
    """The layout of an adapter by its name, or of a grid by its rows as people count; see :func:`parse_grid`.

    Raises:
        ValueError: there is no such adapter, or the rows do not form a grid.
    """
    if not isinstance(grid, str):
        return parse_grid(grid)
    if grid not in ADAPTERS:
        raise ValueError(f"there is no grid '{grid}'{did_you_mean(grid, ADAPTERS)}")
    return ADAPTERS[grid]


def concatenate(places: Sequence[Places], how: Literal["across", "down"]) -> Places:
    """Combine several grids, side by side or below each other, with their channels numbered consecutively.

    Raises:
        ValueError: their sizes do not match.
    """
    counted, first = [], 0
    for one in places:
        counted.append(np.where(one >= 0, one + first, -1))
        first += int((one >= 0).sum())
    sizes = {one.shape[how == "down"] for one in places}
    if len(sizes) != 1:
        shapes = " and ".join(f"{rows}x{columns}" for rows, columns in (one.shape for one in places))
        raise ValueError(f"grids of {shapes} cannot be combined {how}")
    return np.concatenate(counted, axis=1 if how == "across" else 0)


def parse_grid(numbers: Sequence[Sequence[int]]) -> Places:
    """A grid from rows of channel numbers counted from 1, with 0 for no electrode.

    Raises:
        ValueError: the rows differ in length, or a channel occurs twice.
    """
    if len({len(row) for row in numbers}) != 1:
        raise ValueError("the rows of a grid must be of the same length")
    places = np.array(numbers, np.int64) - 1
    known = np.sort(places[places >= 0])
    if len(known) != len(np.unique(known)):
        raise ValueError("a channel occurs twice in the grid")
    return places


def montage_matrix(places: Places, montage: Montage, channels: int) -> NDArray[np.float32]:
    """The matrix ``(rows * columns, channels)`` that converts a device's channels to a full grid, row by row.

    A position without an electrode gets the mean of its neighbors. ``differential`` is along the columns, towards the
    next row (one row fewer), ``double_differential`` between the two adjacent rows (two fewer), ``laplacian`` the
    electrode minus the mean of its up to four neighbors.

    Raises:
        ValueError: the grid names a channel that the device does not have.
    """
    if places.max() >= channels:
        raise ValueError(f"the grid has channel {places.max() + 1}, but there are only {channels}")
    rows, columns = places.shape
    full = np.zeros((rows, columns, channels), np.float32)
    for row, column in np.ndindex(rows, columns):
        from_here = [(row, column)] if places[row, column] >= 0 else neighbors(places.shape, row, column)
        there = [places[place] for place in from_here if places[place] >= 0]
        full[row, column, there] = 1 / max(len(there), 1)
    if montage == "differential":
        full = full[1:] - full[:-1]
    elif montage == "double_differential":
        full = full[2:] - 2 * full[1:-1] + full[:-2]
    elif montage == "laplacian":
        means = [
            np.mean([full[place] for place in neighbors(places.shape, row, column)], axis=0)
            for row, column in np.ndindex(rows, columns)
        ]
        full = full - np.array(means, np.float32).reshape(full.shape)
    return full.reshape(-1, channels)


def neighbors(shape: tuple[int, ...], row: int, column: int) -> list[tuple[int, int]]:
    """The positions above, below and beside one, within the grid."""
    around = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
    return [(r, c) for r, c in around if 0 <= r < shape[0] and 0 <= c < shape[1]]


def size_after(shape: tuple[int, int], montage: Montage) -> tuple[int, int]:
    """Number of rows and columns after a montage."""
    lost = {"differential": 1, "double_differential": 2}.get(montage, 0)
    return shape[0] - lost, shape[1]
