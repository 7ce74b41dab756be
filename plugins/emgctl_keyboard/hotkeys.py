"""Watches the real keyboards for the stop keys."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping

from emgctl.errors import DeviceError
from emgctl.support.halt_queue import HaltQueue
from emgctl.types import StopAnswer, StopRequest


class KeyWatch:
    """Calls ``halt`` when one of ``keys`` is pressed on a real keyboard, whichever program has the focus.

    A key counts by its place on the keyboard, with or without Shift, Ctrl or Caps Lock, and a modifier on either side.
    What emgctl presses itself does not count.

    Raises:
        DeviceError: no keyboard can be read, with a remedy.
    """

    def __init__(self, keys: Mapping[str, StopRequest], halt: Callable[[StopRequest], StopAnswer]) -> None:
        self._halts = HaltQueue(halt)  # keys are read while an output is still confirming
        try:
            self._stop = _watch(keys, lambda name: self._halts.put(keys[name]))
        except DeviceError:
            self._halts.close()
            raise

    def close(self) -> None:
        """Stop watching; may be called twice."""
        self._stop()
        self._halts.close()


def _watch(keys: Iterable[str], pressed: Callable[[str], None]) -> Callable[[], None]:
    """Start the watch of this system and return what ends it."""
    if sys.platform == "win32":
        from emgctl_keyboard.windows import keyboard_hook

        return keyboard_hook.watch(keys, pressed)
    if sys.platform == "darwin":
        from emgctl_keyboard.macos import event_tap

        return event_tap.watch(keys, pressed)
    from emgctl_keyboard.linux import board_keys

    return board_keys.watch(keys, pressed)
