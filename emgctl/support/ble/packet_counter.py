"""Numbers the samples of packets by their counter, which begins again at 0."""

from __future__ import annotations


class PacketCounter:
    """Finds losses by a counter that each packet (or sample) has, and packets that were delivered twice.

    What is lost is known modulo ``modulus``; a first packet has index 0.
    """

    def __init__(self, modulus: int, step: int = 1) -> None:
        self._modulus, self._step = modulus, step
        self._last: tuple[int, bytes] | None = None
        self._index = 0
        self.lost = 0

    def start(self, count: int, packet: bytes, length: int = 1) -> int | None:
        """The index of the first sample of a packet with ``length`` counts from ``count`` on; None if it is a repeat.

        A repeat has the same bytes as the packet before, count included.
        """
        if self._last is not None:
            following, before = self._last
            if packet == before:
                return None
            missing = (count - following) % self._modulus
            self.lost += missing * self._step
            self._index += missing * self._step
        self._last = ((count + length) % self._modulus, packet)
        start = self._index
        self._index += length * self._step
        return start
