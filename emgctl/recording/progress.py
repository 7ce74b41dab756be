"""Tells who watches how far the reading of many files has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

Progress = Callable[[str, int, int], None]
Item = TypeVar("Item")
_watcher: ContextVar[Progress | None] = ContextVar("watcher", default=None)


@contextmanager
def reporting(progress: Progress) -> Iterator[None]:
    """Tell ``progress`` of all that is read inside: what is done, how much of it is done and how much there is."""
    token = _watcher.set(progress)
    try:
        yield
    finally:
        _watcher.reset(token)


def track(what: str, items: Sequence[Item]) -> Iterator[Item]:
    """The items, one after the other."""
    for number, item in enumerate(items):
        if (progress := _watcher.get()) is not None:
            progress(what, number, len(items))
        yield item
