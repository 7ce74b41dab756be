"""Inspire Robots' RH56 hands over RS485: int16 registers in groups of six (from public drivers, not a manual).

The hand has no watchdog: it holds its last target forever.
"""

from __future__ import annotations

import struct
from typing import ClassVar

from emgctl_hand.drives import Closures
from emgctl_hand.protocols.hand_protocol import HandProtocol, Telemetry

TO_HAND, FROM_HAND = b"\xeb\x90", b"\x90\xeb"
READ, WRITE = 0x11, 0x12
ANGLE_SET, FORCE_SET, SPEED_SET, ANGLE_ACT, FORCE_ACT, ERROR = 1486, 1498, 1522, 1546, 1582, 1606
CLEAR_ERROR = 1004
ORDER = ("little", "ring", "middle", "index", "thumb", "thumb_rotation")
OPEN_COUNTS = 1000  # 0 is closed
FULL_FORCE = 1000
STAY = -1
_ERRORS = ("locked rotor", "over-temperature", "over-current", "motor fault", "communication fault")
_LONGEST = 256


def frame(head: bytes, hand: int, command: int, address: int, data: bytes) -> bytes:
    """Build a frame: head, id, length, command, register, data, and the low byte of the sum from the id onwards."""
    body = struct.pack("<BBBH", hand, len(data) + 3, command, address) + data
    return head + body + bytes([sum(body) & 0xFF])


def read(address: int, count: int, hand: int = 1) -> bytes:
    """Read ``count`` bytes starting at a register."""
    return frame(TO_HAND, hand, READ, address, bytes([count]))


def write(address: int, values: list[int], hand: int = 1) -> bytes:
    """Write int16 values starting at a register."""
    return frame(TO_HAND, hand, WRITE, address, struct.pack(f"<{len(values)}h", *values))


class Frames:
    """Extracts valid frames (command, register, data) with this head from a stream split anywhere."""

    def __init__(self, head: bytes) -> None:
        self._head, self._waiting = head, b""
        self.rejected = 0

    def push(self, data: bytes) -> list[tuple[int, int, bytes]]:
        """Return the valid frames completed by ``data``."""
        self._waiting += data
        found: list[tuple[int, int, bytes]] = []
        while (begin := self._waiting.find(self._head)) >= 0:
            self._waiting = self._waiting[begin:]
            if len(self._waiting) < 4:
                return found
            length = self._waiting[3] + 5  # head, id, length, then that many bytes and the sum
            if self._waiting[3] < 3:
                self._drop()
                continue
            if len(self._waiting) < length:
                return found
            whole = self._waiting[:length]
            if sum(whole[2:-1]) & 0xFF != whole[-1]:
                self._drop()
                continue
            found.append((whole[4], int.from_bytes(whole[5:7], "little"), whole[7:-1]))
            self._waiting = self._waiting[length:]
        self._waiting = self._waiting[-1:]  # it may be the first half of a head
        return found

    def _drop(self) -> None:
        """Drop a head that did not start a valid frame."""
        self.rejected += 1
        self._waiting = self._waiting[1:]


class Inspire(HandProtocol):
    """RH56 hand; each movement is followed by a query for its positions or, in turn, its errors."""

    name = "inspire"
    rate_hz: ClassVar[float] = 50.0
    limits_force: ClassVar[bool] = True

    def __init__(self, hand: int = 1) -> None:
        self._hand, self._frames = hand, Frames(FROM_HAND)
        self._turn = 0

    def move(self, closures: Closures, surely: bool = False) -> bytes:  # noqa: ARG002 - every frame moves
        """Set target angles; -1 leaves a drive where it is."""
        counts = [round(OPEN_COUNTS * (1 - closures[name])) if name in closures else STAY for name in ORDER]
        return write(ANGLE_SET, counts, self._hand)

    def limit(self, share: float) -> bytes:
        """Set the force at which a drive stops closing: at most 1000, reportedly in grams."""
        return write(FORCE_SET, [round(FULL_FORCE * share)] * len(ORDER), self._hand)

    def query(self) -> bytes:
        """Query the positions."""
        return read(ANGLE_ACT, 12, self._hand)

    def request(self) -> bytes:
        """Query the positions, and every tenth time the errors."""
        self._turn += 1
        return read(ERROR, 6, self._hand) if self._turn % 10 == 0 else read(ANGLE_ACT, 12, self._hand)

    def parse(self, data: bytes) -> list[Telemetry]:
        """Decode positions and errors from every valid reply."""
        telemetry = []
        for command, address, content in self._frames.push(data):
            if (command, address, len(content)) == (READ, ANGLE_ACT, 12):
                counts = struct.unpack("<6h", content)
                closures = {name: 1 - count / OPEN_COUNTS for name, count in zip(ORDER, counts, strict=True)}
                wrong = [name for name, value in closures.items() if not -0.25 <= value <= 1.25]
                telemetry.append(Telemetry(closures, fault=f"{', '.join(wrong)}: out of range" if wrong else ""))
            elif (command, address, len(content)) == (READ, ERROR, 6):
                telemetry.append(Telemetry(fault=_faults(content)))
        return telemetry

    @property
    def rejected(self) -> int:
        """Number of frames with a wrong length or checksum."""
        return self._frames.rejected


def _faults(errors: bytes) -> str:
    faults = [
        f"{name}: {' and '.join(word for bit, word in enumerate(_ERRORS) if code >> bit & 1) or f'error {code}'}"
        for name, code in zip(ORDER, errors, strict=True)
        if code
    ]
    return "; ".join(faults)
