"""The stop keys on macOS: an event tap that only listens, which needs the permission Input Monitoring.

pynput is not used here: its listener ends Python where it looks up the keyboard's layout off the main thread, and does
not notice that macOS refuses the tap or has switched it off.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from emgctl.errors import DeviceError
from emgctl.support import macos_permissions
from emgctl_keyboard.keys import MEDIA, OWN_EVENTS, by_code
from emgctl_keyboard.macos.quartz_events import quartz

log = logging.getLogger(__name__)

_CHECK_S = 0.2
_CAPS_LOCK = 0x39
_MEDIA_SUBTYPE, _MEDIA_DOWN = 8, 0xA


class EventTap:
    """Calls ``pressed`` with the name of each key of ``wanted`` (names by code) that is pressed, but not by emgctl.

    Raises:
        DeviceError: macOS does not allow it.
    """

    def __init__(self, wanted: Mapping[int, str], pressed: Callable[[str], None]) -> None:
        q = self._quartz = quartz()
        self._wanted, self._pressed = wanted, pressed
        self._modifiers = {
            code: mask
            for mask, codes in (
                (q.kCGEventFlagMaskShift, (0x38, 0x3C)),
                (q.kCGEventFlagMaskControl, (0x3B, 0x3E)),
                (q.kCGEventFlagMaskAlternate, (0x3A, 0x3D)),
                (q.kCGEventFlagMaskCommand, (0x37, 0x36)),
            )
            for code in codes
        }
        permission = macos_permissions.monitoring(ask=True)
        mask = 0
        for kind in (q.kCGEventKeyDown, q.kCGEventFlagsChanged, q.NSSystemDefined):
            mask |= q.CGEventMaskBit(kind)
        self._tap = permission.good and q.CGEventTapCreate(
            q.kCGSessionEventTap, q.kCGHeadInsertEventTap, q.kCGEventTapOptionListenOnly, mask, self.seen, None
        )
        if not self._tap:
            raise DeviceError(
                "keyboard",
                "macOS does not let emgctl hear 'pause_key' and 'kill_key'",
                macos_permissions.remedy("Input Monitoring") + " (or remove these options)",
            )
        self._closing = threading.Event()
        self._disabled = self._secure = False
        self._thread = threading.Thread(target=self._run, name="stop keys", daemon=True)
        self._thread.start()

    def seen(self, _proxy: object, kind: int, event: Any, _context: object) -> Any:
        """Take an event; macOS passes it on to other programs all the same."""
        q = self._quartz
        if q.CGEventGetIntegerValueField(event, q.kCGEventSourceUserData) != OWN_EVENTS:
            code = self._pressed_code(kind, event)
            if code is not None and code in self._wanted:
                self._pressed(self._wanted[code])
        return event

    def check(self) -> None:
        """Switch the tap on again where macOS has switched it off, and report when keys don't reach emgctl."""
        q = self._quartz
        if not q.CGEventTapIsEnabled(self._tap):
            q.CGEventTapEnable(self._tap, True)
        disabled = not q.CGEventTapIsEnabled(self._tap)
        if disabled and not self._disabled:
            log.warning(
                "macOS no longer lets emgctl read 'pause_key' and 'kill_key'; %s",
                macos_permissions.remedy("Input Monitoring"),
            )
        secure = _is_input_secure()
        if secure and not self._secure:
            log.warning(
                "'pause_key' and 'kill_key' don't work while a program reads the keyboard securely: leave the "
                "password field, or switch off Secure Keyboard Entry in the terminal's menu"
            )
        self._disabled, self._secure = disabled, secure

    def close(self) -> None:
        """Stop listening; may be called twice."""
        self._closing.set()
        if self._thread is not threading.current_thread():
            self._thread.join(1.0)

    def _pressed_code(self, kind: int, event: Any) -> int | None:
        """The code of the key that an event reports as pressed; None for releases, repetitions and the rest."""
        q = self._quartz
        if kind == q.NSSystemDefined:
            media = q.NSEvent.eventWithCGEvent_(event)
            if media.subtype() != _MEDIA_SUBTYPE:
                return None
            data = media.data1()
            is_press = (data >> 8 & 0xFF) == _MEDIA_DOWN and not data & 1  # the lowest bit: repeated
            return MEDIA | (data >> 16 & 0xFF) if is_press else None
        code = int(q.CGEventGetIntegerValueField(event, q.kCGKeyboardEventKeycode))
        if kind == q.kCGEventFlagsChanged:
            is_press = code == _CAPS_LOCK or bool(q.CGEventGetFlags(event) & self._modifiers.get(code, 0))
            return code if is_press else None
        if kind != q.kCGEventKeyDown or q.CGEventGetIntegerValueField(event, q.kCGKeyboardEventAutorepeat):
            return None
        return code

    def _run(self) -> None:
        q = self._quartz
        source = q.CFMachPortCreateRunLoopSource(None, self._tap, 0)
        q.CFRunLoopAddSource(q.CFRunLoopGetCurrent(), source, q.kCFRunLoopDefaultMode)
        q.CGEventTapEnable(self._tap, True)
        while not self._closing.is_set():
            q.CFRunLoopRunInMode(q.kCFRunLoopDefaultMode, _CHECK_S, False)
            self.check()
        q.CGEventTapEnable(self._tap, False)
        q.CFMachPortInvalidate(self._tap)


def watch(keys: Iterable[str], pressed: Callable[[str], None]) -> Callable[[], None]:
    """Call ``pressed`` with each of ``keys`` that is pressed, but not by emgctl itself.

    Returns:
        what ends it; may be called twice.

    Raises:
        DeviceError: Quartz is missing, or macOS does not allow it.
    """
    return EventTap(by_code(keys, lambda key: key.macos), pressed).close


def _is_input_secure() -> bool:
    """Whether a program, such as one with a password field, keeps the keyboard from all others."""
    carbon = _carbon()
    return carbon is not None and bool(carbon.IsSecureEventInputEnabled())


@functools.cache
def _carbon() -> ctypes.CDLL | None:
    path = ctypes.util.find_library("Carbon")
    if path is None:
        return None
    carbon = ctypes.CDLL(path)
    carbon.IsSecureEventInputEnabled.restype = ctypes.c_ubyte
    return carbon
