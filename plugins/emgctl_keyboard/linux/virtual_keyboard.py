"""A keyboard and mouse in the Linux kernel, through uinput."""

from __future__ import annotations

from types import ModuleType

from emgctl.errors import DeviceError, missing_extra
from emgctl.support import uinput
from emgctl_keyboard.keys import KEYS, MOUSE_BUTTONS

NAME = "emgctl keyboard and mouse"


class UinputBackend:
    """A keyboard and mouse in the Linux kernel, for both X11 and Wayland."""

    def __init__(self) -> None:
        try:
            import evdev
        except ImportError as error:
            raise missing_extra("keyboard", "evdev", "keyboard") from error
        self._codes: ModuleType = evdev.ecodes
        codes = self._codes.ecodes
        self._keys = {name: codes[key.linux] for name, key in (KEYS | MOUSE_BUTTONS).items()}
        events = {
            self._codes.EV_KEY: list(self._keys.values()),
            self._codes.EV_REL: [self._codes.REL_X, self._codes.REL_Y, self._codes.REL_WHEEL],
        }
        try:
            self._device = evdev.UInput(events, name=NAME)
        except Exception as error:  # an OSError or evdev's own exception
            wrong = uinput.problem() or (f"cannot create a virtual keyboard ({error})", "")
            raise DeviceError("keyboard", *wrong) from error

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
