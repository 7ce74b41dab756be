"""Virtual devices: Bluetooth peripherals that behave like real ones, on a virtual or real radio (bumble)."""

from __future__ import annotations

import asyncio
import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

if TYPE_CHECKING:
    from bumble.device import Connection, Device
    from bumble.gatt import Characteristic, CharacteristicValue, Service

Report = Callable[[dict[str, Any]], None]
ADVERTISE_S = 0.4
_LATEST_S = 0.5  # packets that are later than this are sent in a row
_ADVERTISED_BYTES = 31
_CUT = 11  # bytes that are left of a packet that is damaged
_LOST = "lost"
_ENDING_S = 2.0


@dataclass(slots=True)
class Faults:
    """Faults to inject: packets to lose, share lost at random, packets to damage, and until when to send nothing."""

    lose: int = 0
    lose_share: float = 0.0
    malformed: int = 0
    silent_until_s: float = 0.0


@dataclass
class VirtualPeripheral(ABC):
    """A device on a bumble ``device``. :meth:`start` makes it advertise; ``report`` gets its events."""

    device: Device
    report: Report
    faults: Faults = field(default_factory=Faults, kw_only=True)
    speed: float = field(default=1.0, kw_only=True)
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0), kw_only=True)
    connection: Connection | None = field(default=None, init=False)
    _values: dict[str, Any] = field(default_factory=dict, init=False)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list, init=False)

    advertised: ClassVar[tuple[str, ...]] = ()
    """The services that are advertised."""
    orders: ClassVar[str] = "lose N, malformed N, silence SECONDS, drop"

    @abstractmethod
    def services(self) -> list[Service]:
        """What it serves, of characteristics made by :meth:`value`."""

    @property
    @abstractmethod
    def period_s(self) -> float:
        """The time between two packets."""

    @abstractmethod
    async def play(self, tick: int) -> bool:
        """Send what is due, while connected; False at the end of what it plays."""

    @abstractmethod
    def forget(self) -> None:
        """What a device does when a link ends."""

    @property
    def asleep(self) -> bool:
        """Whether it can't be found."""
        return False

    async def start(self) -> None:
        """Switch on and advertise."""
        self.device.add_services(self.services())
        self.device.on("connection", self._connected)
        await self.device.power_on()
        await self._advertise()
        self._tasks = [asyncio.create_task(self._stream()), asyncio.create_task(self._be_found())]
        self.report({"event": "advertising", "address": str(self.device.random_address)})

    async def stop(self) -> None:
        """Stop advertising and switch off."""
        for task in self._tasks:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ENDING_S):  # a library that loses the request to end gets another one
                await asyncio.gather(*self._tasks, return_exceptions=True)

    async def order(self, words: list[str]) -> str:
        """Execute a command of :attr:`orders`, typed by a person or a test; returns "" or an error message."""
        match words:
            case ["lose", count] if count.isdigit():
                self.faults.lose += int(count)
            case ["malformed", count] if count.isdigit():
                self.faults.malformed += int(count)
            case ["silence", seconds] if seconds.replace(".", "", 1).isdigit():
                self.faults.silent_until_s = time.monotonic() + float(seconds)
            case ["drop"]:
                await self.drop()
            case _:
                return f"commands: {self.orders}"
        return ""

    def value(self, uuid: str, kinds: str, what: bytes | CharacteristicValue = b"") -> Characteristic:
        """A characteristic; ``kinds`` are its properties, such as "READ NOTIFY"."""
        from bumble.att import Attribute
        from bumble.gatt import Characteristic

        properties = Characteristic.Properties(0)
        for one in kinds.split():
            properties |= Characteristic.Properties[one]
        permissions = Attribute.Permissions.READABLE
        if "WRITE" in kinds:
            permissions |= Attribute.Permissions.WRITEABLE
        self._values[uuid] = Characteristic(uuid, properties, permissions, what)
        return self._values[uuid]

    def begin(self, work: Callable[[], Any]) -> None:
        """Run a task until :meth:`stop`."""
        self._tasks.append(asyncio.create_task(work()))

    async def send(self, uuid: str, *parts: bytes, place: int) -> None:
        """Send a packet in one or several notifications, unless it is to be lost or damaged."""
        faults = self.faults
        if faults.lose > 0 or (faults.lose_share and self.rng.random() < faults.lose_share):
            faults.lose = max(faults.lose - 1, 0)
            self.report({"event": _LOST, "place": place})
            return
        if faults.malformed > 0:
            faults.malformed -= 1
            parts = (parts[0][:_CUT], *parts[1:])
        for part in parts:
            await self.notify(uuid, part)

    async def notify(self, uuid: str, data: bytes) -> bool:
        """Send a notification; False where nobody is connected."""
        if self.connection is None or time.monotonic() < self.faults.silent_until_s:
            return False
        try:
            await self.device.notify_subscribers(self._values[uuid], data)
        except Exception:  # the link may break at any time
            return False
        return True

    async def drop(self) -> None:
        """End the link."""
        if self.connection is not None:
            await self.connection.disconnect()

    async def _advertise(self) -> None:
        from bumble.core import UUID, AdvertisingData

        flags = bytes(AdvertisingData([(AdvertisingData.FLAGS, bytes([0x06]))]))
        kinds = {
            2: AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
            16: AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
        }
        services = [UUID(one).to_bytes() for one in self.advertised]
        listed = bytes(AdvertisingData([(kinds[len(one)], one) for one in services]))
        name = bytes(AdvertisingData([(AdvertisingData.COMPLETE_LOCAL_NAME, self.device.name.encode())]))
        fits = len(flags + listed + name) <= _ADVERTISED_BYTES
        await self.device.start_advertising(
            advertising_data=flags + listed + (name if fits else b""),
            scan_response_data=b"" if fits else name,
            auto_restart=False,
        )

    async def advertise_again(self) -> None:
        """Restart advertising."""
        await self.device.stop_advertising()
        await self._advertise()

    def _connected(self, connection: Connection) -> None:
        self.connection = connection
        connection.on("disconnection", self._disconnected)
        self.report({"event": "connected"})

    def _disconnected(self, reason: int) -> None:
        self.connection = None
        self.forget()
        self.report({"event": "disconnected", "reason": str(reason)})

    async def _stream(self) -> None:
        """Send each packet when due; late packets are sent immediately, none is dropped."""
        due_s, tick = time.monotonic(), 0
        while True:
            due_s = max(due_s + self.period_s / self.speed, time.monotonic() - _LATEST_S)
            await asyncio.sleep(max(due_s - time.monotonic(), 0))
            tick += 1
            if self.connection is not None and not await self.play(tick):
                self.report({"event": "end"})
                return

    async def _be_found(self) -> None:
        """Restart advertising periodically: a virtual radio (btvirt) reports each start only once."""
        while True:
            await asyncio.sleep(ADVERTISE_S)
            if self.connection is None and not self.asleep:
                await self.advertise_again()
