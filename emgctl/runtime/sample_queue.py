"""The bounded queue between a device's own thread and the loop."""

from __future__ import annotations

import threading
from collections import deque

import numpy as np

from emgctl.types import SampleBlock


class SampleQueue:
    """Holds blocks for the loop and delivers them merged into one, so that a slow loop catches up at once.

    When more than ``capacity`` samples are queued, the oldest are dropped: the gap is visible in ``start`` and counted,
    and the delay never grows. ``fail`` passes an exception of the device's thread to the reader.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._blocks: deque[SampleBlock] = deque()
        self._waiting = 0
        self._changed = threading.Condition()
        self._failure: Exception | None = None
        self.dropped = 0

    def put(self, block: SampleBlock) -> None:
        """Add a block; called from the device's thread."""
        with self._changed:
            self._blocks.append(block)
            self._waiting += len(block.samples)
            while self._waiting > self._capacity and len(self._blocks) > 1:
                oldest = self._blocks.popleft()
                self._waiting -= len(oldest.samples)
                self.dropped += len(oldest.samples)
            self._changed.notify()

    def fail(self, error: Exception) -> None:
        """Make the reader raise ``error`` once it has read everything before it."""
        with self._changed:
            self._failure = error
            self._changed.notify()

    def get(self, timeout_s: float) -> SampleBlock | None:
        """Return everything queued up to the next gap as one block; None after ``timeout_s`` of silence."""
        with self._changed:
            self._changed.wait_for(lambda: self._blocks or self._failure, timeout_s)
            if not self._blocks:
                if self._failure is not None:
                    failure, self._failure = self._failure, None
                    raise failure
                return None
            run = [self._blocks.popleft()]
            while self._blocks and self._blocks[0].start == run[-1].start + len(run[-1].samples):
                run.append(self._blocks.popleft())
            self._waiting -= sum(len(block.samples) for block in run)
        if len(run) == 1:
            return run[0]
        moved = [one.motion for one in run if one.motion is not None]
        motion = np.concatenate(moved) if moved else None
        return SampleBlock(np.concatenate([b.samples for b in run]), run[0].start, run[-1].received_s, motion)
