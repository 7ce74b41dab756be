"""The Bluetooth protocol of NPG Lite boards: UUIDs, orders, and notifications with several samples each.

From public clients of Upside Down Labs (chords_ble.py, Chords-Web) and the README of NPG-Lite-IDF-Firmware: a sample is
a counter of one byte and 2 bytes a channel, the high one first; a notification has 10 of them (25 from the firmware
that samples at 250 Hz). No source has a scale in volts.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Channels = Literal[3, 6]
Rate = Literal[250, 500]

SERVICE = "4fafc201-1fb5-459e-8fcc-c5c9c331914b"
DATA, CONTROL = "beb5483e-36e1-4688-b7f5-ea07361b26a8", "0000ff01-0000-1000-8000-00805f9b34fb"
NAME = "NPG"
"""How the boards' names begin. They are found by name: the service is one that many ESP32 boards have."""

START, STOP = b"START", b"STOP"
MODULUS = 256
TOP = 4095
CHANNELS: tuple[Channels, ...] = (3, 6)
SAMPLES: dict[Rate, int] = {500: 10, 250: 25}
"""Samples in a notification."""
_BEFORE = 2  # samples that a counter is compared over, at least


class Samples(NamedTuple):
    """Counts ``(T, C)``, and the first sample's number."""

    counts: NDArray[np.float32]
    number: int


def samples(packet: bytes, channels: int) -> Samples | None:
    """Parse a notification, None if it is something else.

    It has to be whole samples, with numbers that follow one another, and 12-bit values.
    """
    size = 1 + 2 * channels
    if not packet or len(packet) % size:
        return None
    rows = np.frombuffer(packet, np.uint8).reshape(-1, size)
    number = int(rows[0, 0])
    if (rows[:, 0] != (number + np.arange(len(rows))) % MODULUS).any():
        return None
    counts = np.ascontiguousarray(rows[:, 1:]).view(">u2")
    return None if counts.max() > TOP else Samples(counts.astype(np.float32), number)


def channels_of(packet: bytes) -> Channels | None:
    """How many channels the samples of a notification have, None if that can't be seen."""
    fitting = [one for one in CHANNELS if len(packet) >= _BEFORE * (1 + 2 * one) and samples(packet, one) is not None]
    return fitting[0] if len(fitting) == 1 else None


def samples_packet(counts: NDArray[np.int64], number: int) -> bytes:
    """Build the notification that :func:`samples` parses."""
    rows = np.empty((len(counts), 1 + 2 * counts.shape[1]), np.uint8)
    rows[:, 0] = (number + np.arange(len(counts))) % MODULUS
    rows[:, 1:] = counts.astype(">u2").view(np.uint8).reshape(len(counts), -1)
    return rows.tobytes()
