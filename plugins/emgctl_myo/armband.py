"""A single armband: connection, setup and incoming packets."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import DeviceError, quoted
from emgctl.types import Led, SampleBlock, Vibrate
from emgctl_myo import protocol
from emgctl_myo.options import MyoOptions
from emgctl_myo.packet_sequencer import PacketSequencer
from emgctl_myo.radio import Found, Link, Radio

log = logging.getLogger(__name__)
LOW_BATTERY = 15  # per cent
RELEASING_S = 0.4  # for the last commands; leaves time to disconnect within the second allowed for closing
CLOSING_S = 2.0
MOST_MOTION = 50  # IMU rows buffered until the next EMG packet: 1 s
REPEAT_S = 0.005  # envelopes and IMU rows come every 20 ms; identical values within this time are a repeated packet


class Armband:
    """Communicates with one armband. ``deliver`` gets its blocks, ``fail`` why it was lost; both from the event loop.

    Packets from a link that was given up are ignored. Packets delivered twice are dropped and counted.
    """

    def __init__(
        self, options: MyoOptions, status: dict[str, Any], deliver: Callable[[SampleBlock], None],
        fail: Callable[[DeviceError], None],
    ) -> None:  # fmt: skip
        self._options, self._status = options, status
        self._deliver, self._fail = deliver, fail
        self._turns = PacketSequencer()
        self._next_envelope = 0
        self._motion: list[NDArray[np.float32]] = []
        self._last_envelope: tuple[bytes, float] = (b"", 0.0)
        self._last_imu: tuple[bytes, float] = (b"", 0.0)
        self._link: Link | None = None
        self._received_s = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._over = False
        self.name = "myo"

    async def connect(self, radio: Radio, found: Found) -> None:
        """Connect and start streaming.

        Raises:
            DeviceError: the connection fails, or the armband is not supported.
        """
        self.name = f"myo {found.address}"
        self._status |= {"address": found.address, "name": quoted(found.name, 60), "rssi_dbm": found.rssi_dbm}
        self._link = await radio.connect(found, self._options.connect_s, self._lost)
        self._over = False
        try:
            await asyncio.wait_for(self._set_up(self._link), self._options.connect_s)
        except DeviceError:
            await self.disconnect()
            raise
        except Exception as error:  # the radio's exceptions are not documented
            await self.disconnect()
            raise DeviceError(self.name, f"was lost during setup ({str(error) or type(error).__name__})") from error
        self._received_s = time.perf_counter()
        self._look()

    async def _set_up(self, link: Link) -> None:
        """Check the firmware, disable sleep, subscribe and signal; set the mode last because it starts the data."""
        options = self._options
        version = protocol.firmware(await link.read(protocol.FIRMWARE))
        if version is None or version.major < 1:
            named = f"firmware {version}" if version else "an unknown firmware"
            raise DeviceError(self.name, f"has {named}; version 1.0 or later is required", "update it with Myo Connect")
        self._status["firmware"] = str(version)
        self._battery(await link.read(protocol.BATTERY))
        await self._subscribe(link, protocol.BATTERY, self._battery)
        await link.write(protocol.COMMAND, protocol.never_sleep())
        if options.mode == "envelope":
            await self._subscribe(link, protocol.ENVELOPE, self._envelope)
        else:
            for number, characteristic in enumerate(protocol.EMG):
                await self._subscribe(link, characteristic, partial(self._emg, number))
        if options.imu:
            await self._subscribe(link, protocol.IMU, self._imu)
        await link.write(protocol.COMMAND, protocol.led(options.led, options.led))
        if options.vibrate:
            await link.write(protocol.COMMAND, protocol.vibrate(options.vibrate))
        await link.write(protocol.COMMAND, protocol.set_mode(options.mode, options.imu))

    async def _subscribe(self, link: Link, characteristic: str, take: Callable[[bytes], None]) -> None:
        """Pass notifications on this link to ``take`` while the link is in use; an exception there gives it up."""

        def arrived(data: bytes) -> None:
            if self._link is not link or self._over:
                return
            try:
                take(data)
            except Exception as error:
                log.debug("%s: a packet of %d bytes", self.name, len(data), exc_info=True)
                self._give_up(f"a packet could not be processed: {type(error).__name__}: {error}")

        await link.notify(characteristic, arrived)

    async def request(self, request: Vibrate | Led) -> None:
        """Vibrate or light up; a broken link is detected elsewhere."""
        if isinstance(request, Vibrate):
            command = protocol.vibrate(request.length)
        else:
            colour = (request.colour or self._options.led).removeprefix("#")
            command = protocol.led(colour, colour)
        if self._link is not None:
            try:
                await self._link.write(protocol.COMMAND, command)
            except Exception as error:
                log.debug("%s: %s", self.name, error)

    async def disconnect(self) -> None:
        """Stop streaming, allow sleep again and disconnect."""
        link, self._link = self._link, None
        if self._watch is not None:
            self._watch.cancel()
        if link is None:
            return
        if not self._over:
            try:
                async with asyncio.timeout(RELEASING_S):
                    await link.write(protocol.COMMAND, protocol.set_mode(None))
                    await link.write(protocol.COMMAND, protocol.never_sleep(False))
            except Exception as error:  # it may be gone already
                log.debug("%s: while closing: %s", self.name, error)
        try:
            async with asyncio.timeout(CLOSING_S / 2 if self._over else CLOSING_S):
                await link.disconnect()
        except Exception as error:
            log.debug("%s: while disconnecting: %s", self.name, error)

    def _lost(self) -> None:
        if self._link is not None:
            self._give_up("the connection was lost")

    def _give_up(self, why: str) -> None:
        """Ignore the link from now on and request a reopen; disconnecting is still to be done."""
        if not self._over:
            self._over = True
            self._fail(DeviceError(self.name, why))

    def _look(self) -> None:
        """Watchdog for a link that stays up without carrying data."""
        silent_s = time.perf_counter() - self._received_s
        if silent_s >= self._options.stall_s:
            if not self._over:
                self._fail(DeviceError(self.name, f"sent no data for {self._options.stall_s:g} s"))
            return
        self._watch = asyncio.get_running_loop().call_later(self._options.stall_s - silent_s, self._look)

    def _battery(self, data: bytes) -> None:
        if len(data) == 1 and data[0] <= 100:
            before = self._status.get("battery_percent", 101)
            self._status["battery_percent"] = data[0]
            if data[0] <= LOW_BATTERY < before:
                log.warning("%s: battery at %d %%", self.name, data[0])

    def _emg(self, characteristic: int, data: bytes) -> None:
        samples = protocol.emg(data)
        if samples is None:
            self._malformed("EMG", data)
        elif self._turns.repeats(characteristic, data):
            self._repeated()
        else:
            self._pass_on(samples, self._turns.start(characteristic))
            self._status["packets_lost"] = self._turns.lost

    def _envelope(self, data: bytes) -> None:
        samples, now_s = protocol.envelope(data), time.perf_counter()
        (last, last_s), self._last_envelope = self._last_envelope, (data, now_s)
        if samples is None:
            self._malformed("envelope", data)
        elif data == last and now_s - last_s < REPEAT_S:
            self._repeated()
        else:
            self._pass_on(samples, self._next_envelope)
            self._next_envelope += len(samples)

    def _pass_on(self, samples: NDArray[np.float32], start: int) -> None:
        self._received_s = time.perf_counter()
        motion = np.stack(self._motion) if self._motion else None
        self._motion.clear()
        self._last_imu = (b"", 0.0)  # with EMG packets in between, the next row is new
        self._deliver(SampleBlock(samples, start, self._received_s, motion))

    def _imu(self, data: bytes) -> None:
        row, now_s = protocol.imu(data), time.perf_counter()
        (last, last_s), self._last_imu = self._last_imu, (data, now_s)
        if row is None:
            self._malformed("IMU", data)
        elif data == last and now_s - last_s < REPEAT_S:
            self._repeated()
        else:
            self._motion.append(row)
            del self._motion[:-MOST_MOTION]

    def _repeated(self) -> None:
        """Count a packet delivered twice, which is dropped; only the first is logged."""
        count = self._status["packets_repeated"] = self._status.get("packets_repeated", 0) + 1
        if count == 1:
            log.warning("%s: dropped a packet that was delivered twice; further ones are only counted", self.name)

    def _malformed(self, what: str, data: bytes) -> None:
        """Count an unreadable packet as lost; only the first is logged."""
        count = self._status.get("packets_malformed", 0)
        self._status["packets_malformed"] = count + 1
        if not count:
            log.warning(
                "%s: dropped an %s packet of %d bytes; further ones are only counted", self.name, what, len(data)
            )
