"""The base of inputs over Bluetooth Low Energy: a link in a thread of its own, found again when it is lost."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from emgctl.errors import DeviceError, quoted
from emgctl.plugin import Input, Options
from emgctl.runtime.sample_queue import SampleQueue
from emgctl.support.ble import adapter
from emgctl.support.ble.device import BleDevice
from emgctl.support.ble.event_loop import EventLoop
from emgctl.support.ble.finding import find
from emgctl.support.ble.radio import Advertised, BleakRadio, Radio
from emgctl.support.diagnostics import Device, Diagnostic
from emgctl.types import Led, SampleBlock, Signal, Vibrate

_WAITING_S = 1.0  # of signal buffered for the loop before the oldest is dropped
_CLOSING_S = 0.9  # how long close() waits; the rest is done in the background
_ENDING_S = 10.0  # how long a previous connection may take to close
_RADIO_HANGS = "switch Bluetooth off and on"
_GRACE_S = 10.0  # added to the scan and connect limits in the options


class BleOptions(Options):
    """Limits for finding a device, connecting to it, and for a link that carries nothing."""

    scan_s: Annotated[float, Field(gt=0, le=120)] = 10.0
    connect_s: Annotated[float, Field(gt=0, le=120)] = 15.0
    stall_s: Annotated[float, Field(gt=0, le=60)] = 1.0


class BleInput(Input):
    """One or several devices over Bluetooth Low Energy, which make one signal. A lost one is reopened as it was."""

    argument = "address"
    options: BleOptions
    advertised: ClassVar[Advertised]
    noun: ClassVar[str]
    """What a user calls such a device: "no armband found"."""
    wake: ClassVar[str]
    """What to do where none is found."""
    make_radio: Callable[[], Radio] | None = None
    """Creates another radio than the computer's own; for tests."""

    _thread: EventLoop | None = None
    _ending: EventLoop | None = None
    _used: tuple[str, ...] = ()
    _devices: Sequence[BleDevice] = ()

    @property
    @abstractmethod
    def addresses(self) -> tuple[str, ...]:
        """The addresses in the options; the nearest device is used where there are none."""

    @property
    @abstractmethod
    def rate_hz(self) -> float:
        """Samples a second."""

    @abstractmethod
    def make_devices(
        self, count: int, deliver: Callable[[SampleBlock], None], fail: Callable[[DeviceError], None]
    ) -> Sequence[BleDevice]:
        """As many devices, unconnected, of which the blocks and failures go there."""

    @abstractmethod
    def signal(self) -> Signal:
        """What the connected devices deliver."""

    @classmethod
    def findings(cls) -> Iterable[Diagnostic]:
        """Check the package and Bluetooth."""
        return adapter.findings(cls.advertised.extra, cls.advertised.hint)

    @classmethod
    def devices(cls, seconds: float) -> Iterable[Device]:
        """List the devices in range."""
        found = asyncio.run(BleakRadio(cls.advertised).scan(seconds, lambda _: False, settle=False))
        return [Device(cls.kind, one.address, quoted(one.name, 60), f"{one.rssi_dbm} dBm") for one in found]

    def open(self) -> Signal:
        """Find the devices, connect and start streaming.

        Raises:
            DeviceError: a device is missing or not usable, or an earlier connection or the radio hangs.
        """
        self.close()
        if self._ending is not None and not self._ending.ended(_ENDING_S):
            raise DeviceError(self.kind, f"the previous connection did not close within {_ENDING_S:g} s", _RADIO_HANGS)
        options = self.options
        self._inbox = inbox = SampleQueue(round(_WAITING_S * self.rate_hz))
        self._thread = EventLoop(self.kind, lambda why: inbox.fail(DeviceError(self.kind, why)))
        limit_s = options.scan_s + max(len(self.addresses), 1) * 2 * options.connect_s + _GRACE_S
        try:
            self._thread.result(self._connect(inbox), limit_s)
        except BaseException:
            self.close()
            raise
        return self.signal()

    def read(self, timeout_s: float) -> SampleBlock | None:
        """Return the samples received so far.

        Raises:
            DeviceError: a link is lost or carries no data, or the radio's thread has ended.
        """
        block = self._inbox.get(timeout_s)
        if self._inbox.dropped:
            self.status["samples_dropped"] = self._inbox.dropped  # by a loop that was late
        return block

    def request(self, request: Vibrate | Led) -> None:
        """Vibrate or light up, on every device."""
        if self._thread is not None:
            for device in self._devices:
                self._thread.start(device.request(request))

    def close(self) -> None:
        """Stop the devices and disconnect."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._ending = thread
            thread.close(self._disconnect, _CLOSING_S)

    async def _connect(self, inbox: SampleQueue) -> None:
        self._devices = ()
        radio = self.make_radio() if self.make_radio else BleakRadio(self.advertised)
        addresses = self.addresses or self._used
        found = await find(radio, self.kind, self.noun, self.wake, self.options.scan_s, addresses)
        self._used = tuple(one.address for one in found)  # after a lost link, reconnect to the same device
        self._devices = self.make_devices(len(found), inbox.put, inbox.fail)
        for device, one in zip(self._devices, found, strict=True):
            await device.connect(radio, one)

    async def _disconnect(self) -> None:
        await asyncio.gather(*(device.disconnect() for device in self._devices))
