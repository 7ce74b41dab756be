"""How far a grid was moved when it was put on anew, found from unlabelled movements.

With the right move undone, a model is sure of its decisions, and they are of all kinds: the mutual information between
windows and decisions is greatest (as in Bridle, Heading and MacKay, NIPS 1991). Each candidate is adapted to the
session without labels before it is judged, since level and skin have changed too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import ModelError, UsageError
from emgctl.inference.adaptation import shift_to
from emgctl.inference.model import Model, shifted
from emgctl.support.evenly_spaced import evenly_spaced
from emgctl.training.evaluation.stream_windows import stream_windows
from emgctl.types import Recording

ENOUGH_WINDOWS = 600


@dataclass(frozen=True, slots=True)
class GridShift:
    """A grid's move in rows and columns, and the mutual information (in nats) with it undone, and as it is."""

    rows: int
    columns: int
    information: float
    before: float


def find_move(
    model: Model, recordings: Sequence[Recording], progress: Callable[[int, int], None] = lambda _done, _all: None
) -> GridShift:
    """The move after which the model makes most of recordings, which need no labels, but several gestures.

    Rows are searched all around where they wrap, else up to half the grid either way, as columns are.

    Raises:
        ModelError: the model has no grid, or can't be adapted.
        UsageError: there is no whole window.
    """
    grid = model.card.signal.grid
    if grid is None or not model.adaptable:
        raise ModelError(
            model.path, "was not trained on a grid, so no move can be found", remedy="train one with: emgctl train grid"
        )
    windows = np.concatenate([stream_windows(model, one, model.card.hop)[1] for one in recordings])
    if not len(windows):
        raise UsageError("the recordings are shorter than a window")
    windows = windows[evenly_spaced(len(windows), ENOUGH_WINDOWS)]
    moves = candidates(grid, model.card.wraps)
    found = []
    for done, (rows, columns) in enumerate(moves, 1):
        there = windows[:, :, shifted(grid, rows, columns, model.card.wraps)]
        adapted = shift_to(model.run_batch(there)[2])
        found.append(information(model.run_batch(there, adapted)[0]))
        progress(done, len(moves))
    best = int(np.argmax(found))
    return GridShift(*moves[best], found[best], found[moves.index((0, 0))])


def candidates(grid: tuple[int, int], wraps: bool) -> list[tuple[int, int]]:
    """The moves that are tried, none first."""
    rows = range(grid[0]) if wraps else range(-(grid[0] // 2), grid[0] // 2 + 1)
    columns = range(-(grid[1] // 2), grid[1] // 2 + 1)
    return sorted(((row, column) for row in rows for column in columns), key=lambda move: move != (0, 0))


def information(probabilities: NDArray[np.float32]) -> float:
    """Mutual information between windows and labels, in nats: how varied, less how unsure the decisions are."""
    shares = probabilities.astype(np.float64) + 1e-9
    mean = shares.mean(axis=0)
    return float((shares * np.log(shares)).sum(axis=1).mean() - (mean * np.log(mean)).sum())
