"""How a ring is worn: turned by some electrodes, and on which arm."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ARMBAND = 8  # electrodes


def ring_size(channels: int) -> int:
    """Electrodes of one ring: several armbands of eight on an arm are turned together, as with ``rotation``."""
    return ARMBAND if channels % ARMBAND == 0 else channels


@dataclass(frozen=True, slots=True, order=True)
class Placement:
    """A way to wear a ring: turned by ``turn`` electrodes against the population's, ``mirrored`` on the left arm."""

    turn: int = 0
    mirrored: bool = False

    def channel_order(self, channels: int) -> NDArray[np.int64]:
        """``samples[:, order]`` is the signal as the population wore the ring."""
        ring, every = ring_size(channels), np.arange(channels)
        places = (every + self.turn) % ring
        return every - every % ring + ((ring - 2 - places) % ring if self.mirrored else places)

    def feature_order(self, channels: int) -> NDArray[np.int64]:
        """``features[:, order]`` are the features as of the population's ring."""
        rows, columns = np.triu_indices(channels)
        number = np.zeros((channels, channels), np.int64)
        number[rows, columns] = number[columns, rows] = np.arange(len(rows))
        order = self.channel_order(channels)
        return number[order[rows], order[columns]]

    def __str__(self) -> str:
        arm = "left" if self.mirrored else "right"
        return f"{arm} arm, turned by {self.turn} electrode{'' if self.turn == 1 else 's'}"


def placements(channels: int, arm: str | None = None) -> list[Placement]:
    """Every way to wear a ring; ``arm`` is "right", "left" or None for both."""
    sides = {"right": (False,), "left": (True,), None: (False, True)}[arm]
    return [Placement(turn, side) for side in sides for turn in range(ring_size(channels))]
