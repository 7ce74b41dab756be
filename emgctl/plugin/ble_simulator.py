"""The base of simulators that are found and connected to over Bluetooth Low Energy."""

from __future__ import annotations

import asyncio
import sys
import threading
from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field

from emgctl.errors import DeviceError, missing_extra
from emgctl.plugin.plugin import Options
from emgctl.plugin.simulator import Simulator, report_event
from emgctl.support.ble.virtual import Report, VirtualPeripheral
from emgctl.support.typed_lines import typed_lines

if TYPE_CHECKING:
    from bumble.device import Device

_ADDRESS = "F0:F1:F2:F3:F4:F5"
_ENDING_S = 2.0


class BleSimulatorOptions(Options):
    """Over which radio a virtual device is found, and which faults occur.

    ``radio`` is a bumble transport: ``usb:0`` for a second Bluetooth dongle, ``unix:/tmp/bt-server-le`` for BlueZ's
    btvirt. ``lose`` is the share of packets lost at random. ``speed`` is that of the signal: below 1 for computers that
    are too slow for a real device.
    """

    radio: Annotated[str, Field(min_length=1)]
    address: Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$")] = _ADDRESS
    name: Annotated[str, Field(min_length=1, max_length=20)] = "Virtual device"
    lose: Annotated[float, Field(ge=0, lt=1)] = 0.0
    speed: Annotated[float, Field(gt=0, le=1)] = 1.0
    seed: int = 0


class BleSimulator(Simulator):
    """Plays a device over Bluetooth; its orders are read from stdin, its events are lines of JSON."""

    options: BleSimulatorOptions

    @abstractmethod
    def prepare(self) -> Callable[[Device, Report], VirtualPeripheral]:
        """Read what is to be played, and return what makes the device of it."""

    def run(self, should_stop: Callable[[], str]) -> None:
        """Play until ``should_stop``, printing each event as a line of JSON."""
        asyncio.run(self._run(should_stop))

    async def _run(self, should_stop: Callable[[], str]) -> None:
        try:
            from bumble.device import Device, DeviceConfiguration
            from bumble.hci import Address
            from bumble.transport import open_transport
        except ImportError as error:
            raise missing_extra(f"simulate {self.kind}", "bumble", "simulate") from error
        options, make = self.options, self.prepare()
        try:
            opened = await open_transport(options.radio)
        except Exception as error:  # bumble passes on exceptions of sockets, USB devices and files
            raise DeviceError(
                f"radio {options.radio}",
                f"can't be opened ({str(error) or type(error).__name__})",
                "use one that bumble supports: usb:0, unix:/tmp/bt-server-le (after: btvirt -L -l1 -s) ...",
            ) from error
        async with opened as (source, sink):
            address = Address(options.address, Address.RANDOM_DEVICE_ADDRESS)
            config = DeviceConfiguration(name=options.name, address=address)
            device = make(Device.from_config_with_hci(config, source, sink), _report)
            device.speed, device.rng = options.speed, np.random.default_rng(options.seed)
            device.faults.lose_share = options.lose
            await device.start()
            threading.Thread(target=_obey, args=(device, asyncio.get_running_loop()), daemon=True).start()
            while not should_stop():
                await asyncio.sleep(0.1)
            await device.stop()
            await asyncio.wait_for(device.order(["drop"]), _ENDING_S)


def _report(event: dict[str, object]) -> None:
    report_event(**event)


def _obey(device: VirtualPeripheral, loop: asyncio.AbstractEventLoop) -> None:
    """Pass on commands from stdin, in a thread because the read may block forever."""
    for line in typed_lines():
        if words := line.split():
            problem = asyncio.run_coroutine_threadsafe(device.order(words), loop).result()
            if problem:
                print(problem, file=sys.stderr, flush=True)  # noqa: T201
