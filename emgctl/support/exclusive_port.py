"""Ports that belong to one program only."""

from __future__ import annotations

import socket
import sys
from typing import Any


def bind_alone(made: socket.socket, address: Any) -> None:
    """Bind a socket so that no other program can have the port as well, also one that asks for it.

    On Windows, SO_REUSEADDR lets a second program take over what the first one receives, such as STOP, unless the first
    one has asked for SO_EXCLUSIVEADDRUSE (Microsoft's "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE"). Elsewhere it only
    lets a TCP server start again at once.

    Raises:
        OSError: the address is unavailable.
    """
    if sys.platform == "win32":
        made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
    elif made.type == socket.SOCK_STREAM:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(address)


def create_server(address: tuple[str, int], family: socket.AddressFamily = socket.AF_INET) -> socket.socket:
    """A TCP socket that listens there alone.

    Raises:
        OSError: the address is unavailable.
    """
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bind_alone(made, address)
        made.listen()
    except BaseException:
        made.close()
        raise
    return made
