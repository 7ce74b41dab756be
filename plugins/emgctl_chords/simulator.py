"""``emgctl simulate chords``: a virtual NPG Lite board over Bluetooth."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from emgctl.plugin.ble_simulator import BleSimulator, BleSimulatorOptions
from emgctl.recording.played import Pattern, PlayedCounts
from emgctl.support.ble.virtual import Report
from emgctl_chords import protocol
from emgctl_chords.virtual import VirtualChords

if TYPE_CHECKING:
    from bumble.device import Device

_MIDDLE, _COUNT_SIZE = 2048, 1000


class ChordsSimulatorOptions(BleSimulatorOptions):
    """What the virtual board plays, over which radio, and which faults occur.

    ``recording`` is played in a loop; without one, noise, or with the pattern ``count`` 7 times each sample's number,
    modulo 1000, plus the channel's. ``radio`` is a bumble transport: ``usb:0`` for a second Bluetooth dongle,
    ``unix:/tmp/bt-server-le`` for BlueZ's btvirt. ``lose`` is the share of packets lost at random, ``speed`` that of
    the signal.
    """

    recording: Path | None = None
    pattern: Pattern = "noise"
    channels: protocol.Channels = 3
    rate_hz: protocol.Rate = 500
    name: Annotated[str, Field(min_length=1, max_length=20)] = "NPG-Lite"


class ChordsSimulator(BleSimulator):
    """A virtual NPG Lite board over Bluetooth. Commands on stdin: lose N, malformed N, silence SECONDS, drop."""

    kind = "chords"
    argument = "recording"
    Options = ChordsSimulatorOptions
    options: ChordsSimulatorOptions

    def prepare(self) -> Callable[[Device, Report], VirtualChords]:
        """Read the recording."""
        options = self.options
        played = counts(options.channels, options.pattern, options.recording, options.rate_hz, options.seed)
        return partial(VirtualChords, played=played, rate_hz=options.rate_hz)


def counts(
    channels: int, pattern: Pattern, recording: Path | None = None, rate_hz: float = 500.0, seed: int = 0
) -> PlayedCounts:
    """What the board's converter delivers; it has no scale in volts, so a recording's unit is its count."""
    return PlayedCounts(recording, pattern, channels, _MIDDLE, protocol.TOP, _COUNT_SIZE, float(rate_hz), 1.0, seed)
