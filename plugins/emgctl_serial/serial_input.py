"""Input ``serial``: a board that prints numbers, or sends the packets of Chords."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from emgctl.errors import DeviceError
from emgctl.plugin import Input, StreamDescription
from emgctl.recording.listening.layout import Row
from emgctl.recording.listening.row_blocks import RowBlocks
from emgctl.support.diagnostics import Diagnostic, library
from emgctl.support.serial_port import READ_S, SerialPort, opened, received
from emgctl.types import SampleBlock, Signal
from emgctl_serial.listening import BAUDS, Listener
from emgctl_serial.options import SerialOptions
from emgctl_serial.stream import BoardStream

BLOCK_S = 0.01  # samples of so long are read together: a block for each would cost a processor more than it gains
REPLUG_S = 30.0  # how long a port that is gone is waited for at a time
_POLL_S = 0.1
_WRITE_S = 1.0
CHORDS_STARTS, CHORDS_STOPS = (b"WHORU\n", b"START\n"), b"STOP\n"
_REMEDY = "plug the board in, or correct 'port' in the profile; emgctl devices lists the ports"


class SerialInput(Input):
    """A board on a serial port (Arduino, ESP32, Teensy, Chords): lines of numbers whose layout it detects."""

    kind = "serial"
    argument = "port"
    Options = SerialOptions
    options: SerialOptions
    _port: SerialPort | None = None
    _stream: BoardStream | None = None
    _preferred: Signal | None = None
    _closes = 0  # also while another thread is opening it

    @classmethod
    def findings(cls) -> Iterable[Diagnostic]:
        """Check that pyserial is installed."""
        yield library("serial", "serial")

    def prefer(self, signal: Signal) -> None:
        """Take this signal's rate where the measured one is near it."""
        self._preferred = signal

    def open(self) -> Signal:
        """Open the port and find out what the board sends; when reopened, it must be the same.

        Raises:
            DeviceError: the port can't be opened, or nothing arrives that can be understood.
        """
        self.close()
        closes, again = self._closes, self._stream is not None
        self._where = f"serial {self.options.port}"
        port = self._opened(closes, again)
        try:
            if self.options.format == "chords":
                for order in CHORDS_STARTS:
                    port.write(order)
            listener = Listener(self._where, port, self.options, lambda: self._closes != closes)
            if self._stream is None:
                self._stream = listener.find(self._baud(), self._preferred)
            self._blocks = RowBlocks(self._stream.layout, self.status)
            self._buffer, self._begun = bytearray(), False
            self._read_s = self._sampled_s = time.perf_counter()
            if again:
                self._wait_for_samples(port, self._stream, closes)
        except OSError as error:
            port.close()
            raise DeviceError(self._where, "the port is gone", _REMEDY) from error
        except BaseException:
            port.close()
            raise
        if self._closes != closes:
            port.close()
            raise DeviceError(self._where, "was closed while opening")
        self._port = port
        return self._stream.layout.signal

    def stream_description(self) -> StreamDescription:
        """What the open board sends, and the options with which it need not be found out again."""
        if self._stream is None:
            return StreamDescription((), {})
        stream = self._stream
        kind, *more = stream.layout.description
        first = f"{self.options.port} at {stream.baud} baud: {kind}"
        return StreamDescription((first, *more), dict(stream.options))

    def read(self, timeout_s: float) -> SampleBlock | None:
        """Return received samples; lost ones are a gap in ``start``.

        Raises:
            DeviceError: the port is gone, or no sample arrives.
        """
        port, stream, until_s = self._port, self._stream, time.perf_counter() + timeout_s
        if port is None or stream is None:
            raise DeviceError(self.kind, "is not open", "call open() first")
        while (block := self._blocks.next()) is None:
            try:
                data = received(port)
                wait_s = self._read_s + BLOCK_S - time.perf_counter()
                if data and wait_s > 0:
                    time.sleep(min(wait_s, BLOCK_S))
                    data += received(port, wait=False)
            except OSError as error:
                raise DeviceError(self._where, "the port is gone", _REMEDY) from error
            now_s = time.perf_counter()
            if data:
                self._read_s = now_s
                self._buffer += data
                if self._blocks.take(self._rows(stream), now_s):
                    self._sampled_s = now_s
                    continue
            if now_s - self._sampled_s >= self.options.stall_s:
                raise DeviceError(self._where, self._stalled())
            if now_s >= until_s:
                return None
        return block

    def close(self) -> None:
        """Stop a board that was started, and close the port."""
        self._closes += 1
        port, self._port = self._port, None
        if port is None:
            return
        try:
            if self.options.format == "chords":
                port.write(CHORDS_STOPS)
            port.close()
        except Exception:  # noqa: S110 - termios raises its own error for a port that is gone
            pass

    def _baud(self) -> int:
        return self.options.baud or (self._stream.baud if self._stream else BAUDS[0])

    def _opened(self, closes: int, again: bool) -> SerialPort:
        """Open the port; one that was there before is waited for, so that the board is back at once."""
        until_s = time.perf_counter() + (REPLUG_S if again else 0.0)
        while True:
            try:
                return opened("serial", self.options.port, self._baud(), _WRITE_S, "serial", _REMEDY, READ_S)
            except DeviceError:
                if time.perf_counter() >= until_s or self._closes != closes:
                    raise
            time.sleep(_POLL_S)

    def _wait_for_samples(self, port: SerialPort, stream: BoardStream, closes: int) -> None:
        """Wait until a board that came back sends what it sent before."""
        until_s = time.perf_counter() + self.options.wait_s
        while self._closes == closes:
            self._buffer += received(port)
            if any(row is not None for row in stream.rows(self._buffer)):
                return
            if time.perf_counter() > until_s:
                raise DeviceError(self._where, self._stalled())

    def _stalled(self) -> str:
        recent = time.perf_counter() - self._read_s < self.options.stall_s and self.status["damaged"]
        if recent:
            return "sends something else than before; restart emgctl if its sketch was changed"
        return f"sent no samples for {self.options.stall_s:g} s"

    def _rows(self, stream: BoardStream) -> Iterator[Row | None]:
        """The complete rows in the buffer; the first line is usually cut, and may still look like one."""
        for row in stream.rows(self._buffer):
            if self._begun:
                yield row
            self._begun = True
