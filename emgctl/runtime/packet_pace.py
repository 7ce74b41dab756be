"""When the next packet of an input is due."""

from __future__ import annotations

import math

from emgctl.types import SampleBlock

_NEWEST = 0.2  # weight of the last packet in the usual size: devices alternate between sizes, as 20 and 21 samples
_FORGOTTEN, _MOST_EARLY_S = 0.9, 0.002


class PacketPace:
    """Learns how large packets are, and how much earlier some come than that size and the rate promise."""

    def __init__(self, rate_hz: float) -> None:
        self._rate_hz = rate_hz
        self._size = 0.0
        self._received_s = -math.inf
        self._early_s = 0.0

    def add(self, block: SampleBlock) -> None:
        """Take note of a packet."""
        early_s = min(self._received_s + self._size / self._rate_hz - block.received_s, _MOST_EARLY_S)
        self._early_s = max(early_s, _FORGOTTEN * self._early_s)
        size = len(block.samples)
        self._size = size if not self._size else self._size + _NEWEST * (size - self._size)
        self._received_s = block.received_s

    def completes(self, missing: int) -> bool:
        """Whether the next packet brings the samples that are missing, of which there must be some."""
        return 0 < missing <= math.ceil(self._size)

    @property
    def due_s(self) -> float:
        """When the next packet may come, in seconds of :func:`time.perf_counter`."""
        return self._received_s + self._size / self._rate_hz - self._early_s
