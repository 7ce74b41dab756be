"""PSYONIC's Ability Hand over UART or RS485 (ABILITY-HAND-ICD, psyonicinc/ability-hand-api).

Set the hand up once, in its app's developer mode: We16 (UART), We46 and We47 (byte stuffing in both directions).
After 300 ms without a valid frame it leaves this mode and follows its own EMG sensors again.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import ClassVar

from emgctl_hand.drives import Closures
from emgctl_hand.protocols.hand_protocol import HandProtocol, Telemetry
from emgctl_hand.protocols.stuffing import Unstuffer, stuffed

ADDRESS = 0x50
POSITION, VELOCITY, READ, GRIP, LEAVE = 0x10, 0x20, 0xA0, 0x1D, 0x7C
ORDER = ("index", "middle", "ring", "little", "thumb", "thumb_rotation")
GRIPS_BY_NUMBER = ("open", "power", "key", "pinch", "tripod")
CLOSED_DEG = dict.fromkeys(ORDER, 100.0) | {"thumb_rotation": -100.0}
_COUNTS_A_DEG = 32767 / 150
_COUNTS_A_AMPERE = 620.606
_VELOCITY_COUNTS = 32767 / 3000
REPLY_LENGTHS = {0x10: 72, 0x11: 72, 0x12: 39, 0x20: 72, 0x21: 72, 0x22: 39, 0xA0: 72, 0xA1: 72, 0xA2: 39}
"""Length of the reply given its header: the variant is in the low nibble."""


def frame(payload: bytes) -> bytes:
    """Build a frame for the hand: address, payload and a byte that makes the sum 0 modulo 256, stuffed."""
    body = bytes([ADDRESS]) + payload
    return stuffed(body + bytes([-sum(body) & 0xFF]))


def positions(degrees: Sequence[float], reply: int = 2) -> bytes:
    """Target angles in degrees, in the hand's drive order; ``reply`` (0, 1 or 2) selects the reply variant."""
    return frame(bytes([POSITION + reply]) + struct.pack("<6h", *(round(angle * _COUNTS_A_DEG) for angle in degrees)))


def velocities(degrees_per_s: list[float], reply: int = 2) -> bytes:
    """Target speeds in degrees per second, in the hand's drive order."""
    return frame(bytes([VELOCITY + reply]) + struct.pack("<6h", *(round(v * _VELOCITY_COUNTS) for v in degrees_per_s)))


def grip(number: int, speed: int = 255) -> bytes:
    """One of the hand's built-in grips: 0 open, 1 power, 2 key, 3 pinch ...; speed from 0 (stop) to 255."""
    return frame(bytes([GRIP, number, speed]))


class Ability(HandProtocol):
    """Ability Hand in position mode, with the short reply (positions, currents, velocities)."""

    name = "ability"
    baud: ClassVar[int] = 460_800
    watchdog_s: ClassVar[float | None] = 0.3
    reports_currents: ClassVar[bool] = True

    def __init__(self) -> None:
        self._frames, self._rejected = Unstuffer(), 0
        self._at = dict.fromkeys(ORDER, 0.0)

    def move(self, closures: Closures, surely: bool = False) -> bytes:  # noqa: ARG002 - every frame moves
        """Set target positions; drives not given keep their last target."""
        self._at |= {name: closures[name] for name in ORDER if name in closures}
        return positions([self._at[name] * CLOSED_DEG[name] for name in ORDER])

    def query(self) -> bytes:
        """Send a read-only frame: the hand stays under its own control."""
        return frame(bytes([READ + 2]))

    def request(self) -> bytes:
        """Nothing to send: the hand replies to every target."""
        return b""

    def release(self) -> bytes:
        """Return the hand to its own control immediately."""
        return frame(bytes([LEAVE]))

    def parse(self, data: bytes) -> list[Telemetry]:
        """Decode positions and currents from every valid reply."""
        telemetry = []
        for reply in self._frames.push(data):
            reply = reply.strip(b"\0") if len(reply) > 72 else reply  # some RS485 adapters add zeros at the ends
            if len(reply) != REPLY_LENGTHS.get(reply[0]) or sum(reply) & 0xFF:
                self._rejected += 1
                continue
            values = struct.unpack_from("<12h", reply, 1)
            closures = {name: values[2 * place] / _COUNTS_A_DEG / CLOSED_DEG[name] for place, name in enumerate(ORDER)}
            currents = {name: values[2 * place + 1] / _COUNTS_A_AMPERE for place, name in enumerate(ORDER)}
            wrong = [name for name, value in closures.items() if not -0.25 <= value <= 1.25]
            fault = f"{', '.join(wrong)}: positions out of range" if wrong else ""
            telemetry.append(Telemetry(closures, currents if reply[0] & 0xF != 1 else {}, fault))
        return telemetry

    @property
    def rejected(self) -> int:
        """Number of frames with a wrong length or checksum."""
        return self._rejected
