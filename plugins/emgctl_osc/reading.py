"""Parses untrusted OSC 1.0 and 1.1 datagrams (https://opensoundcontrol.stanford.edu/spec-1_0.html).

python-osc's parser recurses without limit, loops forever on an element of negative size and raises arbitrary
exceptions; this one needs time and memory proportional to the datagram and raises a single exception type.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

Message = tuple[str, list[Any] | None]
"""Address and values; None for values that cannot be parsed. Arrays are flattened."""

DEEPEST, MOST_MESSAGES = 8, 512  # bundles within bundles, and messages in one datagram
_BUNDLE, _HEAD = b"#bundle\0", 16  # and its time tag: requests and samples take effect immediately
_IMMEDIATELY = 1
_SIZES = {"i": ">i", "f": ">f", "h": ">q", "d": ">d", "t": ">Q", "r": ">I", "m": ">I", "c": ">I"}
_WITHOUT_DATA = {"T": True, "F": False, "N": None, "I": True}


class OscError(ValueError):
    """A datagram that is not valid OSC, in whole or in part; the message says what is wrong."""


def time_tag_s(datagram: bytes) -> float | None:
    """The time tag of a bundle in seconds since 1900; None for a message, and for "immediately"."""
    if len(datagram) < _HEAD or not datagram.startswith(_BUNDLE):
        return None
    (tag,) = struct.unpack_from(">Q", datagram, len(_BUNDLE))
    return None if tag == _IMMEDIATELY else float(tag) / 2**32


def messages(datagram: bytes) -> Iterator[Message]:
    """Yield the messages of a datagram in order; valid ones come before the exception.

    Raises:
        OscError: part of it is not OSC, nested too deeply or too large.
    """
    problem, count = "", 0
    pending = [(0, len(datagram), 0)]
    while pending:
        start, end, depth = pending.pop()
        count += 1
        if count > MOST_MESSAGES:
            raise OscError(f"a datagram of more than {MOST_MESSAGES} messages")
        if datagram.startswith(b"/", start, end):
            try:
                yield _message(datagram, start, end)
            except UnicodeDecodeError:
                problem = "an address that is not ASCII"
        elif not datagram.startswith(_BUNDLE, start, end):
            problem = "data that is not OSC"
        elif depth >= DEEPEST:
            problem = f"bundles nested more than {DEEPEST} deep"
        else:
            parts, wrong = _parts(datagram, start + _HEAD, end)
            pending += ((begin, until, depth + 1) for begin, until in reversed(parts))
            problem = wrong or problem
    if problem:
        raise OscError(problem)


def _parts(datagram: bytes, place: int, end: int) -> tuple[list[tuple[int, int]], str]:
    """Positions of a bundle's elements up to the first invalid one, and what is wrong with that one."""
    parts: list[tuple[int, int]] = []
    if place > end:
        return parts, "a bundle without a time tag"
    while place < end:
        if end - place < 4:
            return parts, "a bundle that ends within the size of an element"
        (size,) = struct.unpack_from(">i", datagram, place)
        place += 4
        if not 0 < size <= end - place:
            return parts, f"a bundle with an element of {size} bytes where {end - place} are left"
        if len(parts) == MOST_MESSAGES:
            return parts, f"a bundle of more than {MOST_MESSAGES} elements"
        parts.append((place, place + size))
        place += size
    return parts, ""


def _message(datagram: bytes, start: int, end: int) -> Message:
    stop = datagram.find(b"\0", start, end)
    address = datagram[start : end if stop < 0 else stop].decode("ascii")
    place = start + (len(address) // 4 + 1) * 4
    if place >= end:  # no values (type tags are optional then), or the end of the address is missing
        return address, [] if stop >= 0 else None
    try:
        return address, _values(datagram, start, place, end)
    except (OscError, struct.error):
        return address, None


def _values(datagram: bytes, start: int, place: int, end: int) -> list[Any]:
    tags, place = _string(datagram, start, place, end)
    if not tags.startswith(","):
        raise OscError("values without type tags")
    values: list[Any] = []
    for tag in tags[1:]:
        if tag in _SIZES:
            form = _SIZES[tag]
            size = struct.calcsize(form)
            piece = datagram[place : min(place + size, end)]
            if tag == "f" and piece:
                piece = piece.ljust(size, b"\0")  # Reaktor omits trailing zeros of a float
            values += struct.unpack(form, piece)
            place += size
        elif tag in _WITHOUT_DATA:
            values.append(_WITHOUT_DATA[tag])
        elif tag in "sS":
            text, place = _string(datagram, start, place, end)
            values.append(text)
        elif tag == "b":
            (size,) = struct.unpack(">i", datagram[place : min(place + 4, end)])
            place += 4
            if not 0 <= size <= end - place:
                raise OscError("a blob that is longer than the message")
            values.append(datagram[place : place + size])
            place += (size + 3) // 4 * 4
        elif tag not in "[]":
            raise OscError("an unknown type tag")
    return values


def _string(datagram: bytes, start: int, place: int, end: int) -> tuple[str, int]:
    """Parse a string at ``place``; also return where the next value begins: padded to 4 bytes from ``start``."""
    stop = datagram.find(b"\0", place, end)
    if stop < 0:
        raise OscError("a string without an end")
    return datagram[place:stop].decode("utf-8", "replace"), start + ((stop - start) // 4 + 1) * 4
