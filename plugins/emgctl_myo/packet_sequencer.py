"""Puts the packets of the four EMG characteristics in order and counts losses and repeats."""

from __future__ import annotations

from emgctl_myo.protocol import EMG, SAMPLES_A_PACKET


class PacketSequencer:
    """Numbers samples by the rotation of the characteristics, which send in turn: 0 1 2 3 0 ...

    Packets have no sequence number or time stamp, so a break in the rotation is the only sign of a loss. For 1 to 3
    packets the count is exact, for more it is exact modulo 4. (That the rotation never breaks by itself is inferred
    from existing clients; no public source guarantees it.)
    """

    def __init__(self) -> None:
        self._next: int | None = None
        self._index = 0
        self._packets: list[bytes | None] = [None] * len(EMG)
        self.lost = self.repeated = 0

    def repeats(self, characteristic: int, packet: bytes) -> bool:
        """Whether a packet repeats an earlier one; call this for each packet before :meth:`start`.

        A Bluetooth stack that kept an older subscription delivers every notification twice: out of turn, and
        byte-identical to the last one of its characteristic. Packets without signal are all alike, so among these only
        one that follows directly counts as a repeat.
        """
        earlier, self._packets[characteristic] = self._packets[characteristic], packet
        if self._next in (None, characteristic) or packet != earlier:
            return False
        directly = self._next == (characteristic + 1) % len(EMG)
        repeats = directly or len(set(packet)) > 1
        self.repeated += repeats
        return repeats

    def start(self, characteristic: int) -> int:
        """The index of the first sample of a packet received from one of the four."""
        if self._next is not None:
            missing = (characteristic - self._next) % len(EMG)
            self.lost += missing
            self._index += missing * SAMPLES_A_PACKET
        self._next = (characteristic + 1) % len(EMG)
        start = self._index
        self._index += SAMPLES_A_PACKET
        return start
