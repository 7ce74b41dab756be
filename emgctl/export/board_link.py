"""The serial line to a board with an exported program: frames, its card, samples and decisions (emg_link.h)."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

from emgctl.errors import DeviceError, quoted
from emgctl.export.decided import Decided
from emgctl.support.checksums import crc16_modbus
from emgctl.support.serial_port import opened, put, received
from emgctl.types import Samples

BAUD = 115200
START = 0xA5
LONGEST = 16_384
CARD, BEGIN, SAMPLES, LOST = b"Q", b"B", b"E", b"L"
CARD_REPLY, DECISION = b"K"[0], b"D"[0]
DECODE, COMPARE = b"\0", b"\1"
_HEAD = struct.Struct("<IBBBBffI")
_REJECTED, _MOVES = 1, 2
_ANSWER_S, _ASK_EVERY_S = 6.0, 0.5  # a board that restarts when its port is opened needs two seconds
_WRITE_S = 5.0
_FLASH = "flash it with the exported program (the sketch Check, or firmware/arm-hand), and check --baud"


def frame(command: bytes, payload: bytes = b"") -> bytes:
    """Start, length, command, payload, and the sum of all after the start."""
    body = (len(payload) + 1).to_bytes(2, "little") + command + payload
    return bytes([START]) + body + crc16_modbus(body).to_bytes(2, "little")


class Frames:
    """Finds sound frames (command, payload) in a stream that is cut anywhere."""

    def __init__(self) -> None:
        self._waiting = b""

    def push(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield the frames that ``data`` complete; what only looks like a long frame does not hold up others."""
        self._waiting += data
        begin, first_open = 0, -1
        while (begin := self._waiting.find(START, begin)) >= 0:
            end = begin + 5 + int.from_bytes(self._waiting[begin + 1 : begin + 3], "little")
            known = len(self._waiting) >= begin + 3
            whole = known and begin + 6 <= end <= len(self._waiting)
            if whole and not crc16_modbus(self._waiting[begin + 1 : end]):
                found = self._waiting[begin + 3], self._waiting[begin + 4 : end - 2]
                self._waiting, begin, first_open = self._waiting[end:], 0, -1
                yield found
                continue
            if first_open < 0 and (not known or len(self._waiting) < end <= begin + LONGEST):
                first_open = begin
            begin += 1
        self._waiting = self._waiting[first_open:] if first_open >= 0 else b""


class BoardLink:
    """An open line to a board that runs an exported program, as a context manager.

    Raises:
        DeviceError: the port can't be opened, or is lost later.
    """

    def __init__(self, port: str, baud: int = BAUD) -> None:
        self.port = port
        remedy = "connect the board, or correct --check"
        self._serial = opened("board", port, baud, _WRITE_S, "serial", remedy, read_timeout_s=0.02)
        self._frames = Frames()
        self._number = 0
        self._came: list[tuple[int, bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._serial.close()

    def card(self) -> dict[str, Any]:
        """The card of the board's program.

        Raises:
            DeviceError: no board answers.
        """
        payload = self._answer(CARD, b"", CARD_REPLY)
        try:
            found = json.loads(payload)
        except ValueError as error:
            raise self._error(f"its card is no JSON: '{quoted(payload)}'", _FLASH) from error
        if not isinstance(found, dict):
            raise self._error(f"its card is '{quoted(found)}'", _FLASH)
        return found

    def begin(self, mode: bytes) -> None:
        """Let the board begin anew, to ``DECODE`` or to ``COMPARE``, in which nothing moves.

        Raises:
            DeviceError: it does not answer.
        """
        self._answer(BEGIN, mode, BEGIN[0])
        self._came.clear()

    def send(self, samples: Samples) -> None:
        """Send moments: ``samples`` of shape (moments, channels).

        Raises:
            DeviceError: the port is gone, or does not accept the data.
        """
        frames = []
        for row in samples.astype("<f4"):
            frames.append(frame(SAMPLES, bytes([self._number]) + row.tobytes()))
            self._number = (self._number + 1) % 256
        self._put(b"".join(frames))

    def lose(self, moments: int) -> None:
        """Tell the board that so many moments were lost.

        Raises:
            DeviceError: the port is gone, or does not accept the data.
        """
        self._put(frame(LOST, moments.to_bytes(4, "little")))

    def decision(self, labels: tuple[str, ...], within_s: float) -> tuple[Decided, float] | None:
        """The next decision of the board and how many seconds it took there; None if there is none in time.

        Raises:
            DeviceError: the port is gone, or the decision is not of these labels.
        """
        payload = self._next(DECISION, within_s)
        if payload is None:
            return None
        rest = payload[_HEAD.size :]
        if len(payload) < _HEAD.size or len(rest) % 4 or payload[4] >= len(labels):
            raise self._error("a decision of its has another form", _FLASH)
        end, label, flags, _, _, confidence, intensity, took_us = _HEAD.unpack(payload[: _HEAD.size])
        probabilities = struct.unpack(f"<{len(rest) // 4}f", rest)
        rejected, moves = bool(flags & _REJECTED), bool(flags & _MOVES)
        return Decided(end, labels[label], rejected, moves, confidence, intensity, probabilities), took_us / 1e6

    def frames(self) -> list[tuple[int, bytes]]:
        """All that has arrived and was not asked for."""
        self._read()
        came, self._came = self._came, []
        return came

    def _answer(self, command: bytes, payload: bytes, reply: int) -> bytes:
        until_s = time.monotonic() + _ANSWER_S
        while time.monotonic() < until_s:
            self._put(frame(command, payload))
            if (found := self._next(reply, _ASK_EVERY_S)) is not None:
                return found
        raise self._error("the board does not answer", _FLASH)

    def _next(self, command: int, within_s: float) -> bytes | None:
        until_s = time.monotonic() + within_s
        while True:
            for place, (what, payload) in enumerate(self._came):
                if what == command:
                    del self._came[: place + 1]
                    return payload
            if time.monotonic() >= until_s:
                return None
            self._read()

    def _read(self) -> None:
        try:
            data = received(self._serial)
        except OSError as error:
            raise self._error(f"the line is lost: {error}", "") from error
        self._came += self._frames.push(data)

    def _put(self, data: bytes) -> None:
        try:
            put(self._serial, data)
        except OSError as error:
            raise self._error(f"the line is lost: {error}", "") from error

    def _error(self, problem: str, remedy: str) -> DeviceError:
        return DeviceError(f"board on {self.port}", problem, remedy)
