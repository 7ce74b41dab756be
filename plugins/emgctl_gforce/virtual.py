"""A virtual gForcePro+: a Bluetooth peripheral that answers its commands and sends its packets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from emgctl.recording.played import PlayedCounts
from emgctl.support.ble.virtual import VirtualPeripheral
from emgctl_gforce import protocol

if TYPE_CHECKING:
    from bumble.device import Connection
    from bumble.gatt import Service

_ATT_HEAD = 3
_FIRMWARE = b"1.0.3"


@dataclass
class VirtualGForce(VirtualPeripheral):
    """The armband. ``numbers`` is whether its firmware numbers packets, ``refuses`` what it answers with an error."""

    played: PlayedCounts
    rate_hz: protocol.Rate = 500
    battery: int = 80
    numbers: bool = True
    refuses: tuple[int, ...] = ()
    sent: int = 0
    _packets: int = 0
    _numbered: bool = False
    _streams: bool = False
    _configured: bytes = field(default=b"", init=False)

    advertised = (protocol.SERVICE[4:8],)  # in its short form

    @property
    def period_s(self) -> float:
        """The time between two packets."""
        return protocol.samples_a_packet(self.rate_hz) / self.rate_hz

    def services(self) -> list[Service]:
        """Commands and data."""
        from bumble.gatt import CharacteristicValue, Service

        command = self.value(protocol.COMMAND, "WRITE NOTIFY", CharacteristicValue(write=self._command))
        return [Service(protocol.GATT_SERVICE, [command, self.value(protocol.DATA, "NOTIFY")])]

    def forget(self) -> None:
        """Stop, and number from 0 on."""
        self._streams = self._numbered = False
        self._packets = 0

    async def play(self, tick: int) -> bool:  # noqa: ARG002
        """Send a packet, in parts where it is longer than a notification."""
        if self._streams and self.connection is not None:
            length = protocol.samples_a_packet(self.rate_hz)
            rows = self.played.rows(self.sent, length)
            packet = protocol.emg_packet(rows, self.rate_hz, self._packets if self._numbered else None)
            place, self.sent = self.sent, self.sent + length
            self._packets += 1
            await self.send(protocol.DATA, *parts_of(packet, self.connection.att_mtu - _ATT_HEAD), place=place)
        return True

    async def _command(self, _: Connection, data: bytes) -> None:
        """Execute a command and answer it."""
        command, code, answer = data[0], protocol.SUCCESS, b""
        if command in self.refuses or (command == protocol.PACKAGE_ID and not self.numbers):
            code = 1
        elif command == protocol.FIRMWARE:
            answer = _FIRMWARE
        elif command == protocol.BATTERY:
            answer = bytes([self.battery])
        elif command == protocol.EMG_CONFIGURATION:
            code = self._configure(data)
        elif command == protocol.PACKAGE_ID:
            self._numbered = bool(data[1])
        elif command == protocol.DATA_SWITCH:
            self._streams = data == protocol.stream(True)
        else:
            code = 1
        self.report({"event": "command", "code": command, "payload": data[1:].hex(), "answer": code})
        await self.notify(protocol.COMMAND, bytes([code, command]) + answer)

    def _configure(self, data: bytes) -> int:
        for rate_hz in protocol.BITS:
            if data == protocol.configure(rate_hz):
                self.rate_hz = rate_hz
                return protocol.SUCCESS
        return 2


def parts_of(packet: bytes, longest: int) -> list[bytes]:
    """A packet as it is, or in parts that are numbered down to 0."""
    if len(packet) <= longest:
        return [packet]
    size = longest - 2
    pieces = [packet[first : first + size] for first in range(0, len(packet), size)]
    return [bytes([protocol.PARTIAL, len(pieces) - 1 - number]) + piece for number, piece in enumerate(pieces)]
