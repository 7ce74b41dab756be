"""``emgctl simulate serial``: a board that sends samples, on a pseudo-terminal."""

from __future__ import annotations

import json
import os
import select
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from emgctl.plugin import Options, Simulator
from emgctl.recording.datasets import read_dataset
from emgctl.support.pseudo_terminal import pseudo_terminal
from emgctl_serial.cyton import CHANNELS, RATE_HZ, cyton_answer, cyton_packet
from emgctl_serial.packets import packet

_STEP_S = 0.005
_MIDDLE, _TOP = 512, 1023  # of a 10-bit converter
_SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "space": " "}
COUNT_STEP, COUNT_SIZE = 7, 1000  # no counter by the look of it, but every sample differs from the next ones
_TICKS = {"ms": 1e3, "us": 1e6}
_BOOT = b"ets Jun  8 2016 00:22:57\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n"
ORDERS = "silence SECONDS, lose SAMPLES, garbage BYTES, reset, pull SECONDS"


class BoardOptions(Options):
    """What the board sends.

    ``recording`` is played in a loop; without one, noise of a 10-bit converter, or with the pattern ``count`` 7 times
    each sample's number, modulo 1000, plus the channel's. ``time`` is the unit of the time stamps in front. With
    ``baud``, the port is readable at this speed only. ``link`` is the name of the port. The format ``cyton`` is that of
    an OpenBCI Cyton, with eight channels at 250 Hz and numbers in microvolts, for the input brainflow.
    """

    recording: Path | None = None
    format: Literal["lines", "chords", "cyton"] = "lines"
    channels: Annotated[int, Field(ge=1, le=16)] = 2
    rate_hz: Annotated[float, Field(gt=0, le=10_000)] = 500.0
    separator: Literal["comma", "semicolon", "tab", "space"] = "comma"
    time: Literal["none", "ms", "us"] = "none"
    pattern: Literal["noise", "count"] = "noise"
    baud: Annotated[int, Field(ge=300)] | None = None
    link: Path | None = None
    seed: int = 0

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


class Board(Simulator):
    """An Arduino, ESP32, Chords or OpenBCI Cyton board on a pseudo-terminal, controlled through stdin.

    Commands: silence SECONDS (hangs), lose SAMPLES, garbage BYTES, reset (the board starts anew), pull SECONDS (the
    cable is out, and back in).
    """

    kind = "serial"
    argument = "recording"
    Options = BoardOptions
    options: BoardOptions

    def run(self, should_stop: Callable[[], str]) -> None:
        """Run, printing the port, and what it was made to do."""
        self._samples = None if self.options.recording is None else _played(self.options.recording)
        self._random = np.random.default_rng(self.options.seed)
        self._started = self.options.format == "lines"
        self._dropped = 0
        with tempfile.TemporaryDirectory(prefix="emgctl-") as folder:
            self._link = self.options.link or Path(folder) / "board"
            self._plug()
            _report(event="port", port=str(self._link), channels=self.options.channels, rate_hz=self.options.rate_hz)
            try:
                self._play(should_stop)
            finally:
                self._unplug()

    def _plug(self) -> None:
        self._line, self._port, name = pseudo_terminal("simulate serial")
        if sys.platform != "win32":  # which has no pseudo-terminals either
            os.set_blocking(self._line, False)
        self._link.unlink(missing_ok=True)
        self._link.symlink_to(name)
        self._restart()

    def _unplug(self) -> None:
        self._link.unlink(missing_ok=True)
        for end in (self._port, self._line):
            os.close(end)

    def _restart(self) -> None:
        """Begin as a board does after a reset: the clock at 0."""
        self._sent, self._began_s = 0, time.perf_counter()
        self._silent_until_s = 0.0

    def _play(self, should_stop: Callable[[], str]) -> None:
        sources: list[Any] = [sys.stdin]
        while not should_stop():
            wait_s = max(self._began_s + (self._sent + 1) / self.options.rate_hz - time.perf_counter(), _STEP_S)
            ready, _, _ = select.select([self._line, *sources], [], [], wait_s)
            if self._line in ready:
                self._receive()
            if sys.stdin in ready:
                order = sys.stdin.readline()
                if order:
                    self._obey(order.split(), should_stop)
                else:
                    sources.clear()
            self._send_due()

    def _receive(self) -> None:
        """Take what a program wrote to the board: a board of Chords and a Cyton start and stop when told to."""
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
        self._restart()
        _report(event="order", words=[order.decode()])

    def _send_due(self) -> None:
        due = int((time.perf_counter() - self._began_s) * self.options.rate_hz) - self._sent
        if due <= 0:
            return
        first, self._sent = self._sent, self._sent + due
        if self._started and time.perf_counter() >= self._silent_until_s:
            self._write(self._bytes(first, due))

    def _bytes(self, first: int, count: int) -> bytes:
        options, numbers = self.options, range(first, first + count)
        if self._samples is not None:
            places = np.arange(first, first + count) % len(self._samples)
            columns = np.arange(options.channels) % self._samples.shape[1]
            rows = self._samples[np.ix_(places, columns)]
        elif options.pattern == "count":
            rows = np.arange(first, first + count)[:, None] * COUNT_STEP % COUNT_SIZE + np.arange(options.channels)
        else:
            rows = np.clip(np.rint(self._random.normal(_MIDDLE, 20, (count, options.channels))), 0, _TOP)
        if options.format == "cyton":
            return b"".join(cyton_packet(number, row) for number, row in zip(numbers, rows.tolist(), strict=True))
        whole = np.rint(rows).astype(int).tolist()
        if options.format == "chords":
            return b"".join(packet(number, row) for number, row in zip(numbers, whole, strict=True))
        if options.time != "none":
            ticks = _TICKS[options.time] / options.rate_hz
            whole = [[int(number * ticks), *row] for number, row in zip(numbers, whole, strict=True)]
        separator = _SEPARATORS[options.separator]
        return "".join(f"{separator.join(map(str, row))}\r\n" for row in whole).encode()

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

    def _obey(self, words: list[str], should_stop: Callable[[], str]) -> None:
        try:
            known = self._do(words, should_stop)
        except ValueError:
            known = False
        if known:
            _report(event="order", words=words)
        elif words:
            print(f"commands: {ORDERS}", file=sys.stderr)  # noqa: T201

    def _do(self, words: list[str], should_stop: Callable[[], str]) -> bool:
        match words:
            case ["silence", seconds]:
                self._silent_until_s = time.perf_counter() + float(seconds)
            case ["lose", samples]:
                self._sent += int(samples)
                self._began_s -= int(samples) / self.options.rate_hz
            case ["garbage", count]:
                self._write(self._random.bytes(int(count)))
            case ["reset"]:
                self._restart()
                self._write(_BOOT)
            case ["pull", seconds]:
                until_s = time.perf_counter() + float(seconds)
                self._unplug()
                while time.perf_counter() < until_s and not should_stop():
                    time.sleep(_STEP_S)
                self._plug()
            case _:
                return False
        return True


def _played(path: Path) -> np.ndarray[Any, Any]:
    """The samples of a recording, moved into a converter's range."""
    samples = np.concatenate([one.samples for one in read_dataset(str(path))])
    moved: np.ndarray[Any, Any] = np.clip(samples + (_MIDDLE if samples.min() < 0 else 0), 0, _TOP)
    return moved


def _report(**event: Any) -> None:
    print(json.dumps(event, separators=(",", ":")), flush=True)  # noqa: T201
