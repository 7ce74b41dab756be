"""Names of keys and mouse buttons, and their evdev and pynput equivalents."""

from __future__ import annotations

import string

_NAMED = {  # ours: Linux's name without KEY_ (input-event-codes.h), pynput's name in its class Key
    "space": ("SPACE", "space"),
    "enter": ("ENTER", "enter"),
    "esc": ("ESC", "esc"),
    "tab": ("TAB", "tab"),
    "backspace": ("BACKSPACE", "backspace"),
    "delete": ("DELETE", "delete"),
    "home": ("HOME", "home"),
    "end": ("END", "end"),
    "page_up": ("PAGEUP", "page_up"),
    "page_down": ("PAGEDOWN", "page_down"),
    "up": ("UP", "up"),
    "down": ("DOWN", "down"),
    "left": ("LEFT", "left"),
    "right": ("RIGHT", "right"),
    "shift": ("LEFTSHIFT", "shift"),
    "ctrl": ("LEFTCTRL", "ctrl"),
    "alt": ("LEFTALT", "alt"),
    "super": ("LEFTMETA", "cmd"),
    "caps_lock": ("CAPSLOCK", "caps_lock"),
    "volume_up": ("VOLUMEUP", "media_volume_up"),
    "volume_down": ("VOLUMEDOWN", "media_volume_down"),
    "play": ("PLAYPAUSE", "media_play_pause"),
    "next_track": ("NEXTSONG", "media_next"),
} | {f"f{number}": (f"F{number}", f"f{number}") for number in range(1, 13)}
_CHARACTERS = {"minus": "-", "equal": "=", "comma": ",", "dot": ".", "slash": "/", "semicolon": ";", "apostrophe": "'"}

EVDEV_KEYS = (
    {f"key_{name}": f"KEY_{code}" for name, (code, _) in _NAMED.items()}
    | {f"key_{one}": f"KEY_{one.upper()}" for one in string.ascii_lowercase + string.digits}
    | {f"key_{name}": f"KEY_{name.upper()}" for name in _CHARACTERS}
)
"""Linux's code for each key: key_a, key_space, key_f1 ..."""

PYNPUT_KEYS = (
    {f"key_{name}": f"Key.{key}" for name, (_, key) in _NAMED.items()}
    | {f"key_{one}": one for one in string.ascii_lowercase + string.digits}
    | {f"key_{name}": character for name, character in _CHARACTERS.items()}
)
"""pynput's name or character for each key."""

MOUSE_BUTTONS = {"mouse_left": "BTN_LEFT", "mouse_right": "BTN_RIGHT", "mouse_middle": "BTN_MIDDLE"}
"""Linux's code for each mouse button; pynput's names are the last word."""

BUTTONS = frozenset(EVDEV_KEYS) | frozenset(MOUSE_BUTTONS)
AXES = frozenset({"mouse_x", "mouse_y", "wheel"})
