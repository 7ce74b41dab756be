"""``emgctl simulate myo``: a virtual armband that plays a recording."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from emgctl.errors import FileError
from emgctl.plugin.ble_simulator import BleSimulator, BleSimulatorOptions
from emgctl.recording.segments import labelled_segments
from emgctl.support.ble.virtual import Report
from emgctl_myo.protocol import EMG_HZ, PODS
from emgctl_myo.virtual import Player, VirtualMyo

if TYPE_CHECKING:
    from bumble.device import Device

_STILL = np.array([[1, 0, 0, 0, 0, 0, 1, 0, 0, 0]], np.float32)  # an arm at rest: identity, 1 g


class MyoSimulatorOptions(BleSimulatorOptions):
    """What the virtual armband plays, over which radio, and which faults occur.

    ``radio`` is a bumble transport: ``usb:0`` for a second Bluetooth dongle, ``unix:/tmp/bt-server-le`` for BlueZ's
    btvirt. ``lose`` is the share of packets lost at random. ``speed`` is that of the signal: below 1 for computers that
    are too slow for a real armband.
    """

    recording: Path
    name: Annotated[str, Field(min_length=1, max_length=20)] = "Virtual Myo"
    battery: Annotated[float, Field(ge=0, le=100)] = 80.0
    drain_per_min: Annotated[float, Field(ge=0)] = 0.0
    firmware: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")] = "1.5.1970"
    loop: bool = True


class MyoSimulator(BleSimulator):
    """A virtual Myo armband that plays a recording. Commands on stdin: cue LABEL, lose N, drop, battery N ..."""

    kind = "myo"
    argument = "recording"
    Options = MyoSimulatorOptions
    options: MyoSimulatorOptions

    def prepare(self) -> Callable[[Device, Report], VirtualMyo]:
        """Read the recording."""
        options = self.options
        recorded = player(options.recording, options.loop)
        major, minor, patch = (int(part) for part in options.firmware.split("."))
        return partial(
            VirtualMyo,
            player=recorded,
            firmware=(major, minor, patch, 2),
            battery=options.battery,
            drain_per_min=options.drain_per_min,
        )


def player(path: Path, loop: bool) -> Player:
    """The recording's samples as an armband would deliver them, and which labels are where.

    Raises:
        FileError: it is not a recording of 8 channels at 200 Hz.
    """
    from emgctl.recording.datasets import read_dataset

    recordings = read_dataset(str(path))
    for one in recordings:
        if one.signal.channels != PODS or one.signal.rate_hz != EMG_HZ:
            raise FileError(
                one.source,
                f"has {one.signal}; an armband has {PODS} channels at {EMG_HZ:g} Hz",
                remedy="give a Myo recording",
            )
    samples = np.concatenate([one.samples for one in recordings])
    motion = [one.motion.rows for one in recordings if one.motion is not None and len(one.motion.rows)]
    labelled = labelled_segments(recordings, 0, len(samples))
    return Player(np.nan_to_num(samples), np.concatenate(motion) if motion else _STILL, loop, labelled)
