"""Random batches of segments for training: features or samples, poses, and which are known."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class TrainingSegment:
    """A segment: ``take(first, last)`` gives its inputs between two frames, ``((last - first) * per, F)``.

    ``pose`` ``(T, J)`` is standardized, NaN if unknown; ``movement`` ``(T,)`` are class numbers.
    """

    take: Callable[[int, int], Tensor]
    pose: Tensor
    movement: Tensor


class Batch(NamedTuple):
    """Inputs ``(N, T * per, F)``, poses ``(N, T, J)``, movements ``(N, T)`` and a validity mask ``(N, T, J)``."""

    x: Tensor
    pose: Tensor
    movement: Tensor
    counts: Tensor


class SequenceSampler:
    """Draws batches of equally long segments; every frame is equally probable."""

    def __init__(self, sequences: Sequence[TrainingSegment], count: int, length: int, seed: int) -> None:
        self._sequences, self._count = sequences, count
        lengths = np.array([len(one.pose) for one in sequences])
        self._length = min(length, int(lengths.max()))
        self._share = lengths / lengths.sum()
        self._chance = np.random.default_rng(seed)
        self.moments = int(lengths.sum())

    def __call__(self) -> Batch:
        """The next batch; shorter segments are padded with zeros that are masked."""
        chosen = self._chance.choice(len(self._share), self._count, p=self._share)
        parts = [self._part(self._sequences[one]) for one in chosen]
        return Batch(*(torch.stack(column) for column in zip(*parts, strict=True)))

    def _part(self, one: TrainingSegment) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        have = min(len(one.pose), self._length)
        first = int(self._chance.integers(len(one.pose) - have + 1))
        x, pose, movement = one.take(first, first + have), one.pose[first : first + have], one.movement[first:][:have]
        known = torch.isfinite(pose)
        pose, missing = torch.where(known, pose, 0.0), self._length - have
        if missing:
            x = torch.cat((x, x.new_zeros(missing * len(x) // have, x.shape[1])))
            pose, known = (torch.cat((part, part.new_zeros(missing, part.shape[1]))) for part in (pose, known))
            movement = torch.cat((movement, movement.new_zeros(missing)))
        return x, pose, movement, known.float()
