"""Output ``gamepad``: a virtual Xbox 360 or DualShock 4 controller through vgamepad."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from typing import Literal

from emgctl.errors import DeviceError
from emgctl.plugin import Controls, Options, Output, RunContext
from emgctl.support.diagnostics import Device, Diagnostic
from emgctl.types import Command, Vibrate
from emgctl_gamepad.pads import ALIKE, PADS, STICKS, TRIGGERS, Pad, Rumble, findings, make_pad

LOWEST = dict.fromkeys(STICKS, -1.0) | dict.fromkeys(TRIGGERS, 0.0)  # the maximum is always 1
_STRONG = 128  # of 255: stronger rumble gives a longer armband vibration
_BETWEEN_BUZZES_S = 0.5


class GamepadOptions(Options):
    """Which controller games see: ``x360``, supported by every game, or ``ds4``.

    With ``rumble``, an armband vibrates when the game makes the controller rumble.
    """

    pad: Literal["x360", "ds4"] = "x360"
    rumble: bool = True


class Gamepad(Output):
    """A virtual Xbox 360 or DualShock 4 controller (Linux through uinput, Windows through ViGEmBus)."""

    kind = "gamepad"
    Options = GamepadOptions
    options: GamepadOptions
    make_pad: Callable[[str, Rumble | None], Pad] = staticmethod(make_pad)
    """Creates the controller; replaceable in tests."""

    _pad: Pad | None = None

    def __init__(self, options: GamepadOptions) -> None:
        super().__init__(options)
        buttons = PADS[options.pad].buttons
        self.controls = Controls(buttons, frozenset(LOWEST), one_sided=frozenset(TRIGGERS), alike=ALIKE)
        self._buttons = self.controls.buttons

    @classmethod
    def findings(cls) -> Iterable[Diagnostic]:
        """Check the package, the driver or library, and the permission to create devices."""
        return findings()

    @classmethod
    def devices(cls, seconds: float) -> Iterable[Device]:  # noqa: ARG003 - nothing to wait for
        """List the controllers that can be created."""
        if all(one.good for one in findings()):
            return [Device("gamepad", kind, f"virtual controller ({kind}), can be created") for kind in PADS]
        return []

    def open(self, context: RunContext) -> None:
        """Create the controller, visible to games from now on."""
        self._ask, self._buzzed_s = context.request, -math.inf
        self._pad = self.make_pad(self.options.pad, self._rumbles if self.options.rumble else None)
        self._shown = frozenset[str](), dict.fromkeys(LOWEST, 0.0)

    def send(self, command: Command) -> None:
        """Update whatever differs from the last command."""
        if self._pad is None:
            raise DeviceError("gamepad", "is not open")
        axes = {name: _inside(command.axes.get(name, 0.0), lowest) for name, lowest in LOWEST.items()}
        pressed = command.buttons & self._buttons
        if (pressed, axes) == self._shown:
            return
        if pressed or any(axes.values()):
            self._pad.show(pressed, axes)
        else:
            self._pad.release()  # guarantees neutral whatever failed before
        self._shown = pressed, axes

    def close(self) -> None:
        """Release everything and remove the controller, which releases anything left."""
        pad, self._pad = self._pad, None
        if pad is not None:
            try:
                pad.release()
            finally:
                pad.close()

    def _rumbles(self, large: int, small: int) -> None:
        """Handle rumble requested by a game; called from vgamepad's thread."""
        strength, now_s = max(large, small), time.perf_counter()
        if strength and now_s - self._buzzed_s >= _BETWEEN_BUZZES_S:
            self._buzzed_s = now_s
            self._ask(Vibrate("medium" if strength >= _STRONG else "short"))


def _inside(value: float, lowest: float) -> float:
    """Clip to the axis's range, beyond which vgamepad's integers wrap around; 0 for NaN."""
    return min(max(float(value), lowest), 1.0) if math.isfinite(value) else 0.0
