"""Tables without a head, as the libraries of boards write them: known by their width and by where the time stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from emgctl_files.text_layout import Column, Layout
from emgctl_files.text_names import Role

BRAINFLOW: Mapping[int, int] = {
    4: 1,
    5: 2,
    8: 4,
    11: 8,
    12: 8,
    13: 8,
    14: 8,
    15: 4,
    24: 8,
    32: 16,
    35: 32,
    36: 32,
    131: 128,
}
"""The EMG channels of BrainFlow's boards by the number of columns; they follow the counter, which comes first."""
IN_COUNTS = (5, 11)
"""The numbers of columns of gForce armbands, which deliver counts; other boards deliver microvolts."""
SINCE, UNTIL = 1e9, 4e9
"""Seconds since 1970 that a time stamp lies between."""


@dataclass(frozen=True, slots=True)
class Board:
    """Where a board's library puts the channels and the time stamp."""

    library: str
    electrodes: range
    time: int
    unit: str = ""


def board_layout(layout: Layout) -> Layout:
    """The layout of a table without a head if it is one of a board, else as it was."""
    board = _board(layout.head.width)
    first = layout.head.row
    if board is None or len(first) != layout.head.width or not SINCE < first[board.time] < UNTIL:
        return layout
    columns = []
    for place in range(layout.head.width):
        role = Role.ELECTRODE if place in board.electrodes else Role.TIME if place == board.time else Role.OTHER
        columns.append(Column(f"EMG {place - board.electrodes.start + 1}" if role is Role.ELECTRODE else "", "", role))
    return replace(layout, columns=tuple(columns), unit=board.unit, format=board.library)


def _board(width: int) -> Board | None:
    if width in (39, 41):
        return Board("MindRove", range(8), 27)
    if width in BRAINFLOW:
        return Board("BrainFlow", range(1, 1 + BRAINFLOW[width]), width - 2, "" if width in IN_COUNTS else "uV")
    return None
