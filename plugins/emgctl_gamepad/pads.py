"""The two virtual controllers of vgamepad behind one interface: control names in, rumble out."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import sys
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from emgctl.errors import DeviceError, missing_extra
from emgctl.support import uinput
from emgctl.support.diagnostics import Diagnostic, library

if TYPE_CHECKING:
    from vgamepad import VDS4Gamepad, VX360Gamepad

# names of vgamepad's XUSB_BUTTON, without their common XUSB_GAMEPAD_
X360_BUTTONS = {
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
# names of vgamepad's DS4_BUTTONS, without their common DS4_BUTTON_
DS4_BUTTONS = {
    "cross": "CROSS",
    "circle": "CIRCLE",
    "square": "SQUARE",
    "triangle": "TRIANGLE",
    "l1": "SHOULDER_LEFT",
    "r1": "SHOULDER_RIGHT",
    "share": "SHARE",
    "options": "OPTIONS",
    "l3": "THUMB_LEFT",
    "r3": "THUMB_RIGHT",
}
DS4_SPECIAL = {"ps": "PS", "touchpad": "TOUCHPAD"}
DPAD = ("dpad_up", "dpad_right", "dpad_down", "dpad_left")
_SAME_PLACE = {  # an Xbox name stands for the DualShock button in the same position, so that mappings work for both
    "a": "cross", "b": "circle", "x": "square", "y": "triangle", "lb": "l1", "rb": "r1", "back": "share",
    "start": "options", "guide": "ps", "ls": "l3", "rs": "r3",
}  # fmt: skip
_OTHER_NAMES = {
    "rt": "right_trigger", "r2": "right_trigger", "lt": "left_trigger", "l2": "left_trigger", "l": "lb", "r": "rb",
    "select": "back", "home": "guide", "xbox": "guide", "up": "dpad_up", "down": "dpad_down", "left": "dpad_left",
    "right": "dpad_right",
}  # fmt: skip
ALIKE = {sony: xbox for xbox, sony in _SAME_PLACE.items()} | _OTHER_NAMES
STICKS = ("left_x", "left_y", "right_x", "right_y")
TRIGGERS = ("left_trigger", "right_trigger")
Rumble = Callable[[int, int], None]
"""Called with the strengths of the large and the small motor, 0 to 255."""


class Pad(Protocol):
    """A virtual controller."""

    def show(self, pressed: frozenset[str], axes: Mapping[str, float]) -> None:
        """Show this state to games: sticks in [-1, 1], up and right positive, triggers in [0, 1]."""

    def release(self) -> None:
        """Show games that nothing is pressed, whatever was shown before."""

    def close(self) -> None:
        """Remove the controller from the system."""


class X360Pad:
    """An Xbox 360 controller; ``library`` is the module vgamepad."""

    buttons = frozenset(X360_BUTTONS)

    def __init__(self, library: ModuleType, rumble: Rumble | None) -> None:
        self._pad = library.VX360Gamepad()
        self._codes = {
            name: getattr(library.XUSB_BUTTON, f"XUSB_GAMEPAD_{code}") for name, code in X360_BUTTONS.items()
        }
        self._pressed: frozenset[str] = frozenset()
        _listen(self._pad, rumble)

    def show(self, pressed: frozenset[str], axes: Mapping[str, float]) -> None:
        """Press, release and move whatever differs."""
        for name in sorted(self._pressed - pressed):
            self._pad.release_button(button=self._codes[name])
        for name in sorted(pressed - self._pressed):
            self._pad.press_button(button=self._codes[name])
        self._pressed = pressed
        self._pad.left_joystick_float(axes["left_x"], axes["left_y"])
        self._pad.right_joystick_float(axes["right_x"], axes["right_y"])
        self._pad.left_trigger_float(axes["left_trigger"])
        self._pad.right_trigger_float(axes["right_trigger"])
        self._pad.update()

    def release(self) -> None:
        """Release all controls."""
        self._pressed = frozenset()
        self._pad.reset()
        self._pad.update()

    def close(self) -> None:
        """Remove the controller, which releases anything games still see as pressed."""
        _stop_listening(self._pad)
        self._pad = None


class Ds4Pad:
    """A DualShock 4 controller. Its y axes count downwards, and pulled triggers are buttons too."""

    buttons = frozenset((*DS4_BUTTONS, *DS4_SPECIAL, *_SAME_PLACE, *DPAD))

    def __init__(self, library: ModuleType, rumble: Rumble | None) -> None:
        self._pad, self._library = library.VDS4Gamepad(), library
        codes, special = library.DS4_BUTTONS, library.DS4_SPECIAL_BUTTONS
        self._codes = {name: getattr(codes, f"DS4_BUTTON_{code}") for name, code in DS4_BUTTONS.items()}
        self._special = {name: getattr(special, f"DS4_SPECIAL_BUTTON_{code}") for name, code in DS4_SPECIAL.items()}
        self._pulled = {
            "left_trigger": codes.DS4_BUTTON_TRIGGER_LEFT,
            "right_trigger": codes.DS4_BUTTON_TRIGGER_RIGHT,
        }
        _listen(self._pad, rumble)

    def show(self, pressed: frozenset[str], axes: Mapping[str, float]) -> None:
        """Send the complete state."""
        pad = self._pad
        pad.reset()
        for name in sorted({_SAME_PLACE.get(name, name) for name in pressed}):
            if name in self._codes:
                pad.press_button(button=self._codes[name])
            elif name in self._special:
                pad.press_special_button(special_button=self._special[name])
        for name, code in self._pulled.items():
            if axes[name] > 0:
                pad.press_button(button=code)
        pad.directional_pad(direction=self._direction(pressed))
        pad.left_joystick_float(axes["left_x"], -axes["left_y"])
        pad.right_joystick_float(axes["right_x"], -axes["right_y"])
        pad.left_trigger_float(axes["left_trigger"])
        pad.right_trigger_float(axes["right_trigger"])
        pad.update()

    def _direction(self, pressed: frozenset[str]) -> Any:
        vertical = ("NORTH" if "dpad_up" in pressed else "") + ("SOUTH" if "dpad_down" in pressed else "")
        across = ("EAST" if "dpad_right" in pressed else "") + ("WEST" if "dpad_left" in pressed else "")
        word = ("" if vertical == "NORTHSOUTH" else vertical) + ("" if across == "EASTWEST" else across)
        return getattr(self._library.DS4_DPAD_DIRECTIONS, f"DS4_BUTTON_DPAD_{word or 'NONE'}")

    def release(self) -> None:
        """Release all controls."""
        self._pad.reset()
        self._pad.update()

    def close(self) -> None:
        """Remove the controller."""
        _stop_listening(self._pad)
        self._pad = None


PADS: dict[str, type[X360Pad] | type[Ds4Pad]] = {"x360": X360Pad, "ds4": Ds4Pad}


def _listen(pad: VX360Gamepad | VDS4Gamepad, rumble: Rumble | None) -> None:
    if rumble is not None:
        report = rumble

        def call(client: Any, target: Any, large_motor: int, small_motor: int, led_number: Any, user_data: Any) -> None:  # noqa: ARG001 - the names are vgamepad's
            report(large_motor, small_motor)

        pad.register_notification(callback_function=call)


def _stop_listening(pad: VX360Gamepad | VDS4Gamepad) -> None:
    with contextlib.suppress(Exception):  # nothing was registered, or it is gone
        pad.unregister_notification()


def make_pad(kind: str, rumble: Rumble | None) -> Pad:
    """Create a controller of ``kind`` ("x360" or "ds4").

    Raises:
        DeviceError: something is missing or not permitted, with a remedy.
    """
    if sys.platform == "darwin":
        raise DeviceError(
            "gamepad",
            "macOS does not support virtual controllers",
            "use the output 'keyboard', or 'osc' with a program that converts OSC to keys",
        )
    try:
        import vgamepad
    except ModuleNotFoundError as error:
        raise missing_extra("gamepad", "vgamepad", "gamepad") from error
    except Exception as error:  # vgamepad's import loads libevdev or the ViGEm client, and passes on their exceptions
        raise DeviceError("gamepad", *_why_not_loaded(error)) from error
    try:
        return PADS[kind](vgamepad, rumble)
    except Exception as error:  # uinput raises OSError, ViGEm plain Exception
        raise DeviceError("gamepad", *_why(error)) from error


_LIBEVDEV = "libevdev.so.2"
_NO_LIBEVDEV = "run: sudo apt install libevdev2 (elsewhere: libevdev)"
NO_VIGEMBUS = "install ViGEmBus 1.17 from https://github.com/nefarius/ViGEmBus/releases and restart"


def _why_not_loaded(error: Exception) -> tuple[str, str]:
    if sys.platform == "win32":
        return f"the ViGEmBus driver does not respond ({error})", NO_VIGEMBUS
    if "libevdev" in str(error):
        return "the library libevdev.so.2 is missing", _NO_LIBEVDEV
    return f"vgamepad cannot be loaded ({error})", "run: pip install --force-reinstall vgamepad"


def _why(error: Exception) -> tuple[str, str]:
    if sys.platform == "win32":
        return f"the ViGEmBus driver does not respond ({error})", NO_VIGEMBUS
    number = getattr(error, "errno", None)
    if number in (errno.EACCES, errno.EPERM):
        return uinput.DENIED
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO) or not uinput.NODE.exists():
        return uinput.MISSING
    return f"cannot create a virtual controller ({error})", ""


def findings() -> Iterator[Diagnostic]:
    """Check what a virtual controller needs."""
    if sys.platform == "darwin":
        yield Diagnostic("virtual controller", False, "not supported by macOS", "use 'keyboard' or 'osc'")
        return
    package = library("vgamepad", "gamepad")
    yield package
    if sys.platform == "win32":
        if not package.good:  # which alone can ask the driver
            return
        try:
            import vgamepad  # noqa: F401 - the import checks for the driver
        except Exception as error:
            yield Diagnostic("driver ViGEmBus", False, f"does not respond ({error})", NO_VIGEMBUS)
        else:
            yield Diagnostic("driver ViGEmBus", True, "responds")
        return
    try:
        ctypes.CDLL(_LIBEVDEV)  # as vgamepad does; a bundle has one that ctypes.util.find_library does not know
    except OSError:
        yield Diagnostic("library libevdev", False, "not installed", _NO_LIBEVDEV)
    else:
        yield Diagnostic("library libevdev", True, _LIBEVDEV)
    yield uinput.finding()
