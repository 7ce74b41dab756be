"""A single device: its connection, its setup, and the packets that arrive."""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

from emgctl.errors import DeviceError, quoted
from emgctl.support.ble.radio import Found, HasInterval, Link, Radio
from emgctl.types import Led, SampleBlock, Vibrate

log = logging.getLogger(__name__)
LOW_BATTERY = 15  # per cent
RELEASING_S = 0.4  # for the last commands; leaves time to disconnect within the second allowed for closing
CLOSING_S = 2.0


class LinkLimits(Protocol):
    """How long connecting may take, and how long a link may carry nothing."""

    @property
    def connect_s(self) -> float:
        """Limit for connecting, and for the setup after it."""

    @property
    def stall_s(self) -> float:
        """After so long without a sample, the link counts as lost."""


class BleDevice(ABC):
    """Communicates with one device. ``deliver`` gets its blocks, ``fail`` why it was lost; both from the event loop.

    ``status`` is what the device reports of itself. Packets from a link that was given up are ignored.
    """

    def __init__(
        self, kind: str, limits: LinkLimits, status: dict[str, Any], deliver: Callable[[SampleBlock], None],
        fail: Callable[[DeviceError], None],
    ) -> None:  # fmt: skip
        self.name = self._kind = kind
        self._limits, self._status = limits, status
        self._deliver, self._fail = deliver, fail
        self._link: Link | None = None
        self._received_s = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._over = False

    @abstractmethod
    async def set_up(self, link: Link) -> None:
        """Check the device, subscribe, and start the data.

        Raises:
            DeviceError: the device is not supported, or refuses.
        """

    @abstractmethod
    async def release(self, link: Link) -> None:
        """Stop the data; it may be gone already, and raise anything."""

    async def request(self, request: Vibrate | Led) -> None:  # noqa: B027 - few can
        """Vibrate or light up, if it can; a broken link is detected elsewhere."""

    async def connect(self, radio: Radio, found: Found) -> None:
        """Connect and start streaming.

        Raises:
            DeviceError: the connection fails, or the device is not supported.
        """
        self.name = f"{self._kind} {found.address}"
        self._status |= {"address": found.address, "name": quoted(found.name, 60), "rssi_dbm": found.rssi_dbm}
        self._link = await radio.connect(found, self._limits.connect_s, self._lost)
        self._over = False
        try:
            await asyncio.wait_for(self.set_up(self._link), self._limits.connect_s)
        except DeviceError:
            await self.disconnect()
            raise
        except Exception as error:  # the radio's exceptions are not documented
            await self.disconnect()
            raise DeviceError(self.name, f"was lost during setup ({str(error) or type(error).__name__})") from error
        if isinstance(self._link, HasInterval) and (interval_ms := self._link.interval_ms()) is not None:
            self._status["connection_interval_ms"] = interval_ms
            log.info("%s: the connection interval is %g ms", self.name, interval_ms)
        self._received_s = time.perf_counter()
        self._look()

    async def subscribe(self, link: Link, characteristic: str, take: Callable[[bytes], None]) -> None:
        """Pass notifications on this link to ``take`` while the link is in use; an exception there gives it up."""

        def arrived(data: bytes) -> None:
            if self._link is not link or self._over:
                return
            try:
                take(data)
            except Exception as error:
                log.debug("%s: a packet of %d bytes", self.name, len(data), exc_info=True)
                self.give_up(f"a packet could not be processed: {type(error).__name__}: {error}")

        await link.notify(characteristic, arrived)

    async def disconnect(self) -> None:
        """Stop streaming and disconnect."""
        link, self._link = self._link, None
        if self._watch is not None:
            self._watch.cancel()
        if link is None:
            return
        if not self._over:
            try:
                async with asyncio.timeout(RELEASING_S):
                    await self.release(link)
            except Exception as error:  # it may be gone already
                log.debug("%s: while closing: %s", self.name, error)
        try:
            async with asyncio.timeout(CLOSING_S / 2 if self._over else CLOSING_S):
                await link.disconnect()
        except Exception as error:
            log.debug("%s: while disconnecting: %s", self.name, error)

    def give_up(self, why: str) -> None:
        """Ignore the link from now on and request a reopen; disconnecting is still to be done."""
        if not self._over:
            self._over = True
            self._fail(DeviceError(self.name, why))

    def pass_on(self, block: SampleBlock) -> None:
        """Deliver a block that has just arrived."""
        self._received_s = block.received_s
        self._deliver(block)

    def battery(self, data: bytes) -> None:
        """Take a battery level of one byte, in per cent; a low one is logged once."""
        if len(data) == 1 and data[0] <= 100:
            before = self._status.get("battery_percent", 101)
            self._status["battery_percent"] = data[0]
            if data[0] <= LOW_BATTERY < before:
                log.warning("%s: battery at %d %%", self.name, data[0])

    def repeated(self) -> None:
        """Count a packet delivered twice, which is dropped; only the first is logged."""
        if self._counted("packets_repeated") == 1:
            log.warning("%s: dropped a packet that was delivered twice; further ones are only counted", self.name)

    def malformed(self, what: str, data: bytes) -> None:
        """Count an unreadable packet as lost; only the first is logged."""
        if self._counted("packets_malformed") == 1:
            log.warning(
                "%s: dropped %s packet of %d bytes; further ones are only counted", self.name, what, len(data)
            )  # fmt: skip

    def _counted(self, key: str) -> int:
        count = self._status[key] = int(self._status.get(key, 0)) + 1
        return count

    def _lost(self) -> None:
        if self._link is not None:
            self.give_up("the connection was lost")

    def _look(self) -> None:
        """Watchdog for a link that stays up without carrying data."""
        silent_s = time.perf_counter() - self._received_s
        if silent_s >= self._limits.stall_s:
            if not self._over:
                self._fail(DeviceError(self.name, f"sent no data for {self._limits.stall_s:g} s"))
            return
        self._watch = asyncio.get_running_loop().call_later(self._limits.stall_s - silent_s, self._look)
