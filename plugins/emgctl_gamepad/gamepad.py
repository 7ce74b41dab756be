"""Output ``gamepad``: a virtual Xbox 360 controller through vgamepad."""

from __future__ import annotations

import errno
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

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
LOWEST = dict.fromkeys(STICKS, -1.0) | dict.fromkeys(TRIGGERS, 0.0)  # the highest is 1 everywhere


class Pad(Protocol):
    """What emgctl uses of vgamepad's VX360Gamepad; nothing reaches a game before ``update``."""

    def press_button(self, button: Any) -> None:
        """Press one of XUSB_BUTTON."""

    def release_button(self, button: Any) -> None:
        """Release one of XUSB_BUTTON."""

    def left_joystick_float(self, x_value_float: float, y_value_float: float) -> None:
        """Move the left stick, [-1, 1], up and right positive."""

    def right_joystick_float(self, x_value_float: float, y_value_float: float) -> None:
        """Move the right stick."""

    def left_trigger_float(self, value_float: float) -> None:
        """Pull the left trigger, [0, 1]."""

    def right_trigger_float(self, value_float: float) -> None:
        """Pull the right trigger."""

    def reset(self) -> None:
        """Release everything."""

    def update(self) -> None:
        """Let the game see it."""


class GamepadOptions(Options):
    """Nothing to set yet: it is an Xbox 360 controller, which every game knows."""


class Gamepad(Output):
    """A virtual Xbox 360 controller (Linux through uinput, Windows through ViGEmBus)."""

    kind = "gamepad"
    controls = Controls(frozenset(BUTTONS), frozenset(LOWEST))
    Options = GamepadOptions
    options: GamepadOptions
    make_pad: Callable[[], tuple[Pad, Callable[[str], Any]]] | None = None
    """Makes the pad and finds its buttons by their XUSB names; None for vgamepad's."""

    _pad: Pad | None = None

    def open(self, session: Session) -> None:  # noqa: ARG002 - a gamepad needs to know nothing
        """Create the controller, which games see from now on."""
        self._pad, self._button = (self.make_pad or _vgamepad)()
        self._pressed: frozenset[str] = frozenset()
        self._axes = dict.fromkeys(LOWEST, 0.0)

    def send(self, command: Command) -> None:
        """Press, release and move what differs from the last command."""
        assert self._pad is not None  # noqa: S101 - the core opens before it sends
        pressed = command.buttons & BUTTONS.keys()
        axes = {name: _inside(command.axes.get(name, 0.0), lowest) for name, lowest in LOWEST.items()}
        if (pressed, axes) == (self._pressed, self._axes):
            return
        for name in sorted(self._pressed - pressed):
            self._pad.release_button(button=self._button(BUTTONS[name]))
        for name in sorted(pressed - self._pressed):
            self._pad.press_button(button=self._button(BUTTONS[name]))
        if pressed or any(axes.values()):
            self._pad.left_joystick_float(axes["left_x"], axes["left_y"])
            self._pad.right_joystick_float(axes["right_x"], axes["right_y"])
            self._pad.left_trigger_float(axes["left_trigger"])
            self._pad.right_trigger_float(axes["right_trigger"])
        else:
            self._pad.reset()  # whatever went wrong before, this is neutral
        self._pad.update()
        self._pressed, self._axes = pressed, axes

    def close(self) -> None:
        """Release everything; the controller goes with the object."""
        pad, self._pad = self._pad, None
        if pad is not None:
            pad.reset()
            pad.update()


def _inside(value: float, lowest: float) -> float:
    """The value within the axis's range, beyond which vgamepad's integers wrap around; 0 for NaN."""
    return min(max(float(value), lowest), 1.0) if math.isfinite(value) else 0.0


def _vgamepad() -> tuple[Pad, Callable[[str], Any]]:
    if sys.platform == "darwin":
        raise DeviceError(
            "gamepad",
            "macOS lets no program make a virtual controller",
            "use the output 'osc', and a program that turns OSC into keys",
        )
    try:
        import vgamepad
    except ModuleNotFoundError as error:
        raise missing_extra("gamepad", "vgamepad", "gamepad") from error
    except Exception as error:  # vgamepad's import loads libevdev or the ViGEm client, and raises what these raise
        raise DeviceError("gamepad", *_why_not_loaded(error)) from error
    try:
        pad: Pad = vgamepad.VX360Gamepad()
    except Exception as error:  # uinput gives OSErrors, ViGEm plain Exceptions
        raise DeviceError("gamepad", *_why(error)) from error
    return pad, lambda name: getattr(vgamepad.XUSB_BUTTON, f"XUSB_GAMEPAD_{name}")


NO_VIGEMBUS = "install ViGEmBus 1.17 from https://github.com/nefarius/ViGEmBus/releases and restart"


def _why_not_loaded(error: Exception) -> tuple[str, str]:
    if sys.platform == "win32":
        return f"the driver ViGEmBus does not answer ({error})", NO_VIGEMBUS
    if "libevdev" in str(error):
        return "the library libevdev.so.2 is missing", "run: sudo apt install libevdev2 (elsewhere: libevdev)"
    return f"vgamepad can't be loaded ({error})", "run: pip install --force-reinstall 'emgctl[gamepad]'"


def _why(error: Exception) -> tuple[str, str]:
    if sys.platform == "win32":
        return f"the driver ViGEmBus does not answer ({error})", NO_VIGEMBUS
    number = getattr(error, "errno", None)
    if number in (errno.EACCES, errno.EPERM):
        rule = 'KERNEL=="uinput", TAG+="uaccess"'
        return (
            "you may not open /dev/uinput",
            f"put the line {rule} into /etc/udev/rules.d/50-uinput.rules, run: sudo udevadm control --reload && "
            "sudo udevadm trigger /dev/uinput, and log in again",
        )
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO) or not Path("/dev/uinput").exists():
        return "there is no /dev/uinput", "run: sudo modprobe uinput (a container can't: use its host)"
    return f"no virtual controller can be made ({error})", ""
