"""Finds columns of a stream that repeat earlier content, at any period: the samples of a hanging device."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
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

    def find(self, rows: NDArray[np.generic], skip: NDArray[np.bool_] | None) -> NDArray[np.int64] | None:
        """The period in rows at which each column ``(N,)`` of ``rows`` ``(T, N)`` repeats at the end, 0 where none.

        None if no column repeats. One that does not change at all repeats at any period; ``skip`` ``(N,)`` marks
        columns to ignore.
        """
        count = len(rows)
        reach = min(self._reach, count - self.length)
        if reach < 1:
            return None
        same = rows[count - 1 - reach : count - 1] == rows[count - 1]
        if skip is not None:
            same &= ~skip
        for back in self._back:
            if not np.count_nonzero(same):
                return None
            newest = count - 1 - back
            same &= rows[newest - reach : newest] == rows[newest]
        if not np.count_nonzero(same):
            return None
        return np.where(same.any(axis=0), same[::-1].argmax(axis=0) + 1, 0)

    def may_find(self, rows: NDArray[np.generic], first: int, every: int) -> bool:
        """Whether :meth:`find` may find anything at the end of ``rows[:first]``, or ``every`` rows later, and so on.

        ``first`` is at least :attr:`needs`.
        """
        columns = np.ascontiguousarray(rows.T)
        newest = columns[:, first - 1 :: every]
        before = sliding_window_view(columns[:, :-1], self._reach, axis=1)[:, first - 1 - self._reach :: every]
        same = before == newest[:, :, None]
        column, end, place = np.unravel_index(np.flatnonzero(same), same.shape)
        for back in self._back:
            if not len(end):
                return False
            at = first - 1 - back + every * end
            kept = columns[column, at] == columns[column, at - self._reach + place]
            column, end, place = column[kept], end[kept], place[kept]
        return bool(len(end))
