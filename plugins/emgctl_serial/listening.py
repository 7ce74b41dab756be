"""Finds out what a board sends: its speed, the form of its lines, its columns and its rate."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from emgctl.errors import DeviceError, quoted
from emgctl.recording.listening.columns import Columns, Role, measured_rate_hz
from emgctl.recording.listening.layout import LEAST_ROWS, Layout, Received, find_layout, found_rate_hz
from emgctl.recording.listening.line_format import LineFormat, complete_lines, line_format
from emgctl.support.serial_port import SerialPort, received, set_baud
from emgctl.types import Signal
from emgctl_serial.options import SerialOptions
from emgctl_serial.packets import HEAD, MODULUS, packet_channels, take_packets
from emgctl_serial.stream import BoardStream

BAUDS = (115200, 9600, 230400, 57600, 1000000, 250000, 500000, 2000000, 921600, 38400, 19200)
TRY_S = 0.4  # of data, to judge a speed
_TEXT_SHARE = 0.95
_SAMPLE = 60  # characters of what was received, in messages


class Listener:
    """Listens to an open port with these options; ``stopped`` tells when to give up."""

    def __init__(self, where: str, port: SerialPort, options: SerialOptions, stopped: Callable[[], bool]) -> None:
        self._where, self._port, self._options, self._stopped = where, port, options, stopped

    def find(self, baud: int, expected: Signal | None) -> BoardStream:
        """What the board sends; its rate is that of the ``expected`` signal where that is near.

        Raises:
            DeviceError: nothing arrives, or nothing that can be understood.
            OSError: the port is gone.
        """
        baud = self._find_baud(baud)
        data = self._begin()
        packets = self._options.format != "lines" and packet_channels(bytes(data))
        if packets:
            return self._packets(baud, packets, expected)
        return self._lines(baud, data, expected)

    def _find_baud(self, first: int) -> int:
        """The speed at which what arrives can be read."""
        if self._options.baud is not None:
            return self._options.baud
        seen = b""
        for baud in (first, *(one for one in BAUDS if one != first)):
            set_baud(self._port, baud)
            self._port.reset_input_buffer()
            seen = self._some(self._options.wait_s, TRY_S)
            if _is_text(seen) or packet_channels(seen):
                return baud
        raise DeviceError(
            self._where, f"sends neither lines of numbers nor packets at any usual speed, but {_shown(seen)}",
            "set 'baud' to the speed in the sketch (Serial.begin)",
        )  # fmt: skip

    def _some(self, wait_s: float, seconds: float) -> bytes:
        """What arrives within ``seconds`` of the first byte.

        Raises:
            DeviceError: nothing arrived in ``wait_s``.
        """
        data, until_s, begun_s = bytearray(), time.perf_counter() + wait_s, 0.0
        while not begun_s or time.perf_counter() < begun_s + seconds:
            if more := received(self._port):
                data += more
                begun_s = begun_s or time.perf_counter()
            elif not begun_s and time.perf_counter() > until_s:
                raise DeviceError(
                    self._where, f"sent nothing for {wait_s:g} s",
                    "check that its sketch prints numbers; a board of Chords has to be told to start, which needs "
                    "'format: chords'",
                )  # fmt: skip
            if self._stopped():
                raise DeviceError(self._where, "was closed while opening")
        return bytes(data)

    def _begin(self) -> bytearray:
        """Skip what a board prints while it starts, up to lines of one form, or packets; what came after that."""
        data = bytearray()
        until_s = time.perf_counter() + 2 * self._options.wait_s
        while time.perf_counter() < until_s:
            data += self._some(self._options.wait_s, 0.05)
            if packet_channels(bytes(data)):
                break
            rest = bytearray(data)
            if line_format(complete_lines(rest)[1:][-3:]) is not None:
                return rest
        return data

    def _lines(self, baud: int, data: bytearray, expected: Signal | None) -> BoardStream:
        lines = list[tuple[float, str]]()
        until_s = time.perf_counter() + self._options.listen_s
        while (now_s := time.perf_counter()) < until_s and not self._stopped():
            data += received(self._port)
            lines += ((now_s, line.strip()) for line in complete_lines(data) if line.strip())
        form = line_format(line for _, line in lines)
        if form is None:
            shown = quoted(lines[-1][1], _SAMPLE) if lines else ""
            raise DeviceError(
                self._where, f"sends no lines of numbers that have one form, but '{shown}'" if lines else
                "sends no lines", "print the numbers of each sample in one line, separated by commas",
            )  # fmt: skip
        rows = [(at_s, numbers) for at_s, line in lines if (numbers := form.values(line)) is not None]
        arrived_s, values = np.array([at_s for at_s, _ in rows]), np.array([numbers for _, numbers in rows])
        if len(rows) < LEAST_ROWS:
            raise DeviceError(
                self._where, f"sends {len(rows)} lines in {self._options.listen_s:g} s, which is too slow for EMG",
                "print a line a sample, 200 a second or more",
            )  # fmt: skip
        sample = Received(values, arrived_s, form.names, form.units, "line")
        layout = find_layout(self._where, sample, self._options, expected)
        layout = replace(layout, description=(_lines_described(form), *layout.description))
        clock = 0 if layout.time is None else layout.time + 1
        return BoardStream(baud, layout, form, options=self._found(baud, "lines", layout, clock))

    def _packets(self, baud: int, channels: int, expected: Signal | None) -> BoardStream:
        self._port.reset_input_buffer()
        buffer, arrived_s = bytearray(), list[float]()
        until_s = time.perf_counter() + self._options.listen_s
        while (now_s := time.perf_counter()) < until_s and not self._stopped():
            buffer += received(self._port)
            arrived_s += [now_s] * len(take_packets(buffer, channels)[0])
        roles: list[Role] = ["electrode"] * channels
        columns = Columns(tuple(roles))
        measured = measured_rate_hz(np.zeros((len(arrived_s), channels)), np.array(arrived_s), columns)
        rate_hz = found_rate_hz(self._where, measured, self._options.rate_hz, expected)
        places = [one - 1 for one in self._options.columns or () if isinstance(one, int) and one <= channels]
        electrodes = tuple(places or range(channels))
        text = (f"packets of {channels} channels (Chords, NPG), with a counter", f"{rate_hz:g} Hz by their arrival")
        layout = Layout(Signal(len(electrodes), rate_hz), electrodes, modulus=MODULUS, description=text)
        return BoardStream(baud, layout, None, channels, self._found(baud, "chords", layout, 0))

    def _found(self, baud: int, form: str, layout: Layout, clock: int) -> Any:
        found: dict[str, Any] = {"port": self._options.port, "baud": baud, "format": form}
        found |= {"rate_hz": layout.signal.rate_hz, "columns": [place + 1 for place in layout.electrodes]}
        if form == "lines":
            found["time"] = clock
        if self._options.unit is not None:
            found["unit"] = self._options.unit
        return tuple(found.items())


def _lines_described(form: LineFormat) -> str:
    comma = ", decimal commas" if form.decimal_comma else ""
    if form.fields == 1:
        return "lines with one number"
    return f"lines of {form.fields} numbers, between {form.separator}{comma}"


def _is_text(data: bytes) -> bool:
    """Whether it can be lines of numbers, read at the right speed."""
    readable = sum(32 <= byte < 127 or byte in b"\r\n\t" for byte in data)
    return b"\n" in data and readable >= _TEXT_SHARE * len(data) and any(48 <= byte < 58 for byte in data)


def _shown(data: bytes) -> str:
    if HEAD in data:
        return f"damaged packets ({data[:16].hex(' ')} ...)"
    return f"{data[:16].hex(' ')} ..." if data else "nothing"
