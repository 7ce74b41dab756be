"""Packets of Chords and NPG boards (Upside Down Labs): C7 7C, a counter, two bytes a channel, 01.

Source: the project's chords_serial.py; the high byte of a channel comes first.
"""

from __future__ import annotations

HEAD, TAIL = b"\xc7\x7c", 1
MODULUS = 256  # of the counter
MOST_CHANNELS = 16
_AROUND = len(HEAD) + 2  # bytes beside the channels: the head, the counter, and the tail
_SURE = 3  # packets in a row that give away the length


def packet_channels(data: bytes) -> int:
    """How many channels the packets in ``data`` have, 0 if there are none: whole packets must follow one another."""
    begin = data.find(HEAD)
    while begin >= 0:
        for channels in range(1, MOST_CHANNELS + 1):
            length = _AROUND + 2 * channels
            if all(_is_packet(data[begin + turn * length :][:length], length) for turn in range(_SURE)):
                return channels
        begin = data.find(HEAD, begin + 1)
    return 0


def take_packets(buffer: bytearray, channels: int) -> tuple[list[tuple[int, list[float]]], int]:
    """Take complete packets out of a buffer: counter and values of each; and how many bytes fitted none."""
    length, found, skipped = _AROUND + 2 * channels, [], 0
    while len(buffer) >= length:
        packet = bytes(buffer[:length])
        if _is_packet(packet, length):
            body = packet[3:-1]
            values = [float(high << 8 | low) for high, low in zip(body[::2], body[1::2], strict=True)]
            found.append((packet[2], values))
            del buffer[:length]
            continue
        begin = buffer.find(HEAD, 1)
        dropped = begin if begin > 0 else len(buffer) - 1
        skipped += dropped
        del buffer[:dropped]
    return found, skipped


def packet(number: int, values: list[int]) -> bytes:
    """One packet."""
    body = b"".join(value.to_bytes(2, "big") for value in values)
    return HEAD + bytes([number % MODULUS]) + body + bytes([TAIL])


def _is_packet(data: bytes, length: int) -> bool:
    return len(data) == length and data[:2] == HEAD and data[-1] == TAIL
