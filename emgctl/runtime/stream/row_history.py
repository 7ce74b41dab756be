"""The last rows of a stream as one number each, to recognize samples that are delivered again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgctl.runtime.stream.tail import Tail
from emgctl.types import Samples

Hashes = NDArray[np.uint64]
"""One number per row and group of channels, ``(T, G)``: equal if the channels are, and hardly ever otherwise."""

_ZERO = np.float32(0)
_SEED = 18  # of the weights; any value works


class RowHash:
    """Hashes rows per group of channels; ``firsts`` are the groups' first channels."""

    def __init__(self, channels: int, firsts: tuple[int, ...] = (0,)) -> None:
        odd = np.random.default_rng(_SEED).integers(0, 2**63, channels, np.uint64) * np.uint64(2) + np.uint64(1)
        self._weights, self._firsts = odd, np.array(firsts)

    def __call__(self, samples: Samples) -> Hashes:
        """The hashes ``(T, G)`` of ``samples`` ``(T, C)``."""
        bits = (samples.astype(np.float32, copy=False) + _ZERO).view(np.uint32)  # + 0: -0.0 is 0.0
        if len(self._firsts) == 1:
            return np.asarray(bits @ self._weights)[:, None]
        return np.asarray(np.add.reduceat(bits * self._weights, self._firsts, axis=1, dtype=np.uint64))


class RowHistory:
    """The last ``length`` rows of ``channels``; lost rows match nothing."""

    def __init__(self, channels: int, length: int) -> None:
        self._hash = RowHash(channels)
        self._length = length
        self._rows = Tail(length, 1, np.uint64)

    def hashed(self, samples: Samples) -> Hashes:
        """The stored form of ``samples`` ``(T, C)``."""
        return self._hash(samples)

    def append(self, rows: Hashes) -> None:
        """Add rows at the end."""
        self._rows.append(rows)

    def lose(self, count: int) -> None:
        """Add ``count`` lost rows."""
        self._rows.append(np.zeros((min(count, self._length), 1), np.uint64))

    def clear(self) -> None:
        """Forget all rows."""
        self._rows.clear()

    def reaches(self, back: int) -> bool:
        """Whether this many rows are stored."""
        return back <= len(self._rows)

    def covers(self, back: int, count: int) -> bool:
        """Whether none of the ``count`` rows starting ``back`` rows before the end was lost."""
        return self.reaches(back) and bool(self._rows.rows[len(self._rows) - back :][:count].all())

    def holds(self, rows: Hashes, back: int) -> bool:
        """Whether the rows starting ``back`` rows before the end equal ``rows``."""
        return self.reaches(back) and bool((self._rows.rows[len(self._rows) - back :][: len(rows)] == rows).all())
