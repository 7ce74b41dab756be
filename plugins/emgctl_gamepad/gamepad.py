"""Output ``gamepad``: a virtual Xbox 360 or DualShock 4 controller through vgamepad."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from typing import Literal

from emgctl.errors import DeviceError
from emgctl.plugin import Controls, Options, Output, Session
from emgctl.support.diagnostics import Device, Finding
from emgctl.types import Command, Vibrate
from emgctl_gamepad.pads import ALIKE, PADS, STICKS, TRIGGERS, Pad, Rumble, findings, make_pad

LOWEST = dict.fromkeys(STICKS, -1.0) | dict.fromkeys(TRIGGERS, 0.0)  # the highest is 1 everywhere
_STRONG = 128  # of 255: from here on a game's rumble is a longer vibration of the armband
_BETWEEN_BUZZES_S = 0.5


class GamepadOptions(Options):
    """Which controller games see: ``x360``, which every game knows, or ``ds4``.

    With ``rumble`` an armband vibrates when the game lets the controller rumble.
    """

    pad: Literal["x360", "ds4"] = "x360"
    rumble: bool = True


class Gamepad(Output):
    """A virtual Xbox 360 or DualShock 4 controller (Linux through uinput, Windows through ViGEmBus)."""

    kind = "gamepad"
    Options = GamepadOptions
    options: GamepadOptions
    make_pad: Callable[[str, Rumble | None], Pad] = staticmethod(make_pad)
    """Makes the controller; a test may bring its own."""

    _pad: Pad | None = None

    def __init__(self, options: GamepadOptions) -> None:
        super().__init__(options)
        buttons = PADS[options.pad].buttons
        self.controls = Controls(buttons, frozenset(LOWEST), one_sided=frozenset(TRIGGERS), alike=ALIKE)
        self._buttons = self.controls.buttons

    @classmethod
    def findings(cls) -> Iterable[Finding]:
        """The package, the driver or library, and the right to make devices."""
        return findings()

    @classmethod
    def devices(cls, seconds: float) -> Iterable[Device]:  # noqa: ARG003 - nothing is waited for
        """The controllers that could be made."""
        if all(one.good for one in findings()):
            return [Device("gamepad", kind, f"a virtual controller ({kind}) can be made") for kind in PADS]
        return []

    def open(self, session: Session) -> None:
        """Create the controller, which games see from now on."""
        self._ask, self._buzzed_s = session.ask, -math.inf
        self._pad = self.make_pad(self.options.pad, self._rumbles if self.options.rumble else None)
        self._shown = frozenset[str](), dict.fromkeys(LOWEST, 0.0)

    def send(self, command: Command) -> None:
        """Show what differs from the last command."""
        if self._pad is None:
            raise DeviceError("gamepad", "is not open")
        axes = {name: _inside(command.axes.get(name, 0.0), lowest) for name, lowest in LOWEST.items()}
        pressed = command.buttons & self._buttons
        if (pressed, axes) == self._shown:
            return
        if pressed or any(axes.values()):
            self._pad.show(pressed, axes)
        else:
            self._pad.release()  # whatever went wrong before, this is neutral
        self._shown = pressed, axes

    def close(self) -> None:
        """Release everything, and take the controller away, which releases what could not be."""
        pad, self._pad = self._pad, None
        if pad is not None:
            try:
                pad.release()
            finally:
                pad.close()

    def _rumbles(self, large: int, small: int) -> None:
        """A game wants the controller to rumble; called from vgamepad's thread."""
        strength, now_s = max(large, small), time.perf_counter()
        if strength and now_s - self._buzzed_s >= _BETWEEN_BUZZES_S:
            self._buzzed_s = now_s
            self._ask(Vibrate("medium" if strength >= _STRONG else "short"))


def _inside(value: float, lowest: float) -> float:
    """The value within the axis's range, beyond which vgamepad's integers wrap around; 0 for NaN."""
    return min(max(float(value), lowest), 1.0) if math.isfinite(value) else 0.0
