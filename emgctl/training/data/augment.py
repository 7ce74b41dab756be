"""More windows of a grid than were recorded: moved a little, and with electrodes that their neighbours fill in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from emgctl.dsp.grid import neighbors
from emgctl.inference.model import shifted
from emgctl.training.data.training_set import LabelledWindows

MOST = 20_000  # windows; on more than that there is variety enough
FILLED = 0.15  # share of the electrodes in a copy that are filled in
MOVES = ((1, 0), (-1, 0), (0, 1), (0, -1))


def augmented(part: LabelledWindows, grid: tuple[int, int], wraps: bool, seed: int) -> LabelledWindows:
    """The part and as many windows again, each moved by an electrode one way or another, some electrodes filled in."""
    count = len(part.labels)
    if count > MOST:
        return part
    rng = np.random.default_rng([seed, count])
    windows = part.windows.copy()
    which = rng.integers(len(MOVES), size=count)
    for number, move in enumerate(MOVES):
        there = which == number
        windows[there] = windows[there][:, :, shifted(grid, *move, wraps)]
    filled = rng.random((count, grid[0] * grid[1])) < FILLED
    for place in range(grid[0] * grid[1]):
        around = [row * grid[1] + column for row, column in neighbors(grid, *divmod(place, grid[1]))]
        windows[filled[:, place], :, place] = windows[filled[:, place]][:, :, around].mean(axis=2)

    return replace(
        part,
        windows=np.concatenate([part.windows, windows]),
        labels=np.tile(part.labels, 2),
        sessions=None if part.sessions is None else np.tile(part.sessions, 2),
        force_n=None if part.force_n is None else np.tile(part.force_n, 2),
    )
