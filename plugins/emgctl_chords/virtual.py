"""A virtual NPG Lite: a Bluetooth peripheral that starts, sends samples, and stops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emgctl.recording.played import PlayedCounts
from emgctl.support.ble.virtual import VirtualPeripheral
from emgctl_chords import protocol

if TYPE_CHECKING:
    from bumble.device import Connection
    from bumble.gatt import Service


@dataclass
class VirtualChords(VirtualPeripheral):
    """The board."""

    played: PlayedCounts
    rate_hz: protocol.Rate = 500
    sent: int = 0
    _streams: bool = False

    @property
    def period_s(self) -> float:
        """The time between two notifications."""
        return protocol.SAMPLES[self.rate_hz] / self.rate_hz

    def services(self) -> list[Service]:
        """Samples and orders."""
        from bumble.gatt import CharacteristicValue, Service

        control = self.value(protocol.CONTROL, "WRITE", CharacteristicValue(write=self._control))
        return [Service(protocol.SERVICE, [self.value(protocol.DATA, "NOTIFY"), control])]

    def forget(self) -> None:
        """Stop."""
        self._streams = False

    async def play(self, tick: int) -> bool:  # noqa: ARG002
        """Send the next samples."""
        if self._streams:
            length = protocol.SAMPLES[self.rate_hz]
            place, self.sent = self.sent, self.sent + length
            packet = protocol.samples_packet(self.played.rows(place, length), place)
            await self.send(protocol.DATA, packet, place=place)
        return True

    def _control(self, _: Connection, data: bytes) -> None:
        if data in (protocol.START, protocol.STOP):
            self._streams = data == protocol.START
        self.report({"event": "command", "words": data.decode("ascii", "replace")})
