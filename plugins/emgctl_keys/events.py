"""The kernel's events of a keyboard, pedal or gamepad, and which of its keys are down (linux/input.h)."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress

EVENT = struct.Struct("llHHi")
"""``struct input_event``: seconds, microseconds, type, code and value."""

_SYN, _KEY, _DROPPED = 0, 1, 3
_UP, _DOWN = 0, 1  # 2 is repeated
_STATE_BYTES = 96  # a bit for each code up to KEY_MAX
_EVIOCGKEY = 2 << 30 | _STATE_BYTES << 16 | ord("E") << 8 | 0x18
_MOST_EVENTS = 64  # of one read


class KeyEvents:
    """Follows the keys ``codes`` of an open device.

    A key that was pressed and released between two calls of :meth:`down` is down at the next one.
    """

    def __init__(self, device: int, codes: tuple[int, ...]) -> None:
        self._device, self._codes = device, codes
        self._down: set[int] = set()
        self._pressed: set[int] = set()
        self._rest = b""
        self._read_state()

    def read(self) -> None:
        """Take the events that have arrived.

        Raises:
            OSError: the device is gone.
        """
        data = os.read(self._device, EVENT.size * _MOST_EVENTS)
        if not data:
            raise OSError("it was closed")
        data = self._rest + data
        whole = len(data) - len(data) % EVENT.size
        self._rest = data[whole:]
        for kind, code, value in _events(data[:whole]):
            if kind == _SYN and code == _DROPPED:
                self._read_state()
            elif kind == _KEY and code in self._codes and value in (_UP, _DOWN):
                if value == _DOWN:
                    self._down.add(code)
                    self._pressed.add(code)
                else:
                    self._down.discard(code)

    def down(self) -> list[bool]:
        """Whether each key is down, or was since the last call."""
        found = [code in self._down or code in self._pressed for code in self._codes]
        self._pressed.clear()
        return found

    def _read_state(self) -> None:
        """Take from the kernel which keys are down; what is no device, such as a pipe, has no such state."""
        if sys.platform == "win32":
            return
        import fcntl

        with suppress(OSError):
            state = fcntl.ioctl(self._device, _EVIOCGKEY, bytes(_STATE_BYTES))
            self._down = {code for code in self._codes if state[code // 8] >> code % 8 & 1}


def _events(data: bytes) -> Iterator[tuple[int, int, int]]:
    return ((kind, code, value) for _, _, kind, code, value in EVENT.iter_unpack(data))
