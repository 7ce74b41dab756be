"""Protocol of the reference firmware, firmware/arduino-hand: short frames with a CRC and a 300 ms watchdog."""

from __future__ import annotations

from typing import ClassVar

from emgctl.support.checksums import crc16_modbus
from emgctl_hand.drives import DRIVES, Closures
from emgctl_hand.protocols.hand_protocol import HandProtocol, Telemetry

START, LONGEST = 0xA5, 16
MOVE, ASK, SAFE, RELEASE, REPORT = ord("P"), ord("Q"), ord("S"), ord("R"), ord("T")
SAFE_CODES = {"hold": 0, "open": 1, "relaxed": 1, "release_power": 2}
QUIET, RELEASED = 1, 2


def frame(command: int, payload: bytes = b"") -> bytes:
    """Build a frame: start, length, command, payload, CRC of everything after the start."""
    body = bytes([len(payload) + 1, command]) + payload
    return bytes([START]) + body + crc16_modbus(body).to_bytes(2, "little")


class Frames:
    """Extracts valid frames (command, payload) from a stream split anywhere."""

    def __init__(self) -> None:
        self._waiting = b""
        self.rejected = 0

    def push(self, data: bytes) -> list[tuple[int, bytes]]:
        """Return the valid frames completed by ``data``."""
        self._waiting += data
        found: list[tuple[int, bytes]] = []
        while (begin := self._waiting.find(START)) >= 0:
            self._waiting = self._waiting[begin:]
            if len(self._waiting) < 2:
                return found
            length = self._waiting[1]
            if 1 <= length <= LONGEST and len(self._waiting) < length + 4:
                return found
            if not 1 <= length <= LONGEST or crc16_modbus(self._waiting[1 : length + 4]):
                self.rejected += 1
                self._waiting = self._waiting[1:]
                continue
            found.append((self._waiting[2], self._waiting[3 : length + 2]))
            self._waiting = self._waiting[length + 4 :]
        self._waiting = b""
        return found


class Arduino(HandProtocol):
    """Six servos on an Arduino with emgctl's reference firmware."""

    name = "arduino"
    watchdog_s: ClassVar[float | None] = 0.3

    def __init__(self) -> None:
        self._frames = Frames()
        self._at = dict.fromkeys(DRIVES, 0.0)

    def move(self, closures: Closures, surely: bool = False) -> bytes:  # noqa: ARG002 - every frame moves
        """Set targets from 0 (open) to 255 (closed)."""
        self._at |= closures
        return frame(MOVE, bytes(round(255 * min(max(self._at[name], 0.0), 1.0)) for name in DRIVES))

    def when_quiet(self, safe: str) -> bytes:
        """Configure what the firmware's watchdog does."""
        return frame(SAFE, bytes([SAFE_CODES[safe]]))

    def power_off(self) -> bytes:
        """Stop the servo pulses until the next movement."""
        return frame(RELEASE)

    def query(self) -> bytes:
        """Query the state without moving anything."""
        return frame(ASK)

    def request(self) -> bytes:
        """Nothing to send: the firmware replies to every frame."""
        return b""

    def parse(self, data: bytes) -> list[Telemetry]:
        """Decode the targets and whether the watchdog has expired."""
        telemetry = []
        for command, payload in self._frames.push(data):
            if command == REPORT and len(payload) == 8:
                telemetry.append(Telemetry({name: value / 255 for name, value in zip(DRIVES, payload, strict=False)}))
        return telemetry

    @property
    def rejected(self) -> int:
        """Number of frames with a wrong length or CRC."""
        return self._frames.rejected
