"""Tables without a head that look like a known program's: refused, as their columns can't be identified."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import FormatError
from emgctl_files.text_boards import SINCE, UNTIL
from emgctl_files.text_layout import Layout

WIDE = 12  # columns of a board's recording at least: electrodes, motion and others
ROWS = 1000  # that are looked at


def check_headless(path: Path, layout: Layout, rows: NDArray[np.float64]) -> None:
    """Refuse a table whose head is cut off.

    Raises:
        FormatError: it is one, with the program that wrote it.
    """
    head = layout.head
    if head.names or layout.format or head.width < 4:
        return
    start = np.asarray(rows[:ROWS])
    steps = np.diff(start[:, 0])
    counted = len(steps) > 1 and float(np.mean((steps == 1) | (steps <= -3))) > 0.95
    since_1970 = bool((np.nanmin(start[:, 1:], axis=0, initial=UNTIL) > SINCE).any())
    program = ""
    if head.width >= WIDE and counted and (head.clocks or since_1970):
        program = "OpenBCI" if head.clocks else "BrainFlow or OpenBCI"
    elif head.separator == "\t" and counted and np.isnan(start[:, -1]).all() and np.isin(start[:, 1], (0, 1)).all():
        program = "OpenSignals"
    if program:
        raise FormatError(
            path,
            f"this looks like an {program} recording whose header is cut off" if program[0] == "O" else
            f"this looks like a {program} recording whose header is cut off",
            f"line {head.first}",
            "name the electrodes' columns with --columns, and the rate with --rate",
        )  # fmt: skip
