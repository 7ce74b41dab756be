"""The options of the input ``myo``."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from emgctl.runtime.ble_input import BleOptions
from emgctl.types import Buzz, Signal
from emgctl_myo.protocol import EMG_HZ, ENVELOPE_HZ, IMU_HZ, PODS, Mode

Addresses = Annotated[
    tuple[str, ...],
    Field(max_length=2),
    BeforeValidator(lambda value: tuple(value.split(",")) if isinstance(value, str) else value),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "maxItems": 2}]}),
]
Colour = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{6}$")]


class MyoOptions(BleOptions):
    """Which armband to use, what it streams, and how it signals a connection.

    ``address`` selects an armband (``emgctl devices`` lists them); by default, the nearest is used. Two addresses, left
    and right, give one signal of 16 channels. ``mode`` is ``raw`` (200 Hz), ``filtered`` (by the armband, 200 Hz) or
    ``envelope`` (band-passed, rectified and smoothed by the armband, 50 Hz). If no data arrive for ``stall_s`` seconds,
    the link counts as lost even if it appears to be up.
    """

    address: Addresses = ()
    mode: Mode = "raw"
    imu: bool = True
    vibrate: Buzz | None = "short"
    led: Colour = "00b4ff"

    @property
    def armbands(self) -> int:
        """Number of armbands worn."""
        return max(len(self.address), 1)

    def signal(self) -> Signal:
        """The signal that the armbands deliver."""
        sides = ("left_", "right_") if self.armbands == 2 else ("",)
        names = tuple(f"{side}pod_{pod + 1}" for side in sides for pod in range(PODS))
        rate_hz = ENVELOPE_HZ if self.mode == "envelope" else EMG_HZ
        return Signal(len(names), rate_hz, "count", names=names, motion_hz=IMU_HZ if self.imu else 0.0)
