"""The TCP connection to an amplifier: some listen, some connect to this computer."""

from __future__ import annotations

import errno
import select
import socket
import time

from emgctl.errors import DeviceError

_LARGEST_READ = 1 << 20
_CONNECT_S = 3.0


def connected(who: str, host: str, port: int) -> socket.socket:
    """A connection to an amplifier that listens.

    Raises:
        DeviceError: nobody answers there, and what to check.
    """
    try:
        link = socket.create_connection((host, port), _CONNECT_S)
    except TimeoutError as error:
        raise DeviceError(
            f"{who} at {host}:{port}", "does not answer",
            "switch it on, and give this computer an address in its network (a Quattrocento's own is 169.254.1.10)",
        ) from error  # fmt: skip
    except OSError as error:
        remedy = "correct 'host' in the profile"
        if error.errno == errno.ECONNREFUSED:
            remedy = "correct 'port', or end the other program that is connected to it"
        raise DeviceError(f"{who} at {host}:{port}", f"can't be reached: {error.strerror or error}", remedy) from error
    _hurry(link)
    return link


def accepted(who: str, host: str, port: int, wait_s: float) -> socket.socket:
    """A connection from an amplifier that connects to this computer.

    Raises:
        DeviceError: the port is taken, or none came.
    """
    try:
        server = socket.create_server((host, port))
    except OSError as error:
        raise DeviceError(
            f"{who} on {host}:{port}", f"can't be listened on: {error.strerror or error}",
            "end the program that has the port, or choose another 'port'",
        ) from error  # fmt: skip
    with server:
        server.settimeout(wait_s)
        try:
            link, _ = server.accept()
        except TimeoutError as error:
            here = " (only programs on this computer can: for a real one, set host: 0.0.0.0)" if _loopback(host) else ""
            raise DeviceError(
                f"{who} on {host}:{port}", f"none connected within {wait_s:g} s{here}",
                "join it to this computer's network, or this computer to its, and check the address it is set to",
            ) from error  # fmt: skip
    _hurry(link)
    return link


def received(link: socket.socket, timeout_s: float) -> bytes:
    """What has come, b"" after ``timeout_s`` of silence.

    Raises:
        ConnectionError: the other side is gone.
    """
    if not select.select([link], [], [], max(timeout_s, 0.0))[0]:
        return b""
    data = link.recv(_LARGEST_READ)
    if not data:
        raise ConnectionError("the amplifier has closed the connection")
    return data


def expect(link: socket.socket, greeting: bytes, timeout_s: float) -> bytes:
    """Wait for the first bytes; what came after them.

    Raises:
        ConnectionError: something else came, or nothing.
    """
    until_s, heard = time.monotonic() + timeout_s, b""
    while len(heard) < len(greeting) and time.monotonic() < until_s:
        heard += received(link, until_s - time.monotonic())
    if not heard.startswith(greeting):
        raise ConnectionError(f"answers {heard[:16]!r} instead of {greeting!r}: it is another program")
    return heard[len(greeting) :]


def _hurry(link: socket.socket) -> None:
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)  # two seconds of the largest stream
    link.settimeout(_CONNECT_S)


def _loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")
