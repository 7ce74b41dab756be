"""Rows that are collected a block at a time, in memory or, where they are many, in a file that is mapped."""

from __future__ import annotations

import tempfile
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from emgctl.support.cache_folder import roomy_folder
from emgctl.support.free_memory import allowed_bytes

LARGEST_IN_MEMORY = 1 << 28
"""Bytes of rows that are kept in memory, and at most a quarter of what is free; more are kept on disk."""


class RowStore:
    """Rows of one width. What is larger than LARGEST_IN_MEMORY, or than may be taken, is in a file without a name."""

    def __init__(self, width: int, kind: DTypeLike) -> None:
        self._width, self._kind = width, np.dtype(kind)
        self._blocks: list[NDArray[Any]] = []
        self._file: Any = None
        self._bytes, self._most = 0, min(LARGEST_IN_MEMORY, allowed_bytes() // 2)  # rows() copies them once

    def add(self, rows: NDArray[Any]) -> None:
        """Append rows ``(n, width)``."""
        block = np.ascontiguousarray(rows, self._kind)
        self._bytes += block.nbytes
        if self._file is None and self._bytes <= self._most:
            self._blocks.append(block)
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="emgctl-rows-", dir=roomy_folder())  # noqa: SIM115 - lives until it is mapped
            for earlier in self._blocks:
                self._file.write(earlier.data)
            self._blocks = []
        self._file.write(block.data)

    def rows(self) -> NDArray[Any]:
        """All rows, ``(N, width)``."""
        count = self._bytes // (self._kind.itemsize * self._width) if self._width else 0
        if self._file is not None:
            with self._file:  # the mapping keeps it
                self._file.flush()
                return np.memmap(self._file, self._kind, "r+", shape=(count, self._width))
        if len(self._blocks) == 1:
            return self._blocks[0]
        return np.concatenate(self._blocks) if self._blocks else np.empty((0, self._width), self._kind)
