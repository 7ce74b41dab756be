"""Packets of a shape that a profile describes, for hands without a dialect of their own. Nothing is read back."""

from __future__ import annotations

import functools
import operator
import struct
from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator

from emgctl.checksums import crc8_maxim, crc16_modbus
from emgctl.errors import did_you_mean
from emgctl.plugin import Options
from emgctl_hand.dialects.dialect import Dialect, Telemetry
from emgctl_hand.dialects.stuffing import stuffed
from emgctl_hand.drives import DRIVES, Closures

Hex = Annotated[str, Field(pattern=r"^([0-9a-fA-F]{2}\s*)*$")]
_TYPES = {"u8": "<B", "i8": "<b", "u16le": "<H", "i16le": "<h", "u16be": ">H", "i16be": ">h"}


CHECKSUMS: dict[str, Callable[[bytes], bytes]] = {
    "none": lambda _: b"",
    "sum8": lambda data: bytes([sum(data) & 0xFF]),
    "negative_sum8": lambda data: bytes([-sum(data) & 0xFF]),
    "xor8": lambda data: bytes([functools.reduce(operator.xor, data, 0)]),
    "crc8_maxim": lambda data: bytes([crc8_maxim(data)]),
    "crc16_modbus": lambda data: crc16_modbus(data).to_bytes(2, "little"),
}


class PacketField(Options):
    """A number in a packet: the position of a ``drive``, between ``open`` and ``closed``."""

    drive: str
    type: Literal["u8", "i8", "u16le", "i16le", "u16be", "i16be"] = "u8"
    open: int = 0
    closed: int = 255

    @field_validator("drive")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in DRIVES:
            raise ValueError(f"there is no drive '{name}'{did_you_mean(name, DRIVES)}")
        return name

    def packed(self, closure: float) -> bytes:
        """The number's bytes, within what its type can hold."""
        code = _TYPES[self.type]
        size = 8 * struct.calcsize(code)
        lowest, highest = (-(1 << size - 1), (1 << size - 1) - 1) if code[1].islower() else (0, (1 << size) - 1)
        value = round(self.open + (self.closed - self.open) * closure)
        return struct.pack(code, min(max(value, lowest), highest))


class PacketOptions(Options):
    """``head``, the ``fields``, ``tail`` and a checksum, ``over`` all of it or the fields alone; in hexadecimal.

    ``stuffed`` puts it between flags as PPP does. ``power_off`` is a whole packet, where the hand knows one.
    """

    head: Hex = ""
    fields: Annotated[tuple[PacketField, ...], Field(min_length=1, max_length=64)]
    checksum: Literal["none", "sum8", "negative_sum8", "xor8", "crc8_maxim", "crc16_modbus"] = "none"
    over: Literal["all", "fields"] = "all"
    tail: Hex = ""
    stuffed: bool = False
    power_off: Hex = ""


class Packet(Dialect):
    """A packet for each movement."""

    name = "packet"
    answers = False

    def __init__(self, options: PacketOptions | None = None) -> None:
        self._options = options or PacketOptions(fields=tuple(PacketField(drive=name) for name in DRIVES))
        self._at = dict.fromkeys(DRIVES, 0.0)

    @classmethod
    def made(cls, options: Any) -> Self:
        """As the profile describes it."""
        return cls(options.packet)

    def move(self, closures: Closures, surely: bool = False) -> bytes:  # noqa: ARG002 - every packet moves
        """Head, fields, checksum, tail."""
        options = self._options
        self._at |= closures
        fields = b"".join(one.packed(self._at[one.drive]) for one in options.fields)
        head = bytes.fromhex(options.head)
        summed = head + fields if options.over == "all" else fields
        whole = head + fields + CHECKSUMS[options.checksum](summed) + bytes.fromhex(options.tail)
        return stuffed(whole) if options.stuffed else whole

    def power_off(self) -> bytes:
        """The packet that was given for it."""
        return bytes.fromhex(self._options.power_off)

    def greet(self) -> bytes:
        """Nothing is answered."""
        return b""

    def ask(self) -> bytes:
        """Nothing is answered."""
        return b""

    def hear(self, data: bytes) -> list[Telemetry]:  # noqa: ARG002 - it is nothing that is understood
        """Nothing is understood."""
        return []

    @property
    def rejected(self) -> int:
        """None."""
        return 0
