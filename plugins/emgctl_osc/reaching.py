"""A UDP socket towards a receiver."""

from __future__ import annotations

import socket
from typing import Any

from emgctl.errors import DeviceError


def reach(host: str, port: int) -> tuple[socket.socket, Any]:
    """A socket and the address to send to; raises DeviceError when there is no way there."""
    device = f"osc {host}:{port}"
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise DeviceError(device, "can't be reached: there is no such host", "correct 'host' in the profile") from error
    # 'localhost' is ::1 too, where hardly any OSC program listens
    family, kind, protocol, _, receiver = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    sender = socket.socket(family, kind, protocol)
    try:
        sender.setblocking(False)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)  # a host may be a broadcast address
        with socket.socket(family, kind, protocol) as probe:  # connecting UDP sends nothing; it only looks for a way
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            probe.connect(receiver)
    except OSError as error:
        sender.close()
        raise DeviceError(device, f"can't be reached: {error.strerror}", "check 'host' and the network") from error
    return sender, receiver
