"""A virtual armband: a Bluetooth peripheral that behaves like a Myo, on a virtual or real radio (bumble)."""

from __future__ import annotations

import asyncio
import struct
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from emgctl.support.ble.virtual import VirtualPeripheral
from emgctl.types import Samples
from emgctl_myo import protocol

if TYPE_CHECKING:
    from bumble.device import Connection
    from bumble.gatt import Service

PACKET_HZ = 100.0
_AWAKE_S = 60.0  # an idle armband falls asleep unless sleep is disabled


@dataclass(slots=True)
class Player:
    """Plays a recording in a loop as int8 counts, two samples per packet, and motion rows.

    ``labelled`` are first and end of the segments of each label, of which :meth:`cue` plays one.
    """

    samples: Samples
    motion: NDArray[np.float32]
    loop: bool = True
    labelled: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    place: int = 0
    moved: int = 0
    segment: tuple[int, int] | None = None

    def cue(self, label: str) -> str:
        """Go on with the next segment of this label, over and over; returns "" or why it can't be done."""
        if label not in self.labelled:
            return f"the recording has no segment labelled '{label}'; its labels: {', '.join(self.labelled) or 'none'}"
        self.labelled[label].append(self.labelled[label].pop(0))
        self.segment = self.labelled[label][-1]
        self.place = self.segment[0]
        return ""

    def packet(self) -> bytes | None:
        """The next two samples, None at the end."""
        begin, end = self.segment or (0, len(self.samples))
        if self.place + protocol.SAMPLES_A_PACKET > end:
            if not self.loop and self.segment is None:
                return None
            self.place = begin
        two = self.samples[self.place : self.place + protocol.SAMPLES_A_PACKET]
        self.place += protocol.SAMPLES_A_PACKET
        return bytes(np.clip(np.rint(two), -128, 127).astype(np.int8).tobytes())

    def envelope(self) -> bytes:
        """The mean magnitude of the last 50 samples, in the armband's scale."""
        recent = self.samples[max(self.place - 50, 0) : max(self.place, 1)]
        return bytes(np.clip(8 * np.abs(recent).mean(axis=0), 0, 65535).astype("<u2").tobytes()) + b"\0"

    def row(self) -> bytes:
        """The next motion row."""
        row = self.motion[self.moved % len(self.motion)]
        self.moved += 1
        return protocol.imu_packet(row)


