"""User-defined packets, described in the profile, for hands without a built-in protocol. Nothing is read back."""

from __future__ import annotations

import functools
import operator
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from emgctl.support.checksums import crc8_maxim, crc16_modbus
from emgctl_hand.drives import DRIVES, Closures
from emgctl_hand.protocols.hand_protocol import HandProtocol, Telemetry
from emgctl_hand.protocols.stuffing import stuffed

if TYPE_CHECKING:
    from emgctl_hand.options import HandOptions
    from emgctl_hand.protocols.packet_options import PacketField, PacketOptions

_TYPES = {"u8": "<B", "i8": "<b", "u16le": "<H", "i16le": "<h", "u16be": ">H", "i16be": ">h"}


CHECKSUMS: dict[str, Callable[[bytes], bytes]] = {
    "none": lambda _: b"",
    "sum8": lambda data: bytes([sum(data) & 0xFF]),
    "negative_sum8": lambda data: bytes([-sum(data) & 0xFF]),
    "xor8": lambda data: bytes([functools.reduce(operator.xor, data, 0)]),
    "crc8_maxim": lambda data: bytes([crc8_maxim(data)]),
    "crc16_modbus": lambda data: crc16_modbus(data).to_bytes(2, "little"),
}


class Packet(HandProtocol):
    """Sends one packet per movement."""

    name = "packet"
    answers = False

    def __init__(self, options: PacketOptions) -> None:
        self._options = options
        self._at = dict.fromkeys(DRIVES, 0.0)

    @classmethod
    def made(cls, options: HandOptions) -> Self:
        """Use the packet layout of the options."""
        if options.packet is None:
            raise ValueError("'packet' is missing: it describes the packets")
        return cls(options.packet)

    def move(self, closures: Closures, surely: bool = False) -> bytes:  # noqa: ARG002 - every packet moves
        """Build head, fields, checksum and tail."""
        options = self._options
        self._at |= closures
        fields = b"".join(_packed(one, self._at[one.drive]) for one in options.fields)
        head = bytes.fromhex(options.head)
        summed = head + fields if options.over == "all" else fields
        whole = head + fields + CHECKSUMS[options.checksum](summed) + bytes.fromhex(options.tail)
        return stuffed(whole) if options.stuffed else whole

    def power_off(self) -> bytes:
        """Return the power-off packet of the options, if any."""
        return bytes.fromhex(self._options.power_off)

    def query(self) -> bytes:
        """Nothing to send: these hands do not reply."""
        return b""

    def request(self) -> bytes:
        """Nothing to send: these hands do not reply."""
        return b""

    def parse(self, data: bytes) -> list[Telemetry]:  # noqa: ARG002 - replies have no known layout
        """Ignore received bytes: their layout is unknown."""
        return []

    @property
    def rejected(self) -> int:
        """Always 0: no received frame is checked."""
        return 0


def _packed(field: PacketField, closure: float) -> bytes:
    """Encode a number, clipped to the range of its type."""
    code = _TYPES[field.type]
    size = 8 * struct.calcsize(code)
    lowest, highest = (-(1 << size - 1), (1 << size - 1) - 1) if code[1].islower() else (0, (1 << size) - 1)
    value = round(field.open + (field.closed - field.open) * closure)
    return struct.pack(code, min(max(value, lowest), highest))
