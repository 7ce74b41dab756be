"""A radio without hardware: the real virtual armband and a real GATT client, over bumble's link between controllers."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import numpy as np
from bumble.controller import Controller
from bumble.device import Device, DeviceConfiguration, Peer
from bumble.hci import Address
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink

from emgctl.errors import DeviceError
from emgctl_myo.protocol import CONTROL_SERVICE
from emgctl_myo.radio import Found
from emgctl_myo.virtual import Faults, Player, VirtualMyo

STILL = np.array([[1, 0, 0, 0, 0, 0, 1, 0, 0, 0]], np.float32)


def counting(length, first=0):
    """Samples that tell which they are: pod 1 counts, pod 2 counts the rounds of pod 1."""
    number = np.arange(first, first + length)
    samples = np.zeros((length, 8), np.float32)
    samples[:, 0], samples[:, 1] = number % 256 - 128, number // 256 % 256 - 128
    return samples


def number_of(sample):
    """Which of :func:`counting` it is."""
    return (sample[..., 0] + 128 + 256 * (sample[..., 1] + 128)).astype(int)


class _Central:
    def __init__(self, connection, peer):
        self.connection, self.peer = connection, peer

    def _of(self, uuid):
        found = self.peer.get_characteristics_by_uuid(uuid_of(uuid))
        if not found:
            raise LookupError(uuid)
        return found[0]

    async def read(self, uuid):
        return bytes(await self._of(uuid).read_value())

    async def write(self, uuid, data):
        await self._of(uuid).write_value(data, with_response=True)

    async def notify(self, uuid, heard):
        await self._of(uuid).subscribe(lambda value: heard(bytes(value)))

    async def disconnect(self):
        await self.connection.disconnect()


def uuid_of(text):
    from bumble.core import UUID

    return UUID(text)


class Ether:
    """The radio of a test: ``armbands`` are what is switched on. Each ``scan`` begins in a fresh event loop."""

    def __init__(self, *players, **about):
        self.players, self.about = players, about
        self.events: list[dict[str, Any]] = []
        self.armbands: list[VirtualMyo] = []
        self.silent = False
        self._central = None

    def __call__(self):
        return self

    async def _switch_on(self):
        self._loop = asyncio.get_running_loop()
        link = LocalLink()
        self.armbands.clear()
        for number, player in enumerate(self.players):
            controller = Controller(f"P{number}", link=link)
            address = Address(f"F0:00:00:00:00:0{number}", Address.RANDOM_DEVICE_ADDRESS)
            controller.random_address = address
            device = Device.from_config_with_hci(
                DeviceConfiguration(name=f"Myo {number}", address=address), controller, AsyncPipeSink(controller)
            )
            armband = VirtualMyo(device, player, self.events.append, **self.about)
            await armband.start()
            self.armbands.append(armband)
        controller = Controller("C", link=link)
        host = Host(controller, AsyncPipeSink(controller))
        self._central = Device(
            address=Address("F0:00:00:00:00:99", Address.RANDOM_DEVICE_ADDRESS), host=host, name="computer"
        )
        await self._central.power_on()

    async def scan(self, seconds, enough, settle):
        if self._central is None or self._loop is not asyncio.get_running_loop():
            await self._switch_on()
        if self.silent:
            await asyncio.sleep(min(seconds, 0.2))
            return []
        found = {}

        def heard(advertisement):
            address = str(advertisement.address).partition("/")[0]
            found[address] = Found(address, "", advertisement.rssi, advertisement.address)

        self._central.on("advertisement", heard)
        await self._central.start_scanning()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not enough(list(found.values())):
                    await asyncio.sleep(0.01)
        await self._central.stop_scanning()
        self._central.remove_listener("advertisement", heard)
        return list(found.values())

    async def connect(self, found, seconds, lost):
        try:
            connection = await self._central.connect(found.handle, timeout=seconds)
        except Exception as error:
            raise DeviceError("myo", f"does not answer: {error!r}") from error
        connection.on("disconnection", lambda _: lost())
        peer = Peer(connection)
        await peer.discover_all() if hasattr(peer, "discover_all") else await peer.discover_services()
        for service in peer.services:
            await service.discover_characteristics()
        return _Central(connection, peer)

    def order(self, *words, armband=0):
        """Do something to an armband, from another thread."""
        done = asyncio.run_coroutine_threadsafe(self.armbands[armband].order(list(words)), self._loop)
        return done.result(5)


def player(length=20_000, first=0):
    return Player(counting(length, first), STILL)


__all__ = ["CONTROL_SERVICE", "Ether", "Faults", "counting", "number_of", "player"]
