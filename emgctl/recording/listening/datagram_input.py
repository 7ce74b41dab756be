"""What inputs have in common that receive samples as datagrams from another program."""

from __future__ import annotations

import logging
import time
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field

from emgctl.errors import DeviceError
from emgctl.plugin import Input, Options, StreamDescription
from emgctl.recording.listening.layout import LEAST_ROWS, MOST_CHANNELS, MOST_HZ, Layout, Row
from emgctl.recording.listening.row_blocks import RowBlocks
from emgctl.support.datagrams import OneSender, is_loopback
from emgctl.types import SampleBlock, Signal

log = logging.getLogger(__name__)
BLOCK_S = 0.01
_SLICE_S = 0.1
_MOST_BYTES = 1 << 24  # that are listened to
MOST_ROWS = 1024
"""Samples in a datagram; more are damage."""
_ANOTHER = "receives something else than before"
_REMEDY = "start the program that sends, and let it send to this port"


class DatagramOptions(Options):
    """Where samples arrive, and what is sent where that is not to be found by listening.

    ``host`` is the address of this computer to listen on; only 127.0.0.1 is closed to other computers. ``channels`` is
    the number of electrodes. ``columns`` are the electrodes' numbers in a sample, from 1, or their names; ``time`` and
    ``counter`` those of the time and of what counts the samples, 0 if there is none. If no sample arrives for
    ``stall_s``, the sender counts as lost.
    """

    port: Annotated[int, Field(ge=1, le=65535, examples=[9000])]
    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    channels: Annotated[int, Field(ge=1, le=MOST_CHANNELS)] | None = None
    rate_hz: Annotated[float, Field(gt=0, le=MOST_HZ)] | None = None
    columns: tuple[Annotated[int, Field(ge=1, le=MOST_CHANNELS)] | str, ...] | None = None
    time: Annotated[int, Field(ge=0, le=MOST_CHANNELS + 2)] | None = None
    counter: Annotated[int, Field(ge=0, le=MOST_CHANNELS + 2)] | None = None
    unit: Literal["uV", "mV", "V", "count"] | None = None
    listen_s: Annotated[float, Field(ge=0.5, le=30)] = 2.0
    wait_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    stall_s: Annotated[float, Field(ge=0.2, le=60)] = 2.0

    def width(self, numbers: int) -> int:
        """How many numbers are a sample's, of so many that come together: ``channels``, a time and a counter."""
        if self.channels is None:
            return numbers
        width = self.channels + bool(self.time) + bool(self.counter)
        return width if numbers % width == 0 else numbers

    def stating(self, layout: Layout) -> dict[str, Any]:
        """The options that state what was found."""
        found: dict[str, Any] = {"channels": layout.signal.channels, "rate_hz": layout.signal.rate_hz}
        for key, place in (("time", layout.time), ("counter", layout.counter)):
            found[key] = 0 if place is None else place + 1
        places = [place + 1 for place in layout.electrodes]
        return (
            found | ({} if self.columns is None else {"columns": places}) | ({"unit": self.unit} if self.unit else {})
        )


class DatagramStream(Protocol):
    """What the other program sends, once it is known."""

    @property
    def layout(self) -> Layout:
        """The samples."""

    @property
    def options(self) -> dict[str, Any]:
        """The options of the input that state it."""

    def rows(self, datagram: bytes) -> Iterator[Row | None]:
        """The samples in a datagram; None stands for a damaged one."""


Datagrams = Sequence[tuple[float, bytes]]
"""When each arrived, and its bytes."""


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
    def find(self, heard: Datagrams, expected: Signal | None) -> DatagramStream:
        """What is sent, judged by what was heard.

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
            self._sampled_s = self._heard_s = time.perf_counter()
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
                heard = receiver.receive(max(until_s - time.perf_counter(), 0.0), BLOCK_S)
            except OSError as error:
                raise DeviceError(self.where, f"receives nothing any more: {error.strerror}") from error
            now_s = time.perf_counter()
            self._count_refused(receiver)
            if heard:
                self._heard_s = now_s
                if self._blocks.take(_rows(stream, heard), now_s):
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
        heard: list[tuple[float, bytes]] = []
        until_s, size = time.perf_counter() + options.wait_s, 0
        while time.perf_counter() < until_s and self._closes == closes:
            more = receiver.receive(_SLICE_S)
            if more and not heard:
                until_s = more[0][0] + options.listen_s
            heard += more
            size += sum(len(data) for _, data in more)
            if size > _MOST_BYTES or (self.stated and len(heard) > LEAST_ROWS):
                break
        if not heard:
            raise DeviceError(self.where, f"received nothing for {options.wait_s:g} s", _REMEDY)
        return heard

    @property
    def stated(self) -> bool:
        """Whether the options leave nothing to be found out."""
        return self.options.channels is not None and self.options.rate_hz is not None

    def _wait_for_samples(self, receiver: OneSender, stream: DatagramStream, closes: int) -> None:
        """Wait until a sender that came back sends what it sent before."""
        until_s, damaged = time.perf_counter() + self.options.wait_s, False
        while self._closes == closes:
            if heard := receiver.receive(_SLICE_S):
                if any(row is not None for row in _rows(stream, heard)):
                    return
                damaged = True
            if time.perf_counter() > until_s:
                nothing = f"received nothing for {self.options.wait_s:g} s"
                raise DeviceError(self.where, _ANOTHER if damaged else nothing, _REMEDY)

    def _stalled(self) -> str:
        if time.perf_counter() - self._heard_s < self.options.stall_s:
            return f"{_ANOTHER}; restart emgctl if its sender was changed"
        return f"received no samples for {self.options.stall_s:g} s"


def _rows(stream: DatagramStream, heard: Datagrams) -> Iterator[Row | None]:
    for _, datagram in heard:
        yield from stream.rows(datagram)
