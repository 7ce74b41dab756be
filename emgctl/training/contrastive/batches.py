"""Batches by person, class and repetition: every set has one window per class, all of one person."""

from __future__ import annotations

import torch
from torch import Tensor


class EpisodeSampler:
    """Draws sets of windows: a person, and for each class one of the person's repetitions and a window of it.

    This weights people, classes and repetitions equally, regardless of their number of windows. A class that a person
    never performed is taken from anyone.

    Args:
        y: classes, ``(N,)``; ``present`` are those that occur, in ascending order.
        person: numbers, ``(N,)``.
        repetition: numbers, ``(N,)``.
    """

    def __init__(self, y: Tensor, person: Tensor, repetition: Tensor) -> None:
        self.present, classes = torch.unique(y, return_inverse=True)
        people, persons = torch.unique(person, return_inverse=True)
        whole = torch.stack((persons, classes, repetition.long()))
        anyone = torch.stack((torch.full_like(persons, len(people)), classes, persons * 10_000 + repetition.long()))
        cells, of = torch.unique(torch.cat((whole, anyone), dim=1), dim=1, return_inverse=True)
        self._windows = torch.argsort(of, stable=True) % len(y)
        self._size = torch.bincount(of)
        self._begin = torch.cumsum(self._size, 0) - self._size
        # rows of cells of one person and one class; the last person stands for anyone
        row = cells[0] * len(self.present) + cells[1]
        count = torch.bincount(row, minlength=(len(people) + 1) * len(self.present))
        first = torch.cumsum(count, 0) - count
        shape = (len(people) + 1, len(self.present))
        self._count, self._first = count.reshape(shape), first.reshape(shape)
        missing = self._count == 0
        self._count = torch.where(missing, self._count[-1], self._count)
        self._first = torch.where(missing, self._first[-1], self._first)
        self.people = len(people)
        self.median = int(torch.bincount(classes).float().median())

    def draw(self, count: int, chance: torch.Generator) -> Tensor:
        """The windows of this many sets, ``(count, classes present)``."""
        person = torch.randint(self.people, (count,), generator=chance)
        shape = (count, len(self.present))
        cell = self._first[person] + _below(self._count[person], torch.rand(shape, generator=chance))
        place = self._begin[cell] + _below(self._size[cell], torch.rand(shape, generator=chance))
        return self._windows[place]


def _below(limit: Tensor, share: Tensor) -> Tensor:
    return torch.minimum((share * limit).long(), limit - 1)
