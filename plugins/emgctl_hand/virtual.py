"""Virtual hands: they respond as documented for the real ones, and their drives take time to move."""

from __future__ import annotations

import struct
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from emgctl_hand.drives import DRIVES, GRIPS, OPEN
from emgctl_hand.protocols import ability, arduino, inspire, rohand
from emgctl_hand.protocols.packet import CHECKSUMS
from emgctl_hand.protocols.packet_options import PacketField, PacketOptions
from emgctl_hand.protocols.stuffing import Unstuffer, stuffed

if TYPE_CHECKING:
    from pymodbus.pdu import ModbusPDU

ROUNDED = 0.001  # of a drive's range: a target that differs by less is where the drive is, rounded to a register


class VirtualHand(ABC):
    """A hand with drives. ``closures`` are their positions, ``targets`` where they move to, at ``speed_per_s``."""

    speed_per_s: ClassVar[float] = 4.0
    watchdog_s: ClassVar[float | None] = None

    def __init__(self, closures: Mapping[str, float] | None = None) -> None:
        self.closures = dict(OPEN) | dict(closures or {})
        self.targets = dict(self.closures)
        self.powered, self.faulty = True, False
        self.obstacle: float | None = None
        """Limit on how far drives can close: an object in the hand."""
        self.left_alone = 0
        """How often the watchdog has expired."""
        self.lines: list[str] = []
        """Received lines of text; the reader empties the list."""
        self._commanded_s: float | None = None
        self._now_s = 0.0

    def step(self, now_s: float) -> None:
        """Let time pass: the drives move and the watchdog counts."""
        most = self.speed_per_s * max(now_s - self._now_s, 0.0)
        self._now_s = now_s
        if (
            self.watchdog_s is not None
            and self._commanded_s is not None
            and now_s - self._commanded_s > self.watchdog_s
        ):
            self._commanded_s = None
            self.left_alone += 1
            self.targets = dict(self.closures)
        if self.powered:
            for name, target in self.targets.items():
                here = self.closures[name]
                there = min(max(target, here - most), here + most)
                self.closures[name] = there if self.obstacle is None else min(there, max(here, self.obstacle))

    def pushes(self, name: str) -> bool:
        """Whether a drive presses on what is in the hand."""
        pushing = self.targets[name] > self.closures[name] + ROUNDED
        return self.powered and pushing and self.closures[name] == self.obstacle

    def receive(self, data: bytes) -> bytes:
        """Receive bytes from the line and return the reply."""
        return self._reply_to(data) if self.powered else b""

    @classmethod
    def options(cls) -> dict[str, Any]:
        """Options of the output ``hand`` that this hand needs besides its protocol."""
        return {}

    @abstractmethod
    def _reply_to(self, data: bytes) -> bytes:
        """Reply of a hand that is switched on."""

    def _aim(self, targets: Mapping[str, float]) -> None:
        self._commanded_s = self._now_s
        self.targets |= {name: min(max(value, 0.0), 1.0) for name, value in targets.items()}


class VirtualAbility(VirtualHand):
    """An Ability Hand: position mode, grips, the 39-byte reply, a watchdog of 300 ms."""

    watchdog_s = 0.3

    def __init__(self, closures: Mapping[str, float] | None = None) -> None:
        super().__init__(closures)
        self._frames = Unstuffer()

    def _reply_to(self, data: bytes) -> bytes:
        answer = b""
        for received in self._frames.push(data):
            if len(received) < 3 or received[0] != ability.ADDRESS or sum(received) & 0xFF:
                continue
            header, payload = received[1], received[2:-1]
            if header & 0xF0 == ability.POSITION and header & 0xF < 3 and len(payload) == 12:
                counts = struct.unpack("<6h", payload)
                degrees = {name: count * 150 / 32767 for name, count in zip(ability.ORDER, counts, strict=True)}
                self._aim({name: angle / ability.CLOSED_DEG[name] for name, angle in degrees.items()})
                answer += self._reply(header)
            elif header == ability.GRIP and len(payload) == 2 and payload[0] < len(ability.GRIPS_BY_NUMBER):
                self._aim(GRIPS[ability.GRIPS_BY_NUMBER[payload[0]]])
            elif header & 0xF0 == ability.READ and header & 0xF < 3 and not payload:
                if self._commanded_s is not None:
                    self._commanded_s = self._now_s
                answer += self._reply(header)
            elif header == ability.LEAVE:
                self._commanded_s = None
        return answer

    def _reply(self, header: int) -> bytes:
        """Positions with currents or (variant 1) rotor speeds, then touch or (variant 2) speeds, mask and sum."""
        variant, values = header & 0xF, []
        for name in ability.ORDER:
            angle = self.closures[name] * ability.CLOSED_DEG[name] * (3.0 if self.faulty else 1.0)
            values += [
                min(max(round(angle * 32767 / 150), -32768), 32767),
                0 if variant == 1 else 620 if self.pushes(name) else 30,
            ]
        body = bytes([header]) + struct.pack("<12h", *values) + bytes(12 if variant == 2 else 45) + b"\0"
        return stuffed(body + bytes([-sum(body) & 0xFF]))


