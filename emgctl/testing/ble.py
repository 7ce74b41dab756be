"""A Bluetooth radio without hardware: a real GATT client on one of bumble's controllers, for tests of BLE inputs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from emgctl.errors import DeviceError
from emgctl.support.ble.radio import Advertised, Found, Link
from emgctl.support.ble.virtual import Report, VirtualPeripheral

if TYPE_CHECKING:
    from bumble.device import Connection, Device, Peer
    from bumble.link import LocalLink
    from bumble.transport.common import Transport

MTU = 247  # of most systems; bumble's own is 23, with which packets are split or cut
_OWN_ADDRESS = "F0:00:00:00:00:99"
_GRACE_S = 2.0  # for ending a connection that was not completed
_ANSWER_S = 5.0  # how long a controller that has been reset may take
_POLL_S = 0.01


class BumbleRadio:
    """Finds and connects through a controller that bumble reaches by ``transport``; a call returns itself.

    Each event loop gets a connection to the controller of its own, which is closed when the loop's tasks are cancelled.
    """

    def __init__(self, transport: str = "", advertised: Advertised | None = None, mtu: int = MTU) -> None:
        self._transport, self._advertised, self._mtu = transport, advertised, mtu
        self._central: Device | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open: asyncio.Task[None] | None = None

    def __call__(self) -> BumbleRadio:
        """The radio, where an input makes one."""
        return self

    async def switch_on(self) -> Device:
        """The device that looks for others, powered on.

        Raises:
            DeviceError: the controller is missing or does not answer.
        """
        from bumble.device import Device
        from bumble.hci import Address
        from bumble.transport import open_transport

        try:
            async with asyncio.timeout(_ANSWER_S):  # bumble waits forever
                opened = await open_transport(self._transport)
                self._open = asyncio.create_task(_hold(opened))
                address = Address(_OWN_ADDRESS, Address.RANDOM_DEVICE_ADDRESS)
                device = Device.with_hci("computer", address, opened.source, opened.sink)
                await device.power_on()
        except Exception as error:  # bumble passes on exceptions of sockets, USB devices and files
            raise DeviceError(f"radio {self._transport}", f"does not answer: {error!r}") from error
        return device

    async def scan(self, seconds: float, enough: Callable[[Sequence[Found]], bool], settle: bool) -> list[Found]:  # noqa: ARG002
        """Return the devices found, once ``enough`` is satisfied or ``seconds`` have passed."""
        loop = asyncio.get_running_loop()
        if self._central is None or self._loop is not loop:
            self._loop, self._central = loop, await self.switch_on()
        central, found = self._central, dict[str, Found]()

        def received(advertisement: Any) -> None:
            from bumble.core import UUID, AdvertisingData

            data, kinds = advertisement.data, AdvertisingData
            listed = (
                kinds.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
                kinds.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
            )
            uuids = [uuid for kind in listed for uuid in data.get(kind) or ()]
            sought = self._advertised.services if self._advertised else ()
            services = [one for one in sought if UUID(one) in uuids]  # equal in their short and long forms
            name = data.get(kinds.COMPLETE_LOCAL_NAME) or ""
            if self._advertised is None or self._advertised.fits(services, name):
                address = str(advertisement.address).partition("/")[0]
                found[address] = Found(address, name, advertisement.rssi, advertisement.address)

        central.on("advertisement", received)
        await central.start_scanning()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not enough(list(found.values())):
                    await asyncio.sleep(_POLL_S)
        await central.stop_scanning()
        central.remove_listener("advertisement", received)
        return list(found.values())

    async def connect(self, found: Found, seconds: float, lost: Callable[[], None]) -> Link:
        """Connect to a device that was found."""
        from bumble.device import Peer

        connection = None
        try:
            assert self._central is not None
            async with asyncio.timeout(seconds):  # bumble's own does not cover all of its steps
                connection = await self._central.connect(found.handle, timeout=seconds)
                connection.on("disconnection", lambda _: lost())
                peer = Peer(connection)
                await peer.request_mtu(self._mtu)
                await peer.discover_services()
                for service in peer.services:
                    await service.discover_characteristics()
        except Exception as error:
            if connection is not None:
                with contextlib.suppress(Exception):
                    async with asyncio.timeout(_GRACE_S):
                        await connection.disconnect()
            raise DeviceError(f"device {found.address}", f"does not answer: {error!r}") from error
        return _BumbleLink(connection, peer)


class _BumbleLink:
    def __init__(self, connection: Connection, peer: Peer) -> None:
        self._connection, self._peer = connection, peer

    async def read(self, uuid: str) -> bytes:
        return bytes(await self._of(uuid).read_value())

    async def write(self, uuid: str, data: bytes) -> None:
        await self._of(uuid).write_value(data, with_response=True)

    async def notify(self, uuid: str, received: Callable[[bytes], None]) -> None:
        await self._of(uuid).subscribe(lambda value: received(bytes(value)))

    async def disconnect(self) -> None:
        if self._connection.handle in self._connection.device.connections:  # else bumble waits for the other side
            await self._connection.disconnect()

    def _of(self, uuid: str) -> Any:
        from bumble.core import UUID

        found = self._peer.get_characteristics_by_uuid(UUID(uuid))
        if not found:
            raise LookupError(uuid)
        return found[0]


class Ether(BumbleRadio):
    """A radio with virtual devices in the same event loop, which are switched on again for each.

    ``makers`` make the devices; ``devices`` are those that are switched on, ``events`` what happened to them. While
    ``silent``, none is found.
    """

    def __init__(
        self, *makers: Callable[[Device, Report], VirtualPeripheral], advertised: Advertised | None = None,
        mtu: int = MTU, name: str = "Virtual",
    ) -> None:  # fmt: skip
        super().__init__("", advertised, mtu)
        self._makers, self._name = makers, name
        self.events: list[dict[str, Any]] = []
        self.devices: list[VirtualPeripheral] = []
        self.silent = False

    async def switch_on(self) -> Device:
        """Switch on the devices, and the one that looks for them."""
        from bumble.link import LocalLink

        link = LocalLink()
        self.devices.clear()
        for number, make in enumerate(self._makers):
            device = make(_device(f"{self._name} {number}", f"F0:00:00:00:00:0{number}", link), self.events.append)
            await device.start()
            self.devices.append(device)
        central = _device("computer", _OWN_ADDRESS, link)
        await central.power_on()
        return central

    async def scan(self, seconds: float, enough: Callable[[Sequence[Found]], bool], settle: bool) -> list[Found]:
        """Return the devices found, unless the radio is silent."""
        if self.silent:
            await asyncio.sleep(min(seconds, 0.2))
            return []
        return await super().scan(seconds, enough, settle)

    def order(self, *words: str, device: int = 0) -> str:
        """Do something to a device, from another thread."""
        assert self._loop is not None
        done = asyncio.run_coroutine_threadsafe(self.devices[device].order(list(words)), self._loop)
        return done.result(5)


async def _hold(opened: Transport) -> None:
    """Close a transport with its event loop: left to the garbage collector, it would cut off the one after it."""
    async with opened:
        await opened.source.terminated


def _device(name: str, address: str, link: LocalLink) -> Device:
    """A device on a controller of its own."""
    from bumble.controller import Controller
    from bumble.device import Device, DeviceConfiguration
    from bumble.hci import Address
    from bumble.transport.common import AsyncPipeSink

    own = Address(address, Address.RANDOM_DEVICE_ADDRESS)
    controller = Controller(name, link=link)
    controller.random_address = own
    config = DeviceConfiguration(name=name, address=own)
    return Device.from_config_with_hci(config, controller, AsyncPipeSink(controller))
