"""``emgctl simulate myo``: a virtual armband that plays a recording."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from emgctl.errors import DeviceError, FileError, missing_extra
from emgctl.plugin import Options, Simulator
from emgctl.recording.segments import labelled_segments
from emgctl_myo.protocol import EMG_HZ, PODS
from emgctl_myo.virtual import Faults, Player, VirtualMyo, as_json

if TYPE_CHECKING:
    from bumble.transport.common import TransportSink, TransportSource

_STILL = np.array([[1, 0, 0, 0, 0, 0, 1, 0, 0, 0]], np.float32)  # an arm at rest: identity, 1 g
_ADDRESS = "F0:F1:F2:F3:F4:F5"


class MyoSimulatorOptions(Options):
    """What the virtual armband plays, over which radio, and which faults occur.

    ``radio`` is a bumble transport: ``usb:0`` for a second Bluetooth dongle, ``unix:/tmp/bt-server-le`` for BlueZ's
    btvirt. ``lose`` is the share of packets lost at random. ``speed`` is that of the signal: below 1 for computers that
    are too slow for a real armband.
    """

    recording: Path
    radio: Annotated[str, Field(min_length=1)]
    address: Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$")] = _ADDRESS
    name: Annotated[str, Field(min_length=1, max_length=20)] = "Virtual Myo"
    battery: Annotated[float, Field(ge=0, le=100)] = 80.0
    drain_per_min: Annotated[float, Field(ge=0)] = 0.0
    lose: Annotated[float, Field(ge=0, lt=1)] = 0.0
    speed: Annotated[float, Field(gt=0, le=1)] = 1.0
    firmware: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")] = "1.5.1970"
    loop: bool = True
    seed: int = 0


class MyoSimulator(Simulator):
    """A virtual Myo armband that plays a recording. Commands on stdin: cue LABEL, lose N, drop, battery N ..."""

    kind = "myo"
    argument = "recording"
    Options = MyoSimulatorOptions
    options: MyoSimulatorOptions

    def run(self, should_stop: Callable[[], str]) -> None:
        """Play until ``should_stop``, printing each event as a line of JSON."""
        asyncio.run(self._run(should_stop))

    async def _run(self, should_stop: Callable[[], str]) -> None:
        try:
            from bumble.transport import open_transport
        except ImportError as error:
            raise missing_extra("simulate", "bumble", "simulate myo") from error
        options = self.options
        recorded = player(options.recording, options.loop)
        try:
            opened = await open_transport(options.radio)
        except Exception as error:  # bumble passes on exceptions of sockets, USB devices and files
            raise DeviceError(
                f"radio {options.radio}",
                f"can't be opened ({str(error) or type(error).__name__})",
                "use one that bumble supports: usb:0, unix:/tmp/bt-server-le (after: btvirt -L -l1 -s) ...",
            ) from error
        async with opened as (source, sink):
            armband = virtual_myo(options, recorded, source, sink)
            await armband.start()
            threading.Thread(target=_obey, args=(armband, asyncio.get_running_loop()), daemon=True).start()
            while not should_stop():
                await asyncio.sleep(0.1)
            await armband.stop()
            await asyncio.wait_for(armband.order(["drop"]), 2)


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


def virtual_myo(
    options: MyoSimulatorOptions, recorded: Player, source: TransportSource, sink: TransportSink
) -> VirtualMyo:
    """Create the armband on a controller connected through ``source`` and ``sink``."""
    from bumble.device import Device, DeviceConfiguration
    from bumble.hci import Address

    config = DeviceConfiguration(name=options.name, address=Address(options.address, Address.RANDOM_DEVICE_ADDRESS))
    device = Device.from_config_with_hci(config, source, sink)
    major, minor, patch = (int(part) for part in options.firmware.split("."))
    return VirtualMyo(
        device,
        recorded,
        report=lambda event: print(as_json(event), flush=True),  # noqa: T201 - this is the command's output
        firmware=(major, minor, patch, 2),
        battery=options.battery,
        drain_per_min=options.drain_per_min,
        speed=options.speed,
        faults=Faults(lose_share=options.lose),
        rng=np.random.default_rng(options.seed),
    )


def _obey(armband: VirtualMyo, loop: asyncio.AbstractEventLoop) -> None:
    """Pass on commands from stdin, in a thread because the read may block forever."""
    for line in sys.stdin:
        if words := line.split():
            problem = asyncio.run_coroutine_threadsafe(armband.order(words), loop).result()
            if problem:
                print(problem, file=sys.stderr, flush=True)  # noqa: T201
