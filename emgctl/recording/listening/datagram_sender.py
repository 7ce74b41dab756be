"""Simulated programs that send samples as datagrams."""

from __future__ import annotations

import socket
from abc import abstractmethod
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from emgctl.recording.listening.sending import Sender, SenderOptions, Values, report

_LARGEST = 1200  # bytes that every network carries in one datagram


class DatagramSenderOptions(SenderOptions):
    """What is sent, and where to. ``together`` is how many samples a datagram has. See :class:`SenderOptions`."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 9000
    together: Annotated[int, Field(ge=1, le=256)] = 1


class DatagramSender(Sender):
    """Sends datagrams.

    Further commands: garbage DATAGRAMS, restart SECONDS (the program ends, and restarts after that time).
    """

    Options = DatagramSenderOptions
    options: DatagramSenderOptions
    orders = "garbage DATAGRAMS, restart SECONDS"
    _socket: socket.socket | None = None

    @abstractmethod
    def datagram(self, first: int, rows: Values) -> bytes:
        """The bytes for samples from number ``first`` on."""

    def begin(self) -> None:
        """Open a socket."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        options = self.options
        report(event="sending", port=options.port, channels=options.channels, rate_hz=options.rate_hz)

    def end(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()

    def send(self, first: int, count: int) -> None:
        """Send the datagrams whose last sample is due."""
        together = self.options.together
        for number in range(first // together, (first + count) // together):
            self._put(self.datagram(number * together, self.rows(number * together, together)))

    def obey(self, words: list[str]) -> bool:
        """Carry out an order."""
        match words:
            case ["garbage", count]:
                for data in self._garbage(int(count)):
                    self._put(data)
            case ["restart", seconds]:
                self.begin_anew(float(seconds))
            case _:
                return False
        return True

    def _garbage(self, count: int) -> Iterator[bytes]:
        for _ in range(count):
            yield self.random.bytes(int(self.random.integers(1, _LARGEST)))

    def _put(self, data: bytes) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto(data, (self.options.host, self.options.port))
        except ConnectionError:  # nobody listens yet
            return
