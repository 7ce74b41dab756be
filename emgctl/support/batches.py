"""Many items, some at a time."""

from __future__ import annotations

from collections.abc import Iterator


def batches(count: int, size: int) -> Iterator[slice]:
    """Yield the place of each batch of ``size`` items among ``count``, the last batch with those that are left."""
    for first in range(0, count, size):
        yield slice(first, min(first + size, count))
