"""Opens a UDP socket to a receiver."""

from __future__ import annotations

import socket
from typing import Any

from emgctl.errors import DeviceError
from emgctl.support.datagrams import resolved


def open_udp(host: str, port: int) -> tuple[socket.socket, Any]:
    """Return a socket and the address to send to; raises DeviceError if there is no route."""
    device = f"osc {host}:{port}"
    family, receiver = resolved(device, host, port, "can't be reached: host not found")
    sender = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sender.setblocking(False)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)  # a host may be a broadcast address
        with socket.socket(family, socket.SOCK_DGRAM) as probe:  # connecting UDP sends nothing, it only finds a route
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            probe.connect(receiver)
    except OSError as error:
        sender.close()
        raise DeviceError(device, f"can't be reached: {error.strerror}", "check 'host' and the network") from error
    return sender, receiver
