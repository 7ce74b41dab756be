"""OYMotion's ROHand: Modbus RTU (oymotion/roh_firmware, OHandModBusRTUProtocol_EN.md), framed by pymodbus.

The hand has no documented watchdog. Which end of a position is open is not documented either: see ``open_position``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from emgctl.errors import missing_extra
from emgctl_hand.drives import Closures
from emgctl_hand.protocols.hand_protocol import HandProtocol, Telemetry

if TYPE_CHECKING:
    from emgctl_hand.options import HandOptions

NODE = 2
POSITION_TARGET, POSITION, STATUS, CURRENT, FORCE_LIMIT = 1135, 1145, 1085, 1105, 1115
FULL_FORCE_MN, FORCE_DRIVES = 15_000, 5  # thumb rotation has no force limit
ORDER = ("thumb", "index", "middle", "ring", "little", "thumb_rotation")
FULL = 65535
_FAULTS = {3: "over-current", 5: "stuck"}
_QUESTIONS = (POSITION, CURRENT, POSITION, STATUS)
_EVERY = 3  # every third movement is replaced by a query
_PATIENCE = 20  # orders to wait for a reply
"""A reply does not identify its query, so the next query waits for it, unless it has presumably been lost."""
_LONGEST = 256


def framer(server: bool) -> Any:
    """Pymodbus's RTU framer, for the hand's side (``server``) or ours."""
    try:
        from pymodbus.framer import FramerRTU
        from pymodbus.pdu import DecodePDU
    except ImportError as error:
        raise missing_extra("hand, protocol 'rohand'", "pymodbus", "hand") from error
    return FramerRTU(DecodePDU(server))


class RoHand(HandProtocol):
    """ROHand. Modbus allows one transaction at a time, so some movements are replaced by queries."""

    name = "rohand"
    rate_hz: ClassVar[float] = 50.0
    reports_currents: ClassVar[bool] = True
    limits_force: ClassVar[bool] = True

    def __init__(self, open_position: int = 0) -> None:
        self._framer, self._waiting = framer(server=False), b""
        self._open, self._turn, self._rejected = open_position, 0, 0
        self._queried, self._place, self._patience = POSITION, 0, 0
        self._at = dict.fromkeys(ORDER, 0.0)

    @classmethod
    def made(cls, options: HandOptions) -> Self:
        """Use the open position of the options."""
        return cls(options.open_position)

    def move(self, closures: Closures, surely: bool = False) -> bytes:
        """Set target positions; every third frame instead queries positions, currents and faults."""
        self._at |= {name: closures[name] for name in ORDER if name in closures}
        self._turn += 1
        self._patience -= 1
        if not surely and self._turn % _EVERY == 0 and self._patience <= 0:
            self._place = (self._place + 1) % len(_QUESTIONS)
            return self._question(_QUESTIONS[self._place])
        return self._write(POSITION_TARGET, [abs(self._open - round(FULL * self._at[name])) for name in ORDER])

    def limit(self, share: float) -> bytes:
        """Set the force at which a finger stops closing; the hand forgets it when switched off."""
        return self._write(FORCE_LIMIT, [round(FULL_FORCE_MN * share)] * FORCE_DRIVES)

    def query(self) -> bytes:
        """Query the positions."""
        return self._question(POSITION)

    def request(self) -> bytes:
        """Nothing to send: queries take the place of movements."""
        return b""

    def _write(self, address: int, registers: list[int]) -> bytes:
        from pymodbus.pdu.register_message import WriteMultipleRegistersRequest

        request = WriteMultipleRegistersRequest(dev_id=NODE, address=address, registers=registers)
        return bytes(self._framer.buildFrame(request))

    def _question(self, address: int) -> bytes:
        from pymodbus.pdu.register_message import ReadHoldingRegistersRequest

        self._queried, self._patience = address, _PATIENCE
        self._waiting = b""  # half a reply would corrupt the next one
        return bytes(self._framer.buildFrame(ReadHoldingRegistersRequest(dev_id=NODE, address=address, count=6)))

    def parse(self, data: bytes) -> list[Telemetry]:
        """Decode positions and faults from every valid reply."""
        self._waiting += data
        telemetry = []
        while self._waiting:
            try:
                used, answer = self._framer.handleFrame(self._waiting, NODE, 0)
            except Exception:  # a frame with a valid CRC but invalid content
                used, answer = len(self._waiting), None
            if answer is None:
                if used or len(self._waiting) > _LONGEST:
                    self._rejected += 1
                    self._waiting = b""
                break
            self._waiting = self._waiting[used:]
            if answer.isError():
                telemetry.append(Telemetry(fault=f"Modbus exception {answer.exception_code}"))
            elif answer.function_code == 3 and len(answer.registers) == 6:
                self._patience = 0
                telemetry.append(self._telemetry(answer.registers))
            else:
                telemetry.append(Telemetry())  # confirms a movement
        return telemetry

    def _telemetry(self, registers: list[int]) -> Telemetry:
        if self._queried == POSITION:
            closures = {name: abs(self._open - value) / FULL for name, value in zip(ORDER, registers, strict=True)}
            return Telemetry(closures)
        if self._queried == CURRENT:
            return Telemetry(currents_a={name: mA / 1000 for name, mA in zip(ORDER, registers, strict=True)})
        wrong = [f"{name}: {_FAULTS[code]}" for name, code in zip(ORDER, registers, strict=True) if code in _FAULTS]
        return Telemetry(fault="; ".join(wrong))

    @property
    def rejected(self) -> int:
        """Number of frames with a wrong length or CRC."""
        return self._rejected
