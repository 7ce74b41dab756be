"""The gForcePro+'s Bluetooth protocol: UUIDs, commands, their responses, and packets of EMG.

From public clients: LibEMG's OYMotion streamer and OYMotion's SynchroniSDKPython. All numbers are little-endian. The
vendor's documents state 1000 Hz for 8 bits and 500 Hz for 12. Where sources differ, see :func:`emg`.
"""

from __future__ import annotations

import struct
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Rate = Literal[500, 1000]

SERVICE = "0000ffd0-0000-1000-8000-00805f9b34fb"
"""The service an armband advertises. A connected one serves its characteristics under another."""
GATT_SERVICE = "f000ffd0-0451-4000-b000-000000000000"
COMMAND = "f000ffe1-0451-4000-b000-000000000000"
DATA = "f000ffe2-0451-4000-b000-000000000000"
NAME = "gForce"

FIRMWARE, BATTERY, PACKAGE_ID, EMG_CONFIGURATION, DATA_SWITCH = 0x06, 0x08, 0x26, 0x3F, 0x4F
SUCCESS = 0
PROBLEMS = {1: "not supported", 2: "bad parameter", 3: "failed", 4: "timed out"}
EMG_TYPE, LAST_TYPE, PARTIAL = 0x08, 0x0C, 0xFF
IDS = 256

CHANNELS = 8
BATCH_BYTES = 128
"""Bytes of EMG in a packet: 8 samples of 12 bits, in two bytes each, or 16 of 8 bits."""
BITS: dict[Rate, int] = {500: 12, 1000: 8}
FULL_SCALE_UV, GAIN = 2.5e6, 1200.0  # of the converter, and of the amplifier before it
_EMG_ON = 0x80


def samples_a_packet(rate_hz: Rate) -> int:
    """How many samples a packet holds."""
    return BATCH_BYTES // CHANNELS // (1 if BITS[rate_hz] == 8 else 2)


def middle(rate_hz: Rate) -> int:
    """The count of 0 V."""
    return 1 << (BITS[rate_hz] - 1)


def microvolts(rate_hz: Rate) -> float:
    """Microvolts of a count, as LibEMG has it."""
    return FULL_SCALE_UV / GAIN / (middle(rate_hz) - 1)


def configure(rate_hz: Rate) -> bytes:
    """Command: rate, all channels, bytes a packet, bits."""
    return struct.pack("<BHHBB", EMG_CONFIGURATION, rate_hz, (1 << CHANNELS) - 1, BATCH_BYTES, BITS[rate_hz])


def number_packets() -> bytes:
    """Command: put an id of one byte into each packet, after its type."""
    return bytes([PACKAGE_ID, 1])


def stream(on: bool) -> bytes:
    """Command: send packets of EMG and nothing else, or nothing at all."""
    return struct.pack("<BI", DATA_SWITCH, _EMG_ON if on else 0)


class Response(NamedTuple):
    """What an armband answers to a command: a code, 0 for success, the command, and data."""

    code: int
    command: int
    data: bytes


def response(packet: bytes) -> Response | None:
    """Parse an answer, None if it is too short."""
    return Response(packet[0], packet[1], packet[2:]) if len(packet) >= 2 else None


class EmgPacket(NamedTuple):
    """Counts ``(T, 8)``, and the packet's id; None where the armband does not number its packets."""

    counts: NDArray[np.float32]
    number: int | None


def emg(packet: bytes, rate_hz: Rate) -> EmgPacket | None:
    """Parse a whole packet of EMG, None if it is none.

    Counts are relative to the middle of the range (128, 2048), as LibEMG has it; the vendor's newer code takes 119 for
    8 bits and 0 for 12, which is another constant voltage. Counts beyond 12 bits are none.
    """
    length = len(packet) - BATCH_BYTES
    if length not in (1, 2) or packet[0] != EMG_TYPE:
        return None
    counts = np.frombuffer(packet[length:], np.uint8 if BITS[rate_hz] == 8 else "<u2").reshape(-1, CHANNELS)
    if counts.max() >> BITS[rate_hz]:
        return None
    return EmgPacket(counts.astype(np.float32) - middle(rate_hz), packet[1] if length == 2 else None)


def emg_packet(counts: NDArray[np.int64], rate_hz: Rate, number: int | None) -> bytes:
    """Build the packet that :func:`emg` parses, of counts from 0 on."""
    body = counts.astype(np.uint8 if BITS[rate_hz] == 8 else "<u2").tobytes()
    return bytes([EMG_TYPE] if number is None else [EMG_TYPE, number % IDS]) + body


def is_other(packet: bytes) -> bool:
    """Whether it is a packet of something else that an armband may send, such as its own gestures."""
    return bool(packet) and 0 < packet[0] <= LAST_TYPE and packet[0] != EMG_TYPE
