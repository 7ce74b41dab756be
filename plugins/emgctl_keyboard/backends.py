"""Presses keys and moves the mouse: through uinput on Linux, SendInput on Windows, Quartz on macOS."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Protocol

from emgctl.support import macos_permissions, uinput
from emgctl.support.diagnostics import Diagnostic, library


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


def make_backend() -> KeyboardBackend:
    """Create the one for this system; raises DeviceError with a remedy."""
    if sys.platform == "win32":
        from emgctl_keyboard.windows.send_input import SendInputBackend

        return SendInputBackend()
    if sys.platform == "darwin":
        from emgctl_keyboard.macos.quartz_events import QuartzBackend

        return QuartzBackend()
    from emgctl_keyboard.linux.virtual_keyboard import UinputBackend

    return UinputBackend()


def findings() -> Iterator[Diagnostic]:
    """Check what a virtual keyboard, and the watch for stop keys, need."""
    if sys.platform == "win32":
        yield library("pynput", "keyboard")
        yield Diagnostic(
            "programs run as administrator",
            True,
            "get no keys and hide the stop keys; if a game is one, run emgctl as administrator, too",
        )
    elif sys.platform == "darwin":
        quartz = library("Quartz", "keyboard")
        yield quartz
        if quartz.good:
            yield macos_permissions.control()
            yield macos_permissions.monitoring()
    else:
        yield library("evdev", "keyboard")
        yield uinput.finding()
