"""Runs of equal values: where labels change, and where a mask is true."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray


def changes(*values: NDArray[Any]) -> NDArray[np.int64]:
    """The places at which one of several sequences of the same length differs from the value before it."""
    return np.flatnonzero(np.any([one[1:] != one[:-1] for one in values], axis=0)) + 1


def runs(*values: NDArray[Any]) -> list[tuple[int, int]]:
    """First place and end of each run in which none of several sequences of the same length changes."""
    return list(pairwise([0, *changes(*values).tolist(), len(values[0])])) if len(values[0]) else []


def true_runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First place and end of each run of True."""
    return [(first, end) for first, end in runs(mask) if mask[first]]
