"""Names of keys and mouse buttons, and the codes that each system has for them.

A key is a place on a US keyboard, as in games: ``key_q`` is the key beside Tab, whatever is printed on it.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

Code = TypeVar("Code", int, str)

OWN_EVENTS = 0x656D6763
"""Marks the events that emgctl sends on Windows and macOS, so that they never count as a stop key ("emgc")."""

EXTENDED = 0xE000
"""Added to the Windows scan code of a key whose code begins with the byte E0."""

MEDIA = 0x100
"""Added to the macOS code of a media key, which is one of IOKit's (hidsystem/ev_keymap.h, NX_KEYTYPE)."""


@dataclass(frozen=True, slots=True)
class Key:
    """The codes of a key.

    ``linux`` is a name of input-event-codes.h, ``windows`` a scan code of set 1 ("Keyboard Input Overview"),
    ``macos`` a virtual key code (HIToolbox/Events.h).
    """

    linux: str
    windows: int
    macos: int


@dataclass(frozen=True, slots=True)
class MouseButton:
    """The codes of a mouse button.

    ``linux`` is a name of input-event-codes.h, ``windows`` the flag for a press (twice of which is the release) with
    ``windows_data``, ``macos`` a CGMouseButton.
    """

    linux: str
    windows: int
    windows_data: int
    macos: int


_NAMED = {
    "space": Key("KEY_SPACE", 0x39, 0x31),
    "enter": Key("KEY_ENTER", 0x1C, 0x24),
    "esc": Key("KEY_ESC", 0x01, 0x35),
    "tab": Key("KEY_TAB", 0x0F, 0x30),
    "backspace": Key("KEY_BACKSPACE", 0x0E, 0x33),
    "delete": Key("KEY_DELETE", EXTENDED | 0x53, 0x75),
    "home": Key("KEY_HOME", EXTENDED | 0x47, 0x73),
    "end": Key("KEY_END", EXTENDED | 0x4F, 0x77),
    "page_up": Key("KEY_PAGEUP", EXTENDED | 0x49, 0x74),
    "page_down": Key("KEY_PAGEDOWN", EXTENDED | 0x51, 0x79),
    "up": Key("KEY_UP", EXTENDED | 0x48, 0x7E),
    "down": Key("KEY_DOWN", EXTENDED | 0x50, 0x7D),
    "left": Key("KEY_LEFT", EXTENDED | 0x4B, 0x7B),
    "right": Key("KEY_RIGHT", EXTENDED | 0x4D, 0x7C),
    "shift": Key("KEY_LEFTSHIFT", 0x2A, 0x38),
    "ctrl": Key("KEY_LEFTCTRL", 0x1D, 0x3B),
    "alt": Key("KEY_LEFTALT", 0x38, 0x3A),
    "super": Key("KEY_LEFTMETA", EXTENDED | 0x5B, 0x37),
    "caps_lock": Key("KEY_CAPSLOCK", 0x3A, 0x39),
    "volume_up": Key("KEY_VOLUMEUP", EXTENDED | 0x30, MEDIA | 0),
    "volume_down": Key("KEY_VOLUMEDOWN", EXTENDED | 0x2E, MEDIA | 1),
    "play": Key("KEY_PLAYPAUSE", EXTENDED | 0x22, MEDIA | 16),
    "next_track": Key("KEY_NEXTSONG", EXTENDED | 0x19, MEDIA | 17),
}
_CHARACTERS = {"minus": "-", "equal": "=", "comma": ",", "dot": ".", "slash": "/", "semicolon": ";", "apostrophe": "'"}
_CHARACTERS |= {one: one for one in string.ascii_lowercase + string.digits}
_WINDOWS_ROWS = {0x02: "1234567890-=", 0x10: "qwertyuiop", 0x1E: "asdfghjkl;'", 0x2C: "zxcvbnm,./"}
_WINDOWS = {character: code for first, row in _WINDOWS_ROWS.items() for code, character in enumerate(row, first)}
_MACOS = "asdfhgzxcv§bqweryt123465=97-80]ou[ip\rlj'k;\\,/nm."  # in the order of their codes, from 0
_WINDOWS_F = (*range(0x3B, 0x45), 0x57, 0x58)
_MACOS_F = (0x7A, 0x78, 0x63, 0x76, 0x60, 0x61, 0x62, 0x64, 0x65, 0x6D, 0x67, 0x6F)

KEYS: dict[str, Key] = (
    {f"key_{name}": key for name, key in _NAMED.items()}
    | {
        f"key_f{number}": Key(f"KEY_F{number}", windows, macos)
        for number, (windows, macos) in enumerate(zip(_WINDOWS_F, _MACOS_F, strict=True), 1)
    }
    | {
        f"key_{name}": Key(f"KEY_{name.upper()}", _WINDOWS[character], _MACOS.index(character))
        for name, character in _CHARACTERS.items()
    }
)
"""The codes of each key: key_a, key_space, key_f1 ..."""

_RIGHT = {
    "key_shift": Key("KEY_RIGHTSHIFT", 0x36, 0x3C),
    "key_ctrl": Key("KEY_RIGHTCTRL", EXTENDED | 0x1D, 0x3E),
    "key_alt": Key("KEY_RIGHTALT", EXTENDED | 0x38, 0x3D),
    "key_super": Key("KEY_RIGHTMETA", EXTENDED | 0x5C, 0x36),
}

MOUSE_BUTTONS = {
    "mouse_left": MouseButton("BTN_LEFT", 0x0002, 0, 0),
    "mouse_right": MouseButton("BTN_RIGHT", 0x0008, 0, 1),
    "mouse_middle": MouseButton("BTN_MIDDLE", 0x0020, 0, 2),
    "mouse_back": MouseButton("BTN_SIDE", 0x0080, 1, 3),
    "mouse_forward": MouseButton("BTN_EXTRA", 0x0080, 2, 4),
}
"""The codes of each mouse button; the last two are those at the thumb."""

BUTTONS = frozenset(KEYS) | frozenset(MOUSE_BUTTONS)
AXES = frozenset({"mouse_x", "mouse_y", "wheel"})


def by_code(names: Iterable[str], code: Callable[[Key], Code]) -> dict[Code, str]:
    """The names by the codes that one system has for them; a modifier such as Shift has one on either side."""
    return {code(key): name for name in names for key in (KEYS[name], _RIGHT.get(name)) if key is not None}
