"""Puts packets together that were too long for a notification."""

from __future__ import annotations

from emgctl_gforce.protocol import PARTIAL

_HEAD = 2  # the mark and the number
MOST_BYTES = 1024


class Assembly:
    """Joins parts: each begins with FF and a number that counts down to 0. What is no part passes as it is.

    ``broken`` counts packets of which later parts are missing. Where the first ones are missing the rest is passed on
    as a packet, which is too short to be one. That exactly as many parts in a row are lost as a packet has can't be
    seen: the beginning of one packet is then joined with the end of another.
    """

    def __init__(self) -> None:
        self._parts = bytearray()
        self._next: int | None = None
        self.broken = 0

    def put(self, notification: bytes) -> bytes | None:
        """Add what has arrived; returns a packet as soon as it is whole."""
        if notification[:1] != bytes([PARTIAL]):
            self._give_up()
            return notification
        if len(notification) <= _HEAD:
            self._give_up()
            self.broken += 1
            return None
        number = notification[1]
        if self._next is not None and number != self._next:
            self._give_up()
        self._parts += notification[_HEAD:]
        self._next = number - 1 if number else None
        if len(self._parts) > MOST_BYTES:
            self._give_up()
            return None
        if number:
            return None
        whole = bytes(self._parts)
        self._parts.clear()
        return whole

    def _give_up(self) -> None:
        if self._next is not None:
            self.broken += 1
        self._parts.clear()
        self._next = None
