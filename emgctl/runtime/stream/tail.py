"""The last rows of a stream, always contiguous."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)


class Tail(Generic[Scalar]):
    """Keeps the last ``length`` rows of ``width`` columns; ``rows`` is a view of them, oldest first."""

    def __init__(self, length: int, width: int, dtype: type[Scalar]) -> None:
        self._length = length
        self._buffer: NDArray[Scalar] = np.zeros((2 * length, width), dtype)
        self._end = 0

    def __len__(self) -> int:
        return min(self._end, self._length)

    @property
    def rows(self) -> NDArray[Scalar]:
        """The rows, ``(N, width)`` with ``N`` at most ``length``; valid until the next ``append``."""
        return self._buffer[self._end - len(self) : self._end]

    def padded(self, value: float) -> NDArray[Scalar]:
        """A copy of the rows, behind as many with this ``value`` as there may be more."""
        missing = np.full((self._length - len(self), self._buffer.shape[1]), value, self._buffer.dtype)
        return np.concatenate((missing, self.rows))

    def append(self, rows: NDArray[Any]) -> None:
        """Add rows ``(T, width)`` at the end."""
        rows = rows[-self._length :]
        if self._end + len(rows) > len(self._buffer):
            kept = self.rows[max(0, len(self) + len(rows) - self._length) :].copy()
            self._buffer[: len(kept)] = kept
            self._end = len(kept)
        self._buffer[self._end : self._end + len(rows)] = rows
        self._end += len(rows)

    def clear(self) -> None:
        """Forget all rows."""
        self._end = 0