class VirtualInspire(VirtualHand):
    """RH56 hand: registers, no watchdog."""

    def __init__(self, closures: Mapping[str, float] | None = None) -> None:
        super().__init__(closures)
        self._frames = inspire.Frames(inspire.TO_HAND)
        self.force = inspire.FULL_FORCE

    def _reply_to(self, data: bytes) -> bytes:
        answer = b""
        for command, address, content in self._frames.push(data):
            if (command, address, len(content)) == (inspire.WRITE, inspire.ANGLE_SET, 12):
                counts = dict(zip(inspire.ORDER, struct.unpack("<6h", content), strict=True))
                self._aim({name: 1 - count / inspire.OPEN_COUNTS for name, count in counts.items() if count >= 0})
                answer += inspire.frame(inspire.FROM_HAND, 1, command, address, b"\x01")
            elif (command, address, len(content)) == (inspire.WRITE, inspire.FORCE_SET, 12):
                self.force = max(struct.unpack("<6h", content))
                answer += inspire.frame(inspire.FROM_HAND, 1, command, address, b"\x01")
            elif command == inspire.READ and len(content) == 1:
                answer += inspire.frame(inspire.FROM_HAND, 1, command, address, self._registers(address, content[0]))
        return answer

    def _registers(self, address: int, count: int) -> bytes:
        if address == inspire.ANGLE_ACT:
            counts = [round(inspire.OPEN_COUNTS * (1 - self.closures[name])) for name in inspire.ORDER]
            return struct.pack("<6h", *counts)[:count].ljust(count, b"\0")
        if address == inspire.ERROR:
            return (b"\x04" if self.faulty else b"\0").ljust(count, b"\0")
        return bytes(count)


class VirtualArduino(VirtualHand):
    """An Arduino with the reference firmware: its watchdog opens, holds or releases the power."""

    watchdog_s = 0.3

    def __init__(self, closures: Mapping[str, float] | None = None) -> None:
        super().__init__(closures)
        self._frames, self._when_quiet = arduino.Frames(), 1
        self._times_alone = 0

    def step(self, now_s: float) -> None:
        """Let time pass; without frames, apply the configured watchdog action."""
        super().step(now_s)
        if self.left_alone != self._times_alone:
            self._times_alone = self.left_alone
            if self._when_quiet == 1:
                self.targets = dict(OPEN)

    def _reply_to(self, data: bytes) -> bytes:
        answer = b""
        for command, payload in self._frames.push(data):
            if command == arduino.MOVE and len(payload) == 6:
                self._aim({name: value / 255 for name, value in zip(DRIVES, payload, strict=True)})
            elif command == arduino.SAFE and len(payload) == 1:
                self._when_quiet = payload[0]
            elif command == arduino.RELEASE and not payload:
                self.targets = dict(self.closures)
                self._commanded_s = None
            elif command != arduino.ASK:
                continue
            report = bytes(round(255 * self.targets[name]) for name in DRIVES)
            answer += arduino.frame(arduino.REPORT, report + bytes([0, self._frames.rejected & 0xFF]))
        return answer


