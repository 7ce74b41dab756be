"""Receives UDP datagrams: from anybody, or from one sender only."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import Any

from emgctl.errors import DeviceError
from emgctl.support.exclusive_port import bind_alone
from emgctl.support.firewall import announce_firewall
from emgctl.support.limits import Complaints
from emgctl.support.port_owner import port_owner
from emgctl.support.readable import readable

BUFFER_BYTES = 1 << 20
"""What the system keeps for a program that is late: also room for a kill behind a burst of other data."""
LONGEST = 65_536
QUIET_S = 0.5
"""After so long without a datagram, another port of the same computer may take over: its program was restarted."""
_MOST = 1024  # datagrams at a time

Sender = tuple[str, int]


def resolved(where: str, host: str, port: int, problem: str) -> tuple[socket.AddressFamily, Any]:
    """The family and the address of a host for UDP.

    Raises:
        DeviceError: of ``where``, with the ``problem``: there is no such host.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise DeviceError(where, problem, "correct 'host'") from error
    # 'localhost' also resolves to ::1, which hardly any program uses
    family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    return family, address


def bound(who: str, host: str, port: int, remedy: str) -> socket.socket:
    """A UDP socket on this port of the interface ``host``.

    Raises:
        DeviceError: the port is unavailable, with the program that uses it if that can be found.
    """
    where = f"{who} {host}:{port}"
    family, address = resolved(where, host, port, "cannot listen: there is no such address")
    made = socket.socket(family, socket.SOCK_DGRAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        bind_alone(made, address)
    except OSError as error:
        made.close()
        owner = port_owner(port, "udp")
        problem = f"is used by {owner}" if owner else f"cannot listen: {error.strerror}"
        raise DeviceError(where, problem, remedy) from error
    announce_firewall(where, host)
    return made


class OneSender:
    """A UDP port that takes datagrams from its first ``sender`` only, so that nobody else can add samples.

    The sender's program may be restarted, which gives it another port: that is accepted once the old one is quiet.
    Others are ``refused``, which is counted and logged.

    Raises:
        DeviceError: the port is unavailable.
    """

    def __init__(self, who: str, host: str, port: int, computer: str = "") -> None:
        """``computer`` is the only one to take datagrams from, "" for any."""
        self._socket = bound(who, host, port, "choose another 'port' or close the program that uses it")
        self._socket.setblocking(False)
        self._complaints = Complaints(f"{who} {host}:{port}")
        self.sender: Sender | None = None
        self.computer, self.refused = computer, 0
        self._received_s = 0.0
        self._gathered_s = 0.0

    def receive(self, timeout_s: float, gather_s: float = 0.0) -> list[tuple[float, bytes]]:
        """The datagrams that have arrived, with the time; none after ``timeout_s``.

        With ``gather_s``, they are taken together that come within so long after the last call: fewer, larger blocks
        cost a processor less.

        Raises:
            OSError: it was closed.
        """
        until_s = time.perf_counter() + timeout_s
        found: list[tuple[float, bytes]] = []
        while not found:
            if not readable([self._socket], until_s - time.perf_counter()):
                return []
            with contextlib.suppress(BlockingIOError):
                self._one(found)
        if gather_s:
            time.sleep(min(max(self._gathered_s + gather_s - time.perf_counter(), 0.0), gather_s))
        with contextlib.suppress(BlockingIOError):
            for _ in range(_MOST):
                self._one(found)
        self._gathered_s = time.perf_counter()
        return found

    def close(self) -> None:
        """Release the port."""
        self._socket.close()

    def _one(self, found: list[tuple[float, bytes]]) -> None:
        data, (host, port, *_) = self._socket.recvfrom(LONGEST)
        now_s, sender = time.perf_counter(), (str(host), int(port))
        if sender != self.sender and not self._accepts(sender, now_s):
            self.refused += 1
            whose = f"{self.sender[0]}:{self.sender[1]}" if self.sender else self.computer
            self._complaints.add(f"refused what {host}:{port} sends: its samples come from {whose}")
            return
        self._received_s = now_s
        found.append((now_s, data))

    def _accepts(self, sender: Sender, now_s: float) -> bool:
        """Whether this sender replaces the one before."""
        if self.computer and sender[0] != self.computer:
            return False
        if self.sender is not None and now_s - self._received_s < QUIET_S:
            return False
        self.sender, self.computer = sender, sender[0]
        return True
