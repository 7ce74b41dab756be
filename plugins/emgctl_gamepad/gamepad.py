"""Output ``gamepad``: a virtual Xbox 360 controller through vgamepad."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emgctl.errors import DeviceError, missing_extra
from emgctl.plugin import Controls, Options, Output, Session
from emgctl.types import Command

# names of vgamepad's XUSB_BUTTON, without their common XUSB_GAMEPAD_
BUTTONS = {
    "a": "A",
    "b": "B",
    "x": "X",
    "y": "Y",
    "lb": "LEFT_SHOULDER",
    "rb": "RIGHT_SHOULDER",
    "back": "BACK",
    "start": "START",
    "guide": "GUIDE",
    "ls": "LEFT_THUMB",
    "rs": "RIGHT_THUMB",
    "dpad_up": "DPAD_UP",
    "dpad_down": "DPAD_DOWN",
    "dpad_left": "DPAD_LEFT",
    "dpad_right": "DPAD_RIGHT",
}
STICKS = ("left_x", "left_y", "right_x", "right_y")
TRIGGERS = ("left_trigger", "right_trigger")


class GamepadOptions(Options):
    """Nothing to set yet: it is an Xbox 360 controller, which every game knows."""


class Gamepad(Output):
    """A virtual Xbox 360 controller (Linux through uinput, Windows through ViGEmBus)."""

    kind = "gamepad"
    controls = Controls(frozenset(BUTTONS), frozenset(STICKS + TRIGGERS))
    Options = GamepadOptions
    options: GamepadOptions
    make_pad: Callable[[], tuple[Any, Callable[[str], Any]]] | None = None
    """Makes the pad and finds its buttons; None for vgamepad's."""

    _pad: Any = None

    def open(self, session: Session) -> None:  # noqa: ARG002 - a gamepad needs to know nothing
        """Create the controller, which games see from now on."""
        self._pad, self._button = (self.make_pad or _vgamepad)()
        self._pressed: frozenset[str] = frozenset()
        self._axes: dict[str, float] = {}

    def send(self, command: Command) -> None:
        """Press, release and move what differs from the last command."""
        pressed = frozenset(name for name in command.buttons if name in BUTTONS)
        axes = {name: float(command.axes.get(name, 0.0)) for name in STICKS + TRIGGERS}
        if pressed == self._pressed and axes == self._axes:
            return
        for name in sorted(self._pressed - pressed):
            self._pad.release_button(button=self._button(BUTTONS[name]))
        for name in sorted(pressed - self._pressed):
            self._pad.press_button(button=self._button(BUTTONS[name]))
        self._pad.left_joystick_float(axes["left_x"], axes["left_y"])
        self._pad.right_joystick_float(axes["right_x"], axes["right_y"])
        self._pad.left_trigger_float(max(axes["left_trigger"], 0.0))
        self._pad.right_trigger_float(max(axes["right_trigger"], 0.0))
        self._pad.update()
        self._pressed, self._axes = pressed, axes

    def close(self) -> None:
        """Release everything; the controller goes with the object."""
        if self._pad is not None:
            self._pad.reset()
            self._pad.update()
            self._pad = None


def _vgamepad() -> tuple[Any, Callable[[str], Any]]:
    if sys.platform == "darwin":
        raise DeviceError("gamepad", "macOS lets no program make a virtual controller", "use the output 'osc'")
    try:
        import vgamepad
    except ImportError as error:
        raise missing_extra("gamepad", "vgamepad", "gamepad") from error
    except Exception as error:  # vgamepad's import loads libevdev or the ViGEm client, and raises what these raise
        remedy = "install ViGEmBus" if sys.platform == "win32" else "run: sudo apt install libevdev2"
        raise DeviceError("gamepad", f"vgamepad can't be loaded: {error}", remedy) from error
    try:
        pad = vgamepad.VX360Gamepad()
    except Exception as error:  # uinput gives OSErrors, ViGEm plain Exceptions
        raise DeviceError("gamepad", *_why(error)) from error
    return pad, lambda name: getattr(vgamepad.XUSB_BUTTON, f"XUSB_GAMEPAD_{name}")


def _why(error: Exception) -> tuple[str, str]:
    if sys.platform == "win32":
        return f"no virtual controller can be made: {error}", "install ViGEmBus"
    if isinstance(error, FileNotFoundError) or not Path("/dev/uinput").exists():
        return "there is no /dev/uinput", "run: sudo modprobe uinput"
    if isinstance(error, PermissionError):
        rule = 'KERNEL=="uinput", TAG+="uaccess"'
        return "you may not open /dev/uinput", f"put {rule} into /etc/udev/rules.d/50-uinput.rules and log in again"
    return f"no virtual controller can be made: {error}", ""
