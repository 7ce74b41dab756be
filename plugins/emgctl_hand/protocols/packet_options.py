"""Profile options that describe the packets of a hand without a built-in protocol."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from emgctl.errors import did_you_mean
from emgctl.plugin import Options
from emgctl_hand.drives import DRIVES

Hex = Annotated[str, Field(pattern=r"^([0-9a-fA-F]{2}\s*)*$")]


class PacketField(Options):
    """A number in a packet: the position of ``drive``, scaled between ``open`` and ``closed``."""

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


class PacketOptions(Options):
    """Hexadecimal ``head`` and ``tail``, ``fields`` between them and a checksum ``over`` all or the fields only.

    ``stuffed`` adds flags and byte stuffing as in PPP. ``power_off`` is a complete packet, if the hand has one.
    """

    head: Hex = ""
    fields: Annotated[tuple[PacketField, ...], Field(min_length=1, max_length=64)]
    checksum: Literal["none", "sum8", "negative_sum8", "xor8", "crc8_maxim", "crc16_modbus"] = "none"
    over: Literal["all", "fields"] = "all"
    tail: Hex = ""
    stuffed: bool = False
    power_off: Hex = ""
