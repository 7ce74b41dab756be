"""A single armband: its setup and its packets."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import DeviceError
from emgctl.support.ble.device import BleDevice
from emgctl.support.ble.radio import Link
from emgctl.types import Led, SampleBlock, Vibrate
from emgctl_myo import protocol
from emgctl_myo.options import MyoOptions
from emgctl_myo.packet_sequencer import PacketSequencer

log = logging.getLogger(__name__)
MOST_MOTION = 50  # IMU rows buffered until the next EMG packet: 1 s
REPEAT_S = 0.005  # envelopes and IMU rows come every 20 ms; identical values within this time are a repeated packet


class Armband(BleDevice):
    """A Myo. Packets delivered twice are dropped and counted."""

    def __init__(
        self, options: MyoOptions, status: dict[str, Any], deliver: Callable[[SampleBlock], None],
        fail: Callable[[DeviceError], None],
    ) -> None:  # fmt: skip
        super().__init__("myo", options, status, deliver, fail)
        self._options = options
        self._turns = PacketSequencer()
        self._next_envelope = 0
        self._motion: list[NDArray[np.float32]] = []
        self._last_envelope: tuple[bytes, float] = (b"", 0.0)
        self._last_imu: tuple[bytes, float] = (b"", 0.0)

    async def set_up(self, link: Link) -> None:
        """Check the firmware, disable sleep, subscribe and signal; set the mode last because it starts the data."""
        options = self._options
        version = protocol.firmware(await link.read(protocol.FIRMWARE))
        if version is None or version.major < 1:
            named = f"firmware {version}" if version else "an unknown firmware"
            raise DeviceError(self.name, f"has {named}; version 1.0 or later is required", "update it with Myo Connect")
        self._status["firmware"] = str(version)
        self.battery(await link.read(protocol.BATTERY))
        await self.subscribe(link, protocol.BATTERY, self.battery)
        await link.write(protocol.COMMAND, protocol.never_sleep())
        if options.mode == "envelope":
            await self.subscribe(link, protocol.ENVELOPE, self._envelope)
        else:
            for number, characteristic in enumerate(protocol.EMG):
                await self.subscribe(link, characteristic, partial(self._emg, number))
        if options.imu:
            await self.subscribe(link, protocol.IMU, self._imu)
        await link.write(protocol.COMMAND, protocol.led(options.led, options.led))
        if options.vibrate:
            await link.write(protocol.COMMAND, protocol.vibrate(options.vibrate))
        await link.write(protocol.COMMAND, protocol.set_mode(options.mode, options.imu))

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

    async def release(self, link: Link) -> None:
        """Stop streaming and allow sleep again."""
        await link.write(protocol.COMMAND, protocol.set_mode(None))
        await link.write(protocol.COMMAND, protocol.never_sleep(False))

    def _emg(self, characteristic: int, data: bytes) -> None:
        samples = protocol.emg(data)
        if samples is None:
            self.malformed("an EMG", data)
        elif self._turns.repeats(characteristic, data):
            self.repeated()
        else:
            self._pass_on(samples, self._turns.start(characteristic))
            self._status["packets_lost"] = self._turns.lost

    def _envelope(self, data: bytes) -> None:
        samples, now_s = protocol.envelope(data), time.perf_counter()
        (last, last_s), self._last_envelope = self._last_envelope, (data, now_s)
        if samples is None:
            self.malformed("an envelope", data)
        elif data == last and now_s - last_s < REPEAT_S:
            self.repeated()
        else:
            self._pass_on(samples, self._next_envelope)
            self._next_envelope += len(samples)

    def _pass_on(self, samples: NDArray[np.float32], start: int) -> None:
        motion = np.stack(self._motion) if self._motion else None
        self._motion.clear()
        self._last_imu = (b"", 0.0)  # with EMG packets in between, the next row is new
        self.pass_on(SampleBlock(samples, start, time.perf_counter(), motion))

    def _imu(self, data: bytes) -> None:
        row, now_s = protocol.imu(data), time.perf_counter()
        (last, last_s), self._last_imu = self._last_imu, (data, now_s)
        if row is None:
            self.malformed("an IMU", data)
        elif data == last and now_s - last_s < REPEAT_S:
            self.repeated()
        else:
            self._motion.append(row)
            del self._motion[:-MOST_MOTION]
