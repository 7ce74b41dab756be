"""Finds columns of a stream that repeat what they held before, at any period: the samples of a device that hangs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_TESTED = 48  # rows of a window at most, spread evenly over it


class RepeatedWindow:
    """Looks for the last ``length`` rows in the ``reach`` rows before them.

    Each column is looked for by itself. Rows are compared from the newest back, and only at the periods at which all
    newer ones were equal: with a living signal hardly any is left after a few rows, which makes it cheap.
    """

    def __init__(self, length: int, reach: int) -> None:
        self.length, self._reach = length, reach
        step = -(-length // _TESTED)
        self._back = [*range(step, length - 1, step), length - 1]

    @property
    def needs(self) -> int:
        """How many rows :meth:`find` looks at."""
        return self.length + self._reach

    def find(self, rows: NDArray[np.generic], skip: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The period in rows at which each column ``(N,)`` of ``rows`` ``(T, N)`` repeats at the end, 0 where none.

        A column that does not change at all repeats at any period; ``skip`` ``(N,)`` has those not to look at.
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
