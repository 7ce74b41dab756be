"""A single armband: its setup, its answers to commands, and its packets."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from emgctl.errors import DeviceError, quoted
from emgctl.support.ble.device import BleDevice
from emgctl.support.ble.packet_counter import PacketCounter
from emgctl.support.ble.radio import Link
from emgctl.types import SampleBlock
from emgctl_gforce import protocol
from emgctl_gforce.assembly import Assembly
from emgctl_gforce.options import GForceOptions

log = logging.getLogger(__name__)
ANSWER_S = 2.0


class Armband(BleDevice):
    """A gForcePro+. Lost packets are a gap, repeated ones are dropped."""

    def __init__(
        self, options: GForceOptions, status: dict[str, Any], deliver: Callable[[SampleBlock], None],
        fail: Callable[[DeviceError], None],
    ) -> None:  # fmt: skip
        super().__init__("gforce", options, status, deliver, fail)
        self._rate_hz = options.rate_hz
        self._uv = np.float32(protocol.microvolts(options.rate_hz))
        self._counter = PacketCounter(protocol.IDS, protocol.samples_a_packet(options.rate_hz))
        self._packets, self._answers = Assembly(), Assembly()
        self._next = 0
        self._answer: asyncio.Future[protocol.Response] | None = None
        self._awaited = -1
        status |= {"samples_lost": 0, "packets_malformed": 0}

    async def set_up(self, link: Link) -> None:
        """Read what it is, configure it, and start it."""
        await self.subscribe(link, protocol.COMMAND, self._answered)
        firmware = await self._ask(link, bytes([protocol.FIRMWARE]))
        if firmware.code == protocol.SUCCESS:
            data = firmware.data  # text, or the numbers of the version
            version = ".".join(map(str, data)) if len(data) <= 4 else data.decode("ascii", "replace")
            self._status["firmware"] = quoted(version, 40)
        battery = await self._ask(link, bytes([protocol.BATTERY]))
        if battery.code == protocol.SUCCESS:
            self.battery(battery.data)
        configured = await self._ask(link, protocol.configure(self._rate_hz))
        if configured.code != protocol.SUCCESS:
            bits = protocol.BITS[self._rate_hz]
            other = next(rate for rate in protocol.BITS if rate != self._rate_hz)
            raise DeviceError(
                self.name, f"refuses {self._rate_hz} Hz with {bits} bits ({_problem(configured)})",
                f"set rate_hz: {other}, or update its firmware",
            )  # fmt: skip
        numbered = await self._ask(link, protocol.number_packets())
        if numbered.code != protocol.SUCCESS:
            self._uncounted()
        await self.subscribe(link, protocol.DATA, self._arrived)
        started = await self._ask(link, protocol.stream(True))
        if started.code != protocol.SUCCESS:
            raise DeviceError(self.name, f"refuses to send EMG ({_problem(started)})", "switch it off and on")

    async def release(self, link: Link) -> None:
        """Stop the data."""
        await link.write(protocol.COMMAND, protocol.stream(False))

    async def _ask(self, link: Link, command: bytes) -> protocol.Response:
        """Send a command and wait for its answer.

        Raises:
            DeviceError: there is none.
        """
        self._answer, self._awaited = asyncio.get_running_loop().create_future(), command[0]
        await link.write(protocol.COMMAND, command)
        try:
            return await asyncio.wait_for(self._answer, ANSWER_S)
        except TimeoutError as error:
            text = f"did not answer the command 0x{command[0]:02X} within {ANSWER_S:g} s"
            raise DeviceError(self.name, text, "switch it off and on") from error

    def _answered(self, notification: bytes) -> None:
        packet = self._answers.put(notification)
        found = None if packet is None else protocol.response(packet)
        if found is not None and found.command == self._awaited and self._answer and not self._answer.done():
            self._answer.set_result(found)

    def _arrived(self, notification: bytes) -> None:
        before = self._packets.broken
        packet = self._packets.put(notification)
        if self._packets.broken > before:
            self.malformed("a partial", notification)
        if packet is None or protocol.is_other(packet):
            return
        found = protocol.emg(packet, self._rate_hz)
        if found is None:
            self.malformed("an EMG", packet)
            return
        start: int | None = self._next
        if found.number is not None:
            start = self._counter.start(found.number, packet)
            self._status["samples_lost"] = self._counter.lost
        else:
            self._uncounted()
        if start is None:
            self.repeated()
            return
        self._next = start + len(found.counts)
        self.pass_on(SampleBlock(found.counts * self._uv, start, time.perf_counter()))

    def _uncounted(self) -> None:
        """The armband does not number its packets, so that a lost one can't be seen."""
        if self._status["samples_lost"] is not None:
            self._status["samples_lost"] = None
            log.warning("%s: does not number its packets, so lost ones are not counted; update its firmware", self.name)


def _problem(answer: protocol.Response) -> str:
    return protocol.PROBLEMS.get(answer.code, f"code {answer.code}")
