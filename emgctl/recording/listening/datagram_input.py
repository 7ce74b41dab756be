"""What inputs have in common that receive samples as datagrams from another program."""

from __future__ import annotations

import logging
import time
from abc import abstractmethod
from collections.abc import Iterator

from emgctl.errors import DeviceError
from emgctl.plugin import Input, StreamDescription
from emgctl.recording.listening.datagram_options import DatagramOptions
from emgctl.recording.listening.datagram_stream import Datagrams, DatagramStream
from emgctl.recording.listening.layout import LEAST_ROWS, Row
from emgctl.recording.listening.row_blocks import RowBlocks
from emgctl.support.datagrams import OneSender
from emgctl.support.firewall import firewall_remedy, is_loopback
from emgctl.types import SampleBlock, Signal

log = logging.getLogger(__name__)
BLOCK_S = 0.01
_SLICE_S = 0.1
_MOST_BYTES = 1 << 24  # that are listened to
_ANOTHER = "receives something else than before"
_REMEDY = "start the program that sends, and let it send to this port"


class DatagramInput(Input):
    """Receives samples that another program sends, and understands them by listening at first."""

    argument = "port"
    Options = DatagramOptions
    options: DatagramOptions
    _receiver: OneSender | None = None
    _stream: DatagramStream | None = None
    _preferred: Signal | None = None
    _computer = ""
    _closes = 0  # also while another thread is opening it

    @abstractmethod
    def find(self, received: Datagrams, expected: Signal | None) -> DatagramStream:
        """What is sent, judged by what was received.

        Raises:
            DeviceError: it can't be understood.
        """

    @property
    def where(self) -> str:
        """The input, in messages."""
        return f"{self.kind} {self.options.host}:{self.options.port}"

    def prefer(self, signal: Signal) -> None:
        """Take this signal's rate where the measured one is near it."""
        self._preferred = signal

    def open(self) -> Signal:
        """Open the port and find out what is sent; when reopened, it must be the same from the same computer.

        Raises:
            DeviceError: the port is in use, or nothing arrives that can be understood.
        """
        self.close()
        closes, options = self._closes, self.options
        receiver = OneSender(self.kind, options.host, options.port, self._computer)
        try:
            if self._stream is None:
                if not is_loopback(options.host):
                    log.warning(
                        "%s: listens to other computers, too; the first one that sends is taken, without a password",
                        self.where,
                    )
                self._stream = self.find(self._listened(receiver, closes), self._preferred)
                log.info("%s: %s", self.where, "; ".join(self._stream.layout.description))
            self._blocks = RowBlocks(self._stream.layout, self.status, reorders=True)
            if receiver.sender is None:
                self._wait_for_samples(receiver, self._stream, closes)
            self._sampled_s = self._received_s = time.perf_counter()
            self._count_refused(receiver)
        except OSError as error:
            receiver.close()
            raise DeviceError(self.where, f"receives nothing any more: {error.strerror}") from error
        except BaseException:
            receiver.close()
            raise
        if self._closes != closes:
            receiver.close()
            raise DeviceError(self.where, "was closed while opening")
        self._receiver, self._computer = receiver, receiver.computer
        return self._stream.layout.signal

    def stream_description(self) -> StreamDescription:
        """What is sent, and the options with which it need not be found out again."""
        if self._stream is None:
            return StreamDescription((), {})
        return StreamDescription(self._stream.layout.description, self._stream.options)

    def read(self, timeout_s: float) -> SampleBlock | None:
        """Return received samples; lost ones are a gap in ``start``.

        Raises:
            DeviceError: no sample arrives.
        """
        receiver, stream, until_s = self._receiver, self._stream, time.perf_counter() + timeout_s
        if receiver is None or stream is None:
            raise DeviceError(self.kind, "is not open", "call open() first")
        while (block := self._blocks.next()) is None:
            try:
                received = receiver.receive(max(until_s - time.perf_counter(), 0.0), BLOCK_S)
            except OSError as error:
                raise DeviceError(self.where, f"receives nothing any more: {error.strerror}") from error
            now_s = time.perf_counter()
            self._count_refused(receiver)
            if received:
                self._received_s = now_s
                if self._blocks.take(_rows(stream, received), now_s):
                    self._sampled_s = now_s
                    continue
            if now_s - self._sampled_s >= self.options.stall_s:
                raise DeviceError(self.where, self._stalled())
            if now_s >= until_s:
                return None
        return block

    def close(self) -> None:
        """Release the port."""
        self._closes += 1
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            receiver.close()

    def _count_refused(self, receiver: OneSender) -> None:
        self.status["refused"] = receiver.refused

    def _listened(self, receiver: OneSender, closes: int) -> Datagrams:
        """What arrives within ``listen_s`` of the first datagram; a few suffice where all is stated."""
        options = self.options
        received: list[tuple[float, bytes]] = []
        until_s, size = time.perf_counter() + options.wait_s, 0
        while time.perf_counter() < until_s and self._closes == closes:
            more = receiver.receive(_SLICE_S)
            if more and not received:
                until_s = more[0][0] + options.listen_s
            received += more
            size += sum(len(data) for _, data in more)
            if size > _MOST_BYTES or (self.stated and len(received) > LEAST_ROWS):
                break
        if not received:
            raise self._nothing()
        return received

    @property
    def stated(self) -> bool:
        """Whether the options leave nothing to be found out."""
        options = self.options
        timed = options.time or options.counter  # how these go on has to be seen
        return options.channels is not None and options.rate_hz is not None and not timed

    def _wait_for_samples(self, receiver: OneSender, stream: DatagramStream, closes: int) -> None:
        """Wait until a sender that came back sends what it sent before."""
        until_s, damaged = time.perf_counter() + self.options.wait_s, False
        while self._closes == closes:
            if received := receiver.receive(_SLICE_S):
                if any(row is not None for row in _rows(stream, received)):
                    return
                damaged = True
            if time.perf_counter() > until_s:
                raise DeviceError(self.where, _ANOTHER, _REMEDY) if damaged else self._nothing()

    def _nothing(self) -> DeviceError:
        options = self.options
        remedy = _REMEDY + firewall_remedy(options.host)
        return DeviceError(self.where, f"received nothing for {options.wait_s:g} s", remedy)

    def _stalled(self) -> str:
        if time.perf_counter() - self._received_s < self.options.stall_s:
            return f"{_ANOTHER}; restart emgctl if its sender was changed"
        return f"received no samples for {self.options.stall_s:g} s"


def _rows(stream: DatagramStream, received: Datagrams) -> Iterator[Row | None]:
    for _, datagram in received:
        yield from stream.rows(datagram)
