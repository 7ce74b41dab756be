"""The structures of SendInput (winuser.h: INPUT, KEYBDINPUT, MOUSEINPUT), with widths that hold on any system."""

from __future__ import annotations

import ctypes

from emgctl_keyboard.keys import EXTENDED, KEYS, MOUSE_BUTTONS, OWN_EVENTS

NOTCH = 120  # WHEEL_DELTA

_MOUSE, _KEYBOARD = 0, 1
_MOVE, _WHEEL = 0x0001, 0x0800
_EXTENDED_KEY, _KEY_UP, _SCAN_CODE = 0x0001, 0x0002, 0x0008


class KeyboardInput(ctypes.Structure):
    """KEYBDINPUT."""

    _fields_ = (
        ("wVk", ctypes.c_uint16),
        ("wScan", ctypes.c_uint16),
        ("dwFlags", ctypes.c_uint32),
        ("time", ctypes.c_uint32),
        ("dwExtraInfo", ctypes.c_size_t),
    )


class MouseInput(ctypes.Structure):
    """MOUSEINPUT."""

    _fields_ = (
        ("dx", ctypes.c_int32),
        ("dy", ctypes.c_int32),
        ("mouseData", ctypes.c_uint32),
        ("dwFlags", ctypes.c_uint32),
        ("time", ctypes.c_uint32),
        ("dwExtraInfo", ctypes.c_size_t),
    )


class _OneInput(ctypes.Union):
    _fields_ = (("mi", MouseInput), ("ki", KeyboardInput))  # HARDWAREINPUT is smaller than either


class Input(ctypes.Structure):
    """INPUT: 40 bytes where a pointer has 8, 28 where it has 4."""

    _fields_ = (("type", ctypes.c_uint32), ("one", _OneInput))


def press(name: str, down: bool) -> Input:
    """A key or mouse button that is pressed or released.

    Keys are given by scan code, which games read; a virtual key alone reaches only programs that read messages.
    """
    if name in MOUSE_BUTTONS:
        button = MOUSE_BUTTONS[name]
        return _mouse(button.windows if down else button.windows << 1, data=button.windows_data)
    code = KEYS[name].windows
    flags = _SCAN_CODE | (_EXTENDED_KEY if code >= EXTENDED else 0) | (0 if down else _KEY_UP)
    return Input(_KEYBOARD, _OneInput(ki=KeyboardInput(0, code & 0xFF, flags, 0, OWN_EVENTS)))


def motion(x: int, y: int) -> Input:
    """Relative motion (right and down positive), as a mouse reports it: it turns the view in games."""
    return _mouse(_MOVE, x, y)


def wheel(notches: int) -> Input:
    """A turn of the wheel (up positive)."""
    return _mouse(_WHEEL, data=notches * NOTCH)


def _mouse(flags: int, x: int = 0, y: int = 0, data: int = 0) -> Input:
    return Input(_MOUSE, _OneInput(mi=MouseInput(x, y, data & 0xFFFF_FFFF, flags, 0, OWN_EVENTS)))
