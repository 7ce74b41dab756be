"""The stop keys on Windows: a low-level keyboard hook, which pynput installs and serves.

Events are compared by scan code in the hook itself. pynput's own names differ with Shift, Ctrl, Caps Lock and the side
of a modifier, and do not tell emgctl's presses from the user's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from emgctl.errors import missing_extra
from emgctl_keyboard.keys import EXTENDED, OWN_EVENTS, by_code
from emgctl_keyboard.windows import libraries

_EXTENDED, _UP = 0x01, 0x80  # KBDLLHOOKSTRUCT.flags: LLKHF_EXTENDED, LLKHF_UP
_TO_SCAN_CODE = 4  # MAPVK_VK_TO_VSC_EX
_REPEAT_MS = 2100  # the longest pause between repetitions of a held key (that of the filter keys)


class KeyEvent(Protocol):
    """KBDLLHOOKSTRUCT."""

    vkCode: int  # noqa: N815 - Windows' names
    scanCode: int  # noqa: N815
    flags: int
    time: int
    dwExtraInfo: int | None  # noqa: N815


class StopKeys:
    """Finds the presses of stop keys among a hook's events; ``wanted`` are their names by scan code."""

    def __init__(
        self, wanted: Mapping[int, str], pressed: Callable[[str], None], scan_code: Callable[[int], int]
    ) -> None:
        self._wanted, self._pressed, self._scan_code = wanted, pressed, scan_code
        self._down_ms: dict[int, int] = {}

    def filter(self, _message: int, event: KeyEvent) -> bool:
        """Take an event. False: pynput need not look at it; Windows passes it on to other programs all the same."""
        if (event.dwExtraInfo or 0) == OWN_EVENTS:
            return False
        # what programs send may lack the scan code
        code = event.scanCode | (EXTENDED if event.flags & _EXTENDED else 0)
        if not event.scanCode:
            code = self._scan_code(event.vkCode)
        if code not in self._wanted:
            return False
        if event.flags & _UP:
            self._down_ms.pop(code, None)
            return False
        before_ms, self._down_ms[code] = self._down_ms.get(code), event.time
        # A release goes unseen where a program of the administrator is in front, so only a recent press is a repetition
        if before_ms is None or (event.time - before_ms) % 2**32 > _REPEAT_MS:
            self._pressed(self._wanted[code])
        return False


def watch(keys: Iterable[str], pressed: Callable[[str], None]) -> Callable[[], None]:
    """Call ``pressed`` with each of ``keys`` that is pressed, but not by emgctl itself.

    Returns:
        what ends it; may be called twice.

    Raises:
        DeviceError: pynput is missing.
    """
    try:
        from pynput import keyboard
    except ImportError as error:
        raise missing_extra("keyboard", "pynput", "keyboard") from error
    user32 = libraries.load().user32
    stop_keys = StopKeys(
        by_code(keys, lambda key: key.windows),
        pressed,
        lambda virtual: int(user32.MapVirtualKeyW(virtual, _TO_SCAN_CODE)),
    )
    listener = keyboard.Listener(win32_event_filter=stop_keys.filter)
    listener.start()
    stop: Callable[[], None] = listener.stop
    return stop
