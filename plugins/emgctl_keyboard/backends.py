"""Presses keys and moves the mouse: uinput on Linux, pynput elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Protocol

from emgctl.errors import DeviceError, missing_extra
from emgctl.support import uinput
from emgctl.support.diagnostics import Diagnostic, library
from emgctl_keyboard.keys import EVDEV_KEYS, MOUSE_BUTTONS, PYNPUT_KEYS

NAME = "emgctl keyboard and mouse"


class KeyboardBackend(Protocol):
    """A virtual keyboard and mouse, indistinguishable from real ones for programs."""

    def press(self, name: str, down: bool) -> None:
        """Press or release a key or mouse button."""

    def move(self, x: int, y: int, wheel: int) -> None:
        """Move the pointer (right and down positive) and the wheel (up positive)."""

    def done(self) -> None:
        """Mark the end of a group of simultaneous events."""

    def close(self) -> None:
        """Remove the devices."""


class UinputBackend:
    """A keyboard and mouse in the Linux kernel, for both X11 and Wayland."""

    def __init__(self) -> None:
        try:
            import evdev
        except ImportError as error:
            raise missing_extra("keyboard", "evdev", "keyboard") from error
        self._codes: ModuleType = evdev.ecodes
        codes = self._codes.ecodes
        self._keys = {name: codes[code] for name, code in (EVDEV_KEYS | MOUSE_BUTTONS).items()}
        events = {
            self._codes.EV_KEY: list(self._keys.values()),
            self._codes.EV_REL: [self._codes.REL_X, self._codes.REL_Y, self._codes.REL_WHEEL],
        }
        try:
            self._device = evdev.UInput(events, name=NAME)
        except Exception as error:  # an OSError or evdev's own exception
            raise DeviceError("keyboard", *_why(error)) from error

    def press(self, name: str, down: bool) -> None:
        """Write the key event."""
        self._device.write(self._codes.EV_KEY, self._keys[name], int(down))

    def move(self, x: int, y: int, wheel: int) -> None:
        """Write the relative axis events."""
        for axis, value in ((self._codes.REL_X, x), (self._codes.REL_Y, y), (self._codes.REL_WHEEL, wheel)):
            if value:
                self._device.write(self._codes.EV_REL, axis, value)

    def done(self) -> None:
        """Write a synchronization event."""
        self._device.syn()

    def close(self) -> None:
        """Remove the device; its keys are released with it."""
        self._device.close()


class PynputBackend:
    """The system's keyboard and mouse on Windows and macOS."""

    def __init__(self) -> None:
        try:
            from pynput import keyboard, mouse
        except ImportError as error:
            raise missing_extra("keyboard", "pynput", "keyboard") from error
        self._keyboard, self._mouse = keyboard.Controller(), mouse.Controller()
        self._keys = {
            name: getattr(keyboard.Key, key.removeprefix("Key.")) if key.startswith("Key.") else key
            for name, key in PYNPUT_KEYS.items()
        }
        self._buttons = {name: getattr(mouse.Button, name.removeprefix("mouse_")) for name in MOUSE_BUTTONS}

    def press(self, name: str, down: bool) -> None:
        """Press or release immediately."""
        if name in self._buttons:
            (self._mouse.press if down else self._mouse.release)(self._buttons[name])
        else:
            (self._keyboard.press if down else self._keyboard.release)(self._keys[name])

    def move(self, x: int, y: int, wheel: int) -> None:
        """Move immediately."""
        if x or y:
            self._mouse.move(x, y)
        if wheel:
            self._mouse.scroll(0, wheel)

    def done(self) -> None:
        """Do nothing: events take effect immediately."""

    def close(self) -> None:
        """Do nothing: no resource is held."""


def make_backend() -> KeyboardBackend:
    """Create the one for this system; raises DeviceError with a remedy."""
    return UinputBackend() if sys.platform == "linux" else PynputBackend()


def _why(error: Exception) -> tuple[str, str]:
    return uinput.problem() or (f"cannot create a virtual keyboard ({error})", "")


def findings() -> Iterator[Diagnostic]:
    """Check what a virtual keyboard needs."""
    if sys.platform != "linux":
        yield library("pynput", "keyboard")
        if sys.platform == "darwin":
            yield Diagnostic(
                "accessibility", True, "macOS requests permission at the first key press; allow it for this terminal"
            )
        return
    yield library("evdev", "keyboard")
    yield uinput.finding()
