"""What an OpenBCI Cyton sends (docs.openbci.com, Cyton Data Format): for the simulated board, which BrainFlow reads."""

from __future__ import annotations

from collections.abc import Sequence

CHANNELS, RATE_HZ = 8, 250.0
_UV = 4.5 / (2**23 - 1) / 24 * 1e6  # microvolts of a step of its converter, at a gain of 24
_MOST = 2**23 - 1
_ANSWERS = {
    b"v": b"OpenBCI V3 8-16 channel\r\nOn Board ADS1299 Device ID: 0x3E\r\nFirmware: v3.1.2\r\n$$$",
    b"d": b"updating channel settings to default$$$",
}


def cyton_packet(number: int, microvolts: Sequence[float]) -> bytes:
    """The packet of sample ``number``, with eight channels in microvolts."""
    steps = (max(-_MOST, min(round(value / _UV), _MOST)) for value in microvolts)
    values = b"".join(step.to_bytes(3, "big", signed=True) for step in steps)
    return bytes((0xA0, number % 256)) + values + bytes(6) + b"\xc0"


def cyton_answer(command: bytes) -> bytes:
    """What it responds to a command of one byte, other than those that start and stop it."""
    return _ANSWERS.get(command, b"Success: $$$")