class VirtualRoHand(VirtualHand):
    """ROHand: position and status registers over Modbus RTU."""

    def __init__(self, closures: Mapping[str, float] | None = None) -> None:
        super().__init__(closures)
        self._framer, self._waiting = rohand.framer(server=True), b""
        self.force = rohand.FULL_FORCE_MN

    def _reply_to(self, data: bytes) -> bytes:
        self._waiting += data
        answer = b""
        while self._waiting:
            try:
                used, request = self._framer.handleFrame(self._waiting, 0, 0)
            except Exception:  # a valid frame with invalid content
                used, request = len(self._waiting), None
            if request is None:
                if used or len(self._waiting) > 256:
                    self._waiting = b""
                return answer
            self._waiting = self._waiting[used:]
            answer += self._answer(request)
        return answer

    def _answer(self, request: ModbusPDU) -> bytes:
        from pymodbus.pdu.register_message import ReadHoldingRegistersResponse, WriteMultipleRegistersResponse

        response: ModbusPDU
        if request.function_code == 16 and request.address == rohand.POSITION_TARGET:
            shares = [value / rohand.FULL for value in request.registers]
            self._aim(dict(zip(rohand.ORDER, shares, strict=False)))
            response = WriteMultipleRegistersResponse(dev_id=rohand.NODE, address=request.address, count=6)
        elif request.function_code == 16 and request.address == rohand.FORCE_LIMIT:
            self.force = max(request.registers)
            response = WriteMultipleRegistersResponse(dev_id=rohand.NODE, address=request.address, count=5)
        elif request.function_code == 3:
            values = {
                rohand.POSITION: [round(rohand.FULL * self.closures[name]) for name in rohand.ORDER],
                rohand.CURRENT: [1000 if self.pushes(name) else 50 for name in rohand.ORDER],
                rohand.STATUS: [5 if self.faulty else 2, 2, 2, 2, 2, 2],
            }.get(request.address, [0] * 6)
            response = ReadHoldingRegistersResponse(dev_id=rohand.NODE, registers=values)
        else:
            return b""
        return bytes(self._framer.buildFrame(response))


class VirtualPacket(VirtualHand):
    """Ten-byte packets: ff fa, a byte for each drive (0 open, 255 closed), the sum, 0d. No replies."""

    packet: ClassVar[PacketOptions] = PacketOptions(
        head="ff fa", fields=tuple(PacketField(drive=name) for name in DRIVES), checksum="sum8", tail="0d"
    )
    _head, _tail = bytes.fromhex(packet.head), bytes.fromhex(packet.tail)
    _length = len(_head) + len(DRIVES) + 1 + len(_tail)

    def __init__(self, closures: Mapping[str, float] | None = None) -> None:
        super().__init__(closures)
        self._waiting = b""

    @classmethod
    def options(cls) -> dict[str, Any]:
        """Description of its packets."""
        return {"packet": cls.packet.model_dump(exclude_defaults=True)}

    def _reply_to(self, data: bytes) -> bytes:
        self._waiting += data
        while (begin := self._waiting.find(self._head)) >= 0 and len(self._waiting) >= begin + self._length:
            packet = self._waiting[begin : begin + self._length]
            summed, rest = packet[: -1 - len(self._tail)], packet[-1 - len(self._tail) :]
            if rest == CHECKSUMS[self.packet.checksum](summed) + self._tail:
                self._aim({name: value / 255 for name, value in zip(DRIVES, summed[len(self._head) :], strict=True)})
                self._waiting = self._waiting[begin + self._length :]
            else:
                self._waiting = self._waiting[begin + 1 :]
        self._waiting = self._waiting[-self._length :]
        return b""


class VirtualLines(VirtualHand):
    """A hand that accepts lines of text: a grip name in any case, or HOLD to stay where it is."""

    _longest = 256

    def __init__(self, closures: Mapping[str, float] | None = None) -> None:
        super().__init__(closures)
        self._waiting = b""

    @classmethod
    def options(cls) -> dict[str, Any]:
        """Its safe line, and lines for the demo gestures."""
        return {"safe_line": "OPEN", "lines": {"rest": "HOLD", "fist": "POWER", "pinch": "PINCH", "open": "OPEN"}}

    def _reply_to(self, data: bytes) -> bytes:
        *lines, waiting = (self._waiting + data).replace(b"\r", b"\n").split(b"\n")
        self._waiting = waiting[-self._longest :]
        for line in lines:
            text = line[-self._longest :].decode("ascii", "backslashreplace").strip()
            if not text:
                continue
            self.lines.append(text)
            if text.lower() in GRIPS:
                self._aim(GRIPS[text.lower()])
            elif text.lower() == "hold":
                self._aim(self.closures)
        return b""


VIRTUAL: dict[str, type[VirtualHand]] = {
    "ability": VirtualAbility,
    "inspire": VirtualInspire,
    "arduino": VirtualArduino,
    "rohand": VirtualRoHand,
    "packet": VirtualPacket,
    "lines": VirtualLines,
}
