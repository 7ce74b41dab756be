"""Opens a UDP socket to a receiver."""

from __future__ import annotations

import socket
from typing import Any

from emgctl.errors import DeviceError


def open_udp(host: str, port: int) -> tuple[socket.socket, Any]:
    """Return a socket and the address to send to; raises DeviceError if there is no route."""
    device = f"osc {host}:{port}"
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise DeviceError(device, "can't be reached: host not found", "correct 'host' in the profile") from error
    # 'localhost' also resolves to ::1, where hardly any OSC program listens
    family, kind, protocol, _, receiver = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    sender = socket.socket(family, kind, protocol)
    try:
        sender.setblocking(False)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)  # a host may be a broadcast address
        with socket.socket(family, kind, protocol) as probe:  # connecting UDP sends nothing, it only finds a route
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            probe.connect(receiver)
    except OSError as error:
        sender.close()
        raise DeviceError(device, f"can't be reached: {error.strerror}", "check 'host' and the network") from error
    return sender, receiver
