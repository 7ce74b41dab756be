"""``emgctl simulate gforce``: a virtual gForcePro+ armband."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from emgctl.plugin.ble_simulator import BleSimulator, BleSimulatorOptions
from emgctl.recording.played import Pattern, PlayedCounts
from emgctl.support.ble.virtual import Report
from emgctl_gforce import protocol
from emgctl_gforce.virtual import VirtualGForce

if TYPE_CHECKING:
    from bumble.device import Device

_COUNT_SIZES: dict[protocol.Rate, int] = {500: 1000, 1000: 240}


class GForceSimulatorOptions(BleSimulatorOptions):
    """What the virtual armband plays, over which radio, and which faults occur.

    ``recording`` is played in a loop; without one, noise, or with the pattern ``count`` 7 times each sample's number
    (modulo 1000; 240 at 1000 Hz) plus the channel's. ``rate_hz`` is that of the input, which sets it. ``radio`` is a
    bumble transport: ``usb:0`` for a second Bluetooth dongle, ``unix:/tmp/bt-server-le`` for BlueZ's btvirt. ``lose``
    is the share of packets lost at random, ``speed`` that of the signal.
    """

    recording: Path | None = None
    pattern: Pattern = "noise"
    rate_hz: protocol.Rate = 500
    name: Annotated[str, Field(min_length=1, max_length=20)] = "gForcePro+(0000)"
    battery: Annotated[int, Field(ge=0, le=100)] = 80


class GForceSimulator(BleSimulator):
    """A virtual gForcePro+ armband. Commands on stdin: lose N, malformed N, silence SECONDS, drop."""

    kind = "gforce"
    argument = "recording"
    Options = GForceSimulatorOptions
    options: GForceSimulatorOptions

    def prepare(self) -> Callable[[Device, Report], VirtualGForce]:
        """Read the recording."""
        options = self.options
        return partial(
            VirtualGForce,
            played=counts(options.rate_hz, options.pattern, options.recording, options.seed),
            rate_hz=options.rate_hz,
            battery=options.battery,
        )


def counts(rate_hz: protocol.Rate, pattern: Pattern, recording: Path | None = None, seed: int = 0) -> PlayedCounts:
    """What the armband's converter delivers."""
    return PlayedCounts(
        recording, pattern, protocol.CHANNELS, protocol.middle(rate_hz), 2 * protocol.middle(rate_hz) - 1,
        _COUNT_SIZES[rate_hz], float(rate_hz), protocol.microvolts(rate_hz), seed,
    )  # fmt: skip
