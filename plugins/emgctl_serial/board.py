"""``emgctl simulate serial``: a board that sends samples, on a pseudo-terminal."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from emgctl.recording.listening.sending import Sender, SenderOptions, report
from emgctl.support.pseudo_terminal import pseudo_terminal
from emgctl_serial.cyton import CHANNELS, RATE_HZ, cyton_answer, cyton_packet
from emgctl_serial.packets import packet

_SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "space": " "}
_TICKS = {"ms": 1e3, "us": 1e6}
_BOOT = b"ets Jun  8 2016 00:22:57\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n"


class BoardOptions(SenderOptions):
    """What the board sends.

    ``recording`` is played in a loop; without one, noise of a 10-bit converter, or with the pattern ``count`` 7 times
    each sample's number, modulo 1000, plus the channel's. ``time`` is the unit of the time stamps in front. With
    ``baud``, the port is readable at this speed only. ``link`` is the name of the port. The format ``cyton`` is that of
    an OpenBCI Cyton, with eight channels at 250 Hz and numbers in microvolts, for the input brainflow.
    """

    format: Literal["lines", "chords", "cyton"] = "lines"
    channels: Annotated[int, Field(ge=1, le=16)] = 2
    rate_hz: Annotated[float, Field(gt=0, le=10_000)] = 500.0
    separator: Literal["comma", "semicolon", "tab", "space"] = "comma"
    time: Literal["none", "ms", "us"] = "none"
    baud: Annotated[int, Field(ge=300)] | None = None
    link: Path | None = None

    @model_validator(mode="before")
    @classmethod
    def _as_a_cyton(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("format") == "cyton":
            return {"channels": CHANNELS, "rate_hz": RATE_HZ} | values
        return values

    @model_validator(mode="after")
    def _what_a_cyton_can_do(self) -> BoardOptions:
        if self.format == "cyton" and self.channels != CHANNELS:
            raise ValueError(f"a Cyton has {CHANNELS} channels; leave out 'channels'")
        return self


class Board(Sender):
    """An Arduino, ESP32, Chords or OpenBCI Cyton board on a pseudo-terminal, controlled through stdin.

    Commands: silence SECONDS (hangs), lose SAMPLES, garbage BYTES, reset (the board starts anew), pull SECONDS (the
    cable is out, and back in).
    """

    kind = "serial"
    Options = BoardOptions
    options: BoardOptions
    orders = "garbage BYTES, reset, pull SECONDS"
    _folder: tempfile.TemporaryDirectory[str] | None = None
    _link: Path | None = None

    def begin(self) -> None:
        """Open the port."""
        self._started = self.options.format == "lines"
        self._dropped = 0
        self._folder = tempfile.TemporaryDirectory(prefix="emgctl-")
        link = self.options.link or Path(self._folder.name) / "board"
        self._plug(link)
        report(event="port", port=str(link), channels=self.options.channels, rate_hz=self.options.rate_hz)

    def end(self) -> None:
        """Close the port."""
        if self._link is not None:
            self._unplug(self._link)
        if self._folder is not None:
            self._folder.cleanup()

    def sources(self) -> list[Any]:
        """What a program writes to the board."""
        return [self._line]

    def receive(self) -> None:
        """Take what a program wrote to the board: a board of Chords and a Cyton start and stop on request."""
        try:
            data = os.read(self._line, 4096)
        except OSError:
            return
        if self.options.format == "cyton":
            for command in data:
                self._obey_as_a_cyton(bytes([command]))
        elif self.options.format == "chords":
            for order in data.split():
                self._obey_as_chords(order)

    def _obey_as_chords(self, order: bytes) -> None:
        if order == b"WHORU":
            self._write(b"NPG-LITE\n")
        elif order in (b"START", b"STOP"):
            self._start(order == b"START", order)

    def _obey_as_a_cyton(self, command: bytes) -> None:
        if command in (b"b", b"s"):
            self._start(command == b"b", command)
        else:
            self._started = self._started and command != b"v"  # which restarts the board
            self._write(cyton_answer(command))

    def _start(self, started: bool, order: bytes) -> None:
        """Send samples from now on, or none."""
        self._started = started
        self.restart()
        report(event="order", words=[order.decode()])

    def send(self, first: int, count: int) -> None:
        """Send samples, once it was started."""
        if not self._started:
            return
        options, numbers = self.options, range(first, first + count)
        rows = self.rows(first, count)
        if options.format == "cyton":
            packets = (cyton_packet(number, row) for number, row in zip(numbers, rows.tolist(), strict=True))
            self._write(b"".join(packets))
            return
        whole = np.rint(rows).astype(int).tolist()
        if options.format == "chords":
            self._write(b"".join(packet(number, row) for number, row in zip(numbers, whole, strict=True)))
            return
        if options.time != "none":
            ticks = _TICKS[options.time] / options.rate_hz
            whole = [[int(number * ticks), *row] for number, row in zip(numbers, whole, strict=True)]
        separator = _SEPARATORS[options.separator]
        self._write("".join(f"{separator.join(map(str, row))}\r\n" for row in whole).encode())

    def obey(self, words: list[str]) -> bool:
        """Carry out an order."""
        match words:
            case ["garbage", count]:
                self._write(self.random.bytes(int(count)))
            case ["reset"]:
                self.restart()
                self._write(_BOOT)
            case ["pull", seconds] if self._link is not None:
                out_s, link = float(seconds), self._link
                self._unplug(link)
                self.wait(out_s)
                self._plug(link)
            case _:
                return False
        return True

    def _plug(self, link: Path) -> None:
        self._line, self._port, name = pseudo_terminal("simulate serial")
        if sys.platform != "win32":  # which has no pseudo-terminals either
            os.set_blocking(self._line, False)
        link.unlink(missing_ok=True)
        link.symlink_to(name)
        self._link = link
        self.restart()

    def _unplug(self, link: Path) -> None:
        self._link = None
        link.unlink(missing_ok=True)
        for end in (self._port, self._line):
            os.close(end)

    def _write(self, data: bytes) -> None:
        """Send, as far as the computer takes it; at another speed than the board's it arrives damaged."""
        if not self._readable():
            data = bytes(byte ^ 0xA5 | 0x80 for byte in data)
        try:
            written = os.write(self._line, data)
        except BlockingIOError:  # nobody reads
            written = 0
        self._dropped += len(data) - written

    def _readable(self) -> bool:
        if self.options.baud is None or sys.platform == "win32":
            return True
        import termios

        speed = termios.tcgetattr(self._line)[5]
        return bool(speed == getattr(termios, f"B{self.options.baud}", speed))
