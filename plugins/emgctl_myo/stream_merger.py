"""Merges two armbands into one signal."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from emgctl.types import SampleBlock, Samples

MOST_AHEAD = 20
"""How many samples one armband may be ahead before the two are realigned; their clocks differ."""


class StreamMerger:
    """Puts the samples of two armbands side by side, left before right.

    Each armband's samples are numbered, including losses, and matched by number from the time when both send. Samples
    lost by one armband are dropped from both, so that the gap is visible. Motion is taken from the left one.
    """

    def __init__(self, deliver: Callable[[SampleBlock], None]) -> None:
        self._deliver = deliver
        self._waiting: tuple[list[SampleBlock], list[SampleBlock]] = ([], [])
        self._offset: list[int | None] = [None, None]
        self.realigned = 0

    def put(self, side: int, block: SampleBlock) -> None:
        """Add a block from the left (0) or the right (1) armband."""
        offset = self._offset[side]
        if offset is None:
            offset = self._offset[side] = block.start
        self._waiting[side].append(SampleBlock(block.samples, block.start - offset, block.received_s, block.motion))
        if self._offset[1 - side] is None:  # the other has not started yet, so this one starts later
            self._waiting[side].clear()
            self._offset[side] = None
            self._offset[side] = block.start + len(block.samples)
            return
        self._match()
        ahead = sum(len(one.samples) for one in self._waiting[side])
        if ahead > MOST_AHEAD:
            self._waiting[side].clear()
            self._offset[side] = offset + ahead
            self.realigned += 1

    def _match(self) -> None:
        left, right = self._waiting
        while left and right:
            one, other = left[0], right[0]
            start = max(one.start, other.start)
            end = min(one.start + len(one.samples), other.start + len(other.samples))
            if end > start:
                both: Samples = np.hstack(
                    [
                        one.samples[start - one.start : end - one.start],
                        other.samples[start - other.start : end - other.start],
                    ]
                )
                received_s = max(one.received_s, other.received_s)
                self._deliver(SampleBlock(both, start, received_s, one.motion))
            for side in (left, right):
                rest = side[0].start + len(side[0].samples) - end
                if rest <= 0:
                    side.pop(0)
                else:
                    block = side[0]
                    side[0] = SampleBlock(block.samples[len(block.samples) - rest :], end, block.received_s)