@dataclass
class VirtualMyo(VirtualPeripheral):
    """The armband, which plays a recording."""

    player: Player
    firmware: tuple[int, int, int, int] = (1, 5, 1970, 2)
    battery: float = 80.0
    drain_per_min: float = 0.0
    awake_s: float = _AWAKE_S
    _mode: tuple[int, int, int] = (0, 0, 0)
    _never_sleep: bool = False
    _asleep: bool = False
    _turn: int = 0
    _used_s: float = 0.0

    advertised = (protocol.CONTROL_SERVICE,)
    orders = f"cue LABEL, {VirtualPeripheral.orders}, battery N, sleep, wake"

    @property
    def period_s(self) -> float:
        """The time between two packets of EMG."""
        return 1 / PACKET_HZ

    @property
    def asleep(self) -> bool:
        """Whether it has fallen asleep."""
        return self._asleep

    async def start(self) -> None:
        """Switch on and advertise."""
        await super().start()
        self.begin(self._age)

    async def order(self, words: list[str]) -> str:
        """Execute a command: also ``battery N``, ``sleep``, ``wake``, ``cue LABEL`` for the person who wears it."""
        match words:
            case ["battery", percent] if percent.isdigit() and int(percent) <= 100:
                self.battery = float(percent)
                await self.notify(protocol.BATTERY, bytes([int(percent)]))
            case ["cue", _, *_]:
                return self.player.cue(" ".join(words[1:]))
            case ["sleep"]:
                await self._sleep()
            case ["wake"]:
                self._asleep = False
                await self.advertise_again()
            case _:
                return await super().order(words)
        return ""

    def services(self) -> list[Service]:
        """All of a Myo's services."""
        from bumble.gatt import CharacteristicValue, Service

        value = self.value
        info = CharacteristicValue(read=lambda _: bytes(6) + struct.pack("<H6B", 0, 0, 0, 0, 0, 1, 0) + bytes(6))
        version = CharacteristicValue(read=lambda _: struct.pack("<4H", *self.firmware))
        battery = CharacteristicValue(read=lambda _: bytes([int(self.battery)]))
        command = CharacteristicValue(write=self._command)
        control = [
            value(protocol.INFO, "READ", info),
            value(protocol.FIRMWARE, "READ", version),
            value(protocol.COMMAND, "WRITE", command),
        ]
        motion = [value(protocol.IMU, "NOTIFY"), value(protocol.MOTION_EVENT, "INDICATE")]
        return [
            Service(protocol.CONTROL_SERVICE, control),
            Service(protocol.IMU_SERVICE, motion),
            Service(protocol.CLASSIFIER_SERVICE, [value(protocol.CLASSIFIER_EVENT, "INDICATE")]),
            Service(protocol.ENVELOPE_SERVICE, [value(protocol.ENVELOPE, "NOTIFY")]),
            Service(protocol.EMG_SERVICE, [value(one, "NOTIFY") for one in protocol.EMG]),
            Service(protocol.BATTERY_SERVICE, [value(protocol.BATTERY, "READ NOTIFY", battery)]),
        ]

    def _connected(self, connection: Connection) -> None:
        super()._connected(connection)
        self._used_s = time.monotonic()

    def forget(self) -> None:
        """Like a real one, forget all settings."""
        self._mode, self._never_sleep = (0, 0, 0), False

    def _command(self, _: Connection, data: bytes) -> None:
        """Execute a command; one of the wrong length is a protocol error."""
        from bumble.att import ATT_Error, ErrorCode

        code, payload = (data[0], data[2:]) if len(data) >= 2 else (0, b"")
        lengths = {1: 3, 3: 1, 4: 0, 6: 6, 7: 18, 9: 1, 10: 1, 11: 1}
        if len(data) < 2 or data[1] != len(payload) or lengths.get(code) not in (None, len(payload)):
            raise ATT_Error(ErrorCode.INVALID_ATTRIBUTE_LENGTH)
        if code not in lengths:
            raise ATT_Error(ErrorCode.VALUE_NOT_ALLOWED)
        self._used_s = time.monotonic()
        facts: dict[str, Any] = {"event": "command", "code": code, "payload": payload.hex()}
        if code == 1:
            self._mode = (payload[0], payload[1], payload[2])
            facts |= {"event": "mode", "emg": payload[0], "imu": payload[1], "classifier": payload[2]}
        elif code == 3:
            facts |= {"event": "vibrate", "length": payload[0]}
        elif code == 4:
            self.begin(self._sleep)
        elif code == 6:
            facts |= {"event": "led", "logo": payload[:3].hex(), "line": payload[3:].hex()}
        elif code == 9:
            self._never_sleep = bool(payload[0])
            facts |= {"event": "sleep_mode", "never": self._never_sleep}
        self.report(facts)

    async def _sleep(self) -> None:
        self._asleep = True
        await self.drop()
        await self.device.stop_advertising()
        self.report({"event": "asleep"})

    async def play(self, tick: int) -> bool:
        """Send what the mode requires."""
        emg, imu, _ = self._mode
        if imu in (1, 3) and tick % 2:
            await self.notify(protocol.IMU, self.player.row())
        if emg in (2, 3):
            packet = self.player.packet()
            if packet is None:
                return False
            turn, self._turn = self._turn, (self._turn + 1) % len(protocol.EMG)
            await self.send(protocol.EMG[turn], packet, place=self.player.place - protocol.SAMPLES_A_PACKET)
        if emg == 1 and tick % 2:
            self.player.packet()
            await self.notify(protocol.ENVELOPE, self.player.envelope())
        return True

    async def _age(self) -> None:
        """Drain the battery, and fall asleep when idle."""
        while True:
            await asyncio.sleep(1.0)
            before = int(self.battery)
            self.battery = max(self.battery - self.drain_per_min / 60, 0.0)
            if int(self.battery) != before:
                await self.notify(protocol.BATTERY, bytes([int(self.battery)]))
            idle = self.connection is not None and self._mode[:2] == (0, 0) and not self._never_sleep
            if self.battery <= 0 or (idle and time.monotonic() - self._used_s > self.awake_s):
                await self._sleep()
                return
