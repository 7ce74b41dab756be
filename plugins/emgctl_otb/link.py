"""The TCP connection to an amplifier; some amplifiers listen, others connect to this computer."""

from __future__ import annotations

import contextlib
import errno
import logging
import socket
import sys
import threading
import time

from emgctl.errors import DeviceError
from emgctl.support.exclusive_port import create_server
from emgctl.support.firewall import announce_firewall
from emgctl.support.readable import readable

log = logging.getLogger(__name__)
SUPERSEDED_S = 0.5
"""A new connection replaces one that has been silent for this long: the amplifier was switched off and on without
closing it. A connection that still carries data is never replaced."""
_LARGEST_READ = 1 << 18
_CONNECT_S = 3.0
_CLOSING_S = 0.3
_KEEPALIVE = {"TCP_KEEPIDLE": 2, "TCP_KEEPALIVE": 2, "TCP_KEEPINTVL": 1, "TCP_KEEPCNT": 3}
"""Seconds and number of keep-alive probes; each system supports some of these options."""


class Link:
    """A connection to an amplifier and, if the amplifier initiates it, the socket it connects to.

    ``renewed`` counts how often the amplifier has reconnected.
    """

    def __init__(self, connection: socket.socket | None, server: socket.socket | None = None) -> None:
        self._connection, self._server = connection, server
        self._wake, self._woken = socket.socketpair()
        self._waiting = threading.Lock()
        self._received_s = time.monotonic()
        self.renewed = 0

    @classmethod
    def to(cls, who: str, host: str, port: int) -> Link:
        """Connect to an amplifier that listens.

        Raises:
            DeviceError: nothing responds there, with a remedy.
        """
        try:
            connection = socket.create_connection((host, port), _CONNECT_S)
        except TimeoutError as error:
            raise DeviceError(
                f"{who} at {host}:{port}", "does not respond",
                "switch it on and give this computer an address in its network (a Quattrocento has 169.254.1.10)",
            ) from error  # fmt: skip
        except (OSError, UnicodeError) as error:  # the host name may be impossible to look up
            remedy = "correct 'host' in the profile"
            if getattr(error, "errno", None) == errno.ECONNREFUSED:
                remedy = "correct 'port' or close the other program that is connected to it"
            raise DeviceError(f"{who} at {host}:{port}", f"can't be reached: {_why(error)}", remedy) from error
        _set_up(connection)
        return cls(connection)

    @classmethod
    def listening(cls, who: str, host: str, port: int) -> Link:
        """Create a link that an amplifier can connect to; :meth:`wait` waits for it.

        Raises:
            DeviceError: the port is in use.
        """
        try:
            link = cls(None, create_server((host, port)))
        except (OSError, UnicodeError) as error:
            raise DeviceError(
                f"{who} on {host}:{port}", f"cannot listen: {_why(error)}",
                "close the program that uses the port or choose another 'port'",
            ) from error  # fmt: skip
        announce_firewall(f"{who} on {host}:{port}", host)
        return link

    @property
    def silent_s(self) -> float:
        """How long nothing has been received."""
        return time.monotonic() - self._received_s

    def wait(self, wait_s: float) -> bool:
        """Wait until an amplifier has connected; False if none does within ``wait_s``.

        Raises:
            OSError: the link was closed.
        """
        server = _open(self._server)
        return self._connection is not None or (self._ready([server], wait_s) == [server] and self._accept())

    def send(self, data: bytes) -> None:
        """Send all of ``data``.

        Raises:
            OSError: the other side is gone or accepts no data.
        """
        _open(self._connection).sendall(data)

    def received(self, timeout_s: float) -> bytes:
        """Return received bytes, b"" after ``timeout_s`` without data or when the amplifier has reconnected.

        Raises:
            OSError: the other side is gone.
        """
        until_s = time.monotonic() + max(timeout_s, 0.0)
        while True:
            left_s = max(until_s - time.monotonic(), 0.0)
            connection, server = _open(self._connection), self._server
            if server is None:
                ready = self._ready([connection], left_s)
            elif (still_s := SUPERSEDED_S - self.silent_s) > 0:
                ready = self._ready([connection], min(left_s, still_s))
            else:
                ready = self._ready([connection, server], left_s)
            if connection in ready:
                return self._read()
            if (server in ready and self._accept()) or left_s <= 0:
                return b""

    def close(self, last: bytes = b"") -> None:
        """Send ``last`` if possible without waiting, and disconnect; another thread that is waiting gets an OSError."""
        self._wake.close()
        with self._waiting:
            if self._connection is not None:
                with contextlib.suppress(OSError):
                    _leave(self._connection, last)
            for one in (self._connection, self._server, self._woken):
                if one is not None:
                    one.close()
            self._connection = self._server = None

    def _read(self) -> bytes:
        connection = _open(self._connection)
        data = connection.recv(_LARGEST_READ)
        _acknowledge(connection)
        if not data:
            raise ConnectionError("the amplifier closed the connection")
        self._received_s = time.monotonic()
        return data

    def _accept(self) -> bool:
        """Accept the pending connection in place of a silent one; False if it is already gone."""
        server = _open(self._server)
        server.setblocking(False)
        try:
            newer, place = server.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return False
        before, self._connection = self._connection, newer
        if before is not None:
            before.close()
            self.renewed += 1
            log.warning("the amplifier at %s has reconnected; dropping its silent connection", place[0])
        _set_up(newer)
        self._received_s = time.monotonic()
        return True

    def _ready(self, sockets: list[socket.socket], timeout_s: float) -> list[socket.socket]:
        with self._waiting:
            ready = readable([*sockets, self._woken], timeout_s)
        if self._woken in ready:
            raise ConnectionError("closed")
        return ready


def expect(link: Link, greeting: bytes, timeout_s: float) -> bytes:
    """Wait for the greeting; return the bytes after it.

    Raises:
        ConnectionError: something else or nothing was received.
    """
    until_s, data = time.monotonic() + timeout_s, b""
    while len(data) < len(greeting) and time.monotonic() < until_s:
        data += link.received(until_s - time.monotonic())
    if not data.startswith(greeting):
        raise ConnectionError(f"sent {data[:16]!r} instead of {greeting!r}: this is another program")
    return data[len(greeting) :]


def _open(one: socket.socket | None) -> socket.socket:
    """The socket, unless another thread has closed it."""
    if one is None:
        raise ConnectionError("closed")
    return one


def _acknowledge(connection: socket.socket) -> None:
    """Confirm what was received: a device may hold packets back until then, and Linux waits for up to 40 ms."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


def _leave(connection: socket.socket, last: bytes) -> None:
    """Send ``last`` and read until the other side has closed too, but only briefly.

    Unread bytes would end the connection with a reset, which discards what was just sent.
    """
    until_s = time.monotonic() + _CLOSING_S
    connection.settimeout(_CLOSING_S)
    connection.sendall(last)
    connection.shutdown(socket.SHUT_WR)
    while (left_s := until_s - time.monotonic()) > 0:
        connection.settimeout(left_s)
        if not connection.recv(_LARGEST_READ):
            return


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _set_up(connection: socket.socket) -> None:
    """Disable delay, enlarge the buffer and enable keep-alive probes by the system."""
    with contextlib.suppress(OSError):  # a lost connection is noticed at the first read
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)  # two seconds of the largest stream
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if hasattr(socket, name):
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    connection.settimeout(_CONNECT_S)
