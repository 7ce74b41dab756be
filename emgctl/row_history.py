"""The last rows of a stream, each as one number, to recognise samples that come again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgctl.types import Samples

Hashes = NDArray[np.uint64]
"""One number a row, ``(T,)``: equal where all channels of the rows are, and otherwise in none of 1e12 pairs."""

_SEED = 18  # of the weights; any would do


class RowHistory:
    """The hashes of the last ``length`` rows of ``channels``; rows that are not known match none."""

    def __init__(self, channels: int, length: int) -> None:
        rng = np.random.default_rng(_SEED)
        self._weights = rng.integers(1, 2**63, channels, np.uint64) * np.uint64(2) + np.uint64(1)
        self._length = length
        self._rows: Hashes = np.zeros(2 * length, np.uint64)
        self._known = np.zeros(2 * length, np.bool_)
        self._end = 0

    def hashed(self, samples: Samples) -> Hashes:
        """The hash of each row of ``samples`` ``(T, C)``."""
        bits = (samples.astype(np.float32, copy=False) + np.float32(0)).view(np.uint32)  # + 0: -0.0 is 0.0
        return np.asarray((bits * self._weights).sum(axis=1, dtype=np.uint64))

    def append(self, rows: Hashes) -> None:
        """Add rows at the end."""
        self._extend(rows[-self._length :], known=True)

    def forget(self, count: int) -> None:
        """Add ``count`` rows of which nothing is known."""
        self._extend(np.zeros(min(count, self._length), np.uint64), known=False)

    def clear(self) -> None:
        """Forget all rows."""
        self._end = 0

    def reaches(self, back: int) -> bool:
        """True when there are so many rows."""
        return back <= min(self._end, self._length)

    def holds(self, rows: Hashes, back: int) -> bool:
        """True when the rows that begin ``back`` rows before the end are ``rows``."""
        if not self.reaches(back):
            return False
        here = slice(self._end - back, self._end - back + len(rows))
        return bool(self._known[here].all() and (self._rows[here] == rows).all())

    def _extend(self, rows: Hashes, known: bool) -> None:
        count = len(rows)
        if self._end + count > len(self._rows):
            keep = min(self._end, self._length - count)
            self._rows[:keep] = self._rows[self._end - keep : self._end].copy()
            self._known[:keep] = self._known[self._end - keep : self._end].copy()
            self._end = keep
        self._rows[self._end : self._end + count] = rows
        self._known[self._end : self._end + count] = known
        self._end += count
