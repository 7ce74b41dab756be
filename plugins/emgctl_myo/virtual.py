"""A virtual armband: a Bluetooth peripheral that behaves like a Myo, on a virtual or real radio (bumble)."""

from __future__ import annotations

import asyncio
import json
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from emgctl.types import Samples
from emgctl_myo import protocol

if TYPE_CHECKING:
    from bumble.device import Connection, Device

Report = Callable[[dict[str, Any]], None]
PACKET_HZ = 100.0
ADVERTISE_S = 0.4
_AWAKE_S = 60.0  # an idle armband falls asleep unless sleep is disabled


@dataclass(slots=True)
class Faults:
    """Faults to inject: number of packets to lose, share lost at random, number of packets with a wrong length."""

    lose: int = 0
    lose_share: float = 0.0
    malformed: int = 0


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


@dataclass(slots=True)
class VirtualMyo:
    """The armband. :meth:`start` makes it advertise on a bumble ``device``; ``report`` gets its events."""

    device: Device
    player: Player
    report: Report
    firmware: tuple[int, int, int, int] = (1, 5, 1970, 2)
    battery: float = 80.0
    drain_per_min: float = 0.0
    faults: Faults = field(default_factory=Faults)
    awake_s: float = _AWAKE_S
    speed: float = 1.0
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    _mode: tuple[int, int, int] = (0, 0, 0)
    _never_sleep: bool = False
    _asleep: bool = False
    _turn: int = 0
    _connection: Connection | None = None
    _values: dict[str, Any] = field(default_factory=dict)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _used_s: float = 0.0

    async def start(self) -> None:
        """Switch on and advertise."""
        self._serve()
        self.device.on("connection", self._connected)
        await self.device.power_on()
        await self._advertise()
        self._tasks = [asyncio.create_task(work()) for work in (self._stream, self._age, self._be_found)]
        self.report({"event": "advertising", "address": str(self.device.random_address)})

    async def stop(self) -> None:
        """Stop advertising and switch off."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def order(self, words: list[str]) -> str:
        """Execute a command typed by a person or a test; returns "" or an error message.

        ``lose N`` packets, ``malformed N`` packets, ``drop`` the link, ``battery N``, ``sleep``, ``wake``, ``cue
        LABEL`` for the person who wears it.
        """
        match words:
            case ["lose", count] if count.isdigit():
                self.faults.lose += int(count)
            case ["malformed", count] if count.isdigit():
                self.faults.malformed += int(count)
            case ["battery", percent] if percent.isdigit() and int(percent) <= 100:
                self.battery = float(percent)
                await self._notify(protocol.BATTERY, bytes([int(percent)]))
            case ["cue", _, *_]:
                return self.player.cue(" ".join(words[1:]))
            case ["drop"]:
                await self._drop()
            case ["sleep"]:
                await self._sleep()
            case ["wake"]:
                self._asleep = False
                await self._advertise()
            case _:
                return "commands: cue LABEL, lose N, malformed N, drop, battery N, sleep, wake"
        return ""

    def _serve(self) -> None:
        from bumble.att import Attribute
        from bumble.gatt import Characteristic, CharacteristicValue, Service

        read, write = Attribute.Permissions.READABLE, Attribute.Permissions.WRITEABLE
        kinds = Characteristic.Properties

        def value(
            uuid: str,
            properties: Characteristic.Properties,
            permissions: Attribute.Permissions,
            what: bytes | CharacteristicValue = b"",
        ) -> Characteristic:
            self._values[uuid] = Characteristic(uuid, properties, permissions, what)
            return self._values[uuid]

        info = CharacteristicValue(read=lambda _: bytes(6) + struct.pack("<H6B", 0, 0, 0, 0, 0, 1, 0) + bytes(6))
        version = CharacteristicValue(read=lambda _: struct.pack("<4H", *self.firmware))
        battery = CharacteristicValue(read=lambda _: bytes([int(self.battery)]))
        command = CharacteristicValue(write=self._command)
        self.device.add_services(
            [
                Service(
                    protocol.CONTROL_SERVICE,
                    [
                        value(protocol.INFO, kinds.READ, read, info),
                        value(protocol.FIRMWARE, kinds.READ, read, version),
                        value(protocol.COMMAND, kinds.WRITE, write, command),
                    ],
                ),
                Service(
                    protocol.IMU_SERVICE,
                    [value(protocol.IMU, kinds.NOTIFY, read), value(protocol.MOTION_EVENT, kinds.INDICATE, read)],
                ),
                Service(protocol.CLASSIFIER_SERVICE, [value(protocol.CLASSIFIER_EVENT, kinds.INDICATE, read)]),
                Service(protocol.ENVELOPE_SERVICE, [value(protocol.ENVELOPE, kinds.NOTIFY, read)]),
                Service(protocol.EMG_SERVICE, [value(one, kinds.NOTIFY, read) for one in protocol.EMG]),
                Service(protocol.BATTERY_SERVICE, [value(protocol.BATTERY, kinds.READ | kinds.NOTIFY, read, battery)]),
            ]
        )

    async def _advertise(self) -> None:
        from bumble.core import AdvertisingData

        flags = (AdvertisingData.FLAGS, bytes([0x06]))
        service = bytes.fromhex(protocol.CONTROL_SERVICE.replace("-", ""))[::-1]
        name = (AdvertisingData.COMPLETE_LOCAL_NAME, self.device.name.encode())
        await self.device.start_advertising(
            advertising_data=bytes(
                AdvertisingData([flags, (AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, service)])
            ),
            scan_response_data=bytes(AdvertisingData([name])),
            auto_restart=False,
        )

    def _connected(self, connection: Connection) -> None:
        self._connection, self._used_s = connection, time.monotonic()
        connection.on("disconnection", self._disconnected)
        self.report({"event": "connected"})

    def _disconnected(self, reason: int) -> None:
        self._connection = None
        self._mode, self._never_sleep = (0, 0, 0), False  # like a real one, forget all settings
        self.report({"event": "disconnected", "reason": str(reason)})

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
            self._tasks.append(asyncio.create_task(self._sleep()))
        elif code == 6:
            facts |= {"event": "led", "logo": payload[:3].hex(), "line": payload[3:].hex()}
        elif code == 9:
            self._never_sleep = bool(payload[0])
            facts |= {"event": "sleep_mode", "never": self._never_sleep}
        self.report(facts)

    async def _notify(self, uuid: str, data: bytes) -> bool:
        if self._connection is None:
            return False
        try:
            await self.device.notify_subscribers(self._values[uuid], data)
        except Exception:  # the link may break at any time
            return False
        return True

    async def _drop(self) -> None:
        if self._connection is not None:
            await self._connection.disconnect()

    async def _sleep(self) -> None:
        self._asleep = True
        await self._drop()
        await self.device.stop_advertising()
        self.report({"event": "asleep"})

    async def _stream(self) -> None:
        """Send what the mode requires, each packet when due; late packets are sent immediately, none is dropped."""
        due_s, tick = time.monotonic(), 0
        while True:
            due_s = max(due_s + 1 / (PACKET_HZ * self.speed), time.monotonic() - 0.5)
            await asyncio.sleep(max(due_s - time.monotonic(), 0))
            tick += 1
            emg, imu, _ = self._mode
            if self._connection is None:
                continue
            if imu in (1, 3) and tick % 2:
                await self._notify(protocol.IMU, self.player.row())
            if emg in (2, 3) and not await self._send_packet():
                return
            if emg == 1 and tick % 2:
                self.player.packet()
                await self._notify(protocol.ENVELOPE, self.player.envelope())

    async def _send_packet(self) -> bool:
        packet = self.player.packet()
        if packet is None:
            self.report({"event": "end"})
            return False
        turn, self._turn = self._turn, (self._turn + 1) % len(protocol.EMG)
        faults = self.faults
        if faults.lose > 0 or (faults.lose_share and self.rng.random() < faults.lose_share):
            faults.lose = max(faults.lose - 1, 0)
            self.report({"event": "lost", "place": self.player.place - protocol.SAMPLES_A_PACKET})
            return True
        if faults.malformed > 0:
            faults.malformed -= 1
            packet = packet[:11]
        await self._notify(protocol.EMG[turn], packet)
        return True

    async def _be_found(self) -> None:
        """Restart advertising periodically: a virtual radio (btvirt) reports each start only once."""
        while True:
            await asyncio.sleep(ADVERTISE_S)
            if self._connection is None and not self._asleep:
                await self.device.stop_advertising()
                await self._advertise()

    async def _age(self) -> None:
        """Drain the battery, and fall asleep when idle."""
        while True:
            await asyncio.sleep(1.0)
            before = int(self.battery)
            self.battery = max(self.battery - self.drain_per_min / 60, 0.0)
            if int(self.battery) != before:
                await self._notify(protocol.BATTERY, bytes([int(self.battery)]))
            idle = self._connection is not None and self._mode[:2] == (0, 0) and not self._never_sleep
            if self.battery <= 0 or (idle and time.monotonic() - self._used_s > self.awake_s):
                await self._sleep()
                return


def as_json(event: dict[str, Any]) -> str:
    """Format an event as a line of JSON with the time in seconds."""
    return json.dumps({"wall_s": round(time.time(), 6), **event}, separators=(",", ":"))
