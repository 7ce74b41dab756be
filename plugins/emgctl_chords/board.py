"""A single board: how it is started, and its samples."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from emgctl.errors import DeviceError
from emgctl.support.ble.device import BleDevice
from emgctl.support.ble.packet_counter import PacketCounter
from emgctl.support.ble.radio import Link
from emgctl.types import SampleBlock
from emgctl_chords import protocol
from emgctl_chords.options import ChordsOptions

FIRST_S = 3.0  # in which a board that was started sends its first samples


class Board(BleDevice):
    """An NPG Lite. Lost samples are a gap, repeated ones are dropped. ``channels`` is known once it is connected."""

    def __init__(
        self, options: ChordsOptions, status: dict[str, Any], deliver: Callable[[SampleBlock], None],
        fail: Callable[[DeviceError], None],
    ) -> None:  # fmt: skip
        super().__init__("chords", options, status, deliver, fail)
        self.channels = options.channels
        self._counter = PacketCounter(protocol.MODULUS)
        self._first: asyncio.Event = asyncio.Event()
        status |= {"samples_lost": 0, "packets_malformed": 0}

    async def set_up(self, link: Link) -> None:
        """Start it, and wait for its first samples, which show how many channels it has."""
        await self.subscribe(link, protocol.DATA, self._arrived)
        await link.write(protocol.CONTROL, protocol.START)
        try:
            await asyncio.wait_for(self._first.wait(), FIRST_S)
        except TimeoutError as error:
            text, remedy = f"sent no samples within {FIRST_S:g} s after it was started", "switch it off and on"
            if self._status["packets_malformed"]:
                wanted = f"{self.channels} channels" if self.channels else "3 or 6 channels"
                text = f"sends something else than samples of {wanted}"
                remedy = "put Chords firmware for Bluetooth on it" + (
                    ", or leave 'channels' out" if self.channels else ""
                )
            raise DeviceError(self.name, text, remedy) from error

    async def release(self, link: Link) -> None:
        """Stop the data."""
        await link.write(protocol.CONTROL, protocol.STOP)

    def _arrived(self, packet: bytes) -> None:
        if self.channels is None:
            self.channels = protocol.channels_of(packet)
        found = protocol.samples(packet, self.channels) if self.channels else None
        if found is None:
            self.malformed("a", packet)
            return
        start = self._counter.start(found.number, packet, len(found.counts))
        if start is None:
            self.repeated()
            return
        self._status["samples_lost"] = self._counter.lost
        self._first.set()
        self.pass_on(SampleBlock(found.counts, start, time.perf_counter()))
