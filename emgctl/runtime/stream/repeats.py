"""Finds columns of a stream that repeat earlier content, at any period: the samples of a hanging device."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_TESTED = 48  # maximum number of rows per window, evenly spaced


class RepeatedWindow:
    """Searches for the last ``length`` rows in the ``reach`` rows before them.

    Each column is searched separately. Rows are compared from the newest backwards, and only at periods at which all
    newer ones were equal: with a live signal hardly any remain after a few rows, which makes it cheap.
    """

    def __init__(self, length: int, reach: int) -> None:
        self.length, self._reach = length, reach
        step = -(-length // _TESTED)
        self._back = [*range(step, length - 1, step), length - 1]

    @property
    def needs(self) -> int:
        """How many rows :meth:`find` needs."""
        return self.length + self._reach

    def find(self, rows: NDArray[np.generic], skip: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The period in rows at which each column ``(N,)`` of ``rows`` ``(T, N)`` repeats at the end, 0 where none.

        A column that does not change at all repeats at any period; ``skip`` ``(N,)`` marks columns to ignore.
        """
        count = len(rows)
        reach = min(self._reach, count - self.length)
        if reach < 1:
            return np.zeros(rows.shape[1], np.int64)
        same = rows[count - 1 - reach : count - 1] == rows[count - 1]
        if skip.any():
            same &= ~skip
        for back in self._back:
            if not same.any():
                return np.zeros(rows.shape[1], np.int64)
            newest = count - 1 - back
            same &= rows[newest - reach : newest] == rows[newest]
        shortest = reach - (reach - 1 - same[::-1].argmax(axis=0))
        return np.where(same.any(axis=0), shortest, 0)
