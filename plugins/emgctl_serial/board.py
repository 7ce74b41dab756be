"""``emgctl simulate serial``: a board that sends samples, on a serial port."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from emgctl.recording.listening.sending import Sender, SenderOptions, report
from emgctl.support.device_end import DeviceEnd, device_end
from emgctl_serial.cyton import CHANNELS, RATE_HZ, cyton_answer, cyton_packet
from emgctl_serial.packets import packet

_SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "space": " "}
_TICKS = {"ms": 1e3, "us": 1e6}
_BOOT = b"ets Jun  8 2016 00:22:57\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n"


class BoardOptions(SenderOptions):
    """What the board sends.

    ``recording`` is played in a loop; without one, noise of a 10-bit converter, or with the pattern ``count`` 7 times
    each sample's number, modulo 1000, plus the channel's. ``time`` is the unit of the time stamps in front. With
    ``baud``, the port is readable at this speed only. It makes a pseudo-terminal, whose name is ``link``, or plays on
    one ``port`` of a pair, whose other one the program opens. The format ``cyton`` is that of an OpenBCI Cyton, with
    eight channels at 250 Hz and numbers in microvolts, for the input brainflow.
    """

    format: Literal["lines", "chords", "cyton"] = "lines"
    channels: Annotated[int, Field(ge=1, le=16)] = 2
    rate_hz: Annotated[float, Field(gt=0, le=10_000)] = 500.0
    separator: Literal["comma", "semicolon", "tab", "space"] = "comma"
    time: Literal["none", "ms", "us"] = "none"
    baud: Annotated[int, Field(ge=300)] | None = None
    link: Path | None = None
    port: str | None = None

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

    @model_validator(mode="after")
    def _one_name(self) -> BoardOptions:
        if self.link is not None and self.port is not None:
            raise ValueError("'link' names a pseudo-terminal, and 'port' has a name; leave one out")
        return self


class Board(Sender):
    """An Arduino, ESP32, Chords or OpenBCI Cyton board on a serial port, controlled through stdin.

    Commands: silence SECONDS (hangs), lose SAMPLES, garbage BYTES, reset (the board starts anew), pull SECONDS (the
    cable is out, and back in).
    """

    kind = "serial"
    Options = BoardOptions
    options: BoardOptions
    orders = "garbage BYTES, reset, pull SECONDS"
    _folder: tempfile.TemporaryDirectory[str] | None = None
    _link: Path | None = None
    _line: DeviceEnd | None = None

    def begin(self) -> None:
        """Open the port."""
        self._started = self.options.format == "lines"
        self._dropped = 0
        if self.options.port is None:
            self._folder = tempfile.TemporaryDirectory(prefix="emgctl-")
            self._link = self.options.link or Path(self._folder.name) / "board"
        self._plug()
        report(
            event="port",
            port=self.options.port or str(self._link),
            channels=self.options.channels,
            rate_hz=self.options.rate_hz,
        )

    def end(self) -> None:
        """Close the port."""
        self._unplug()
        if self._folder is not None:
            self._folder.cleanup()

    def receive(self, wait_s: float) -> None:
        """Take what a program writes to the board: a board of Chords and a Cyton start and stop on request."""
        if self._line is None:
            return
        data = self._line.read(wait_s)
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
            case ["pull", seconds]:
                out_s = float(seconds)
                self._unplug()
                self.wait(out_s)
                self._plug()
            case _:
                return False
        return True

    def _plug(self) -> None:
        options = self.options
        self._line = device_end("simulate serial", options.port, "serial", options.baud)
        if self._link is not None:
            self._link.unlink(missing_ok=True)
            self._link.symlink_to(self._line.name)
        self.restart()

    def _unplug(self) -> None:
        line, self._line = self._line, None
        if line is None:
            return
        if self._link is not None:
            self._link.unlink(missing_ok=True)
        line.close()

    def _write(self, data: bytes) -> None:
        """Send, as far as the computer takes it; at another speed than the board's it arrives damaged."""
        if self._line is None:
            return
        if self.options.baud is not None and not self._line.runs_at(self.options.baud):
            data = bytes(byte ^ 0xA5 | 0x80 for byte in data)
        self._dropped += len(data) - self._line.write(data)
