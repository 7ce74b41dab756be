"""Where a server listens."""

from __future__ import annotations

import contextlib
import socket

from emgctl.errors import DeviceError
from emgctl.support.exclusive_port import create_server
from emgctl.support.firewall import announce_firewall
from emgctl.support.port_owner import port_owner


def listen(host: str, port: int, server: str, remedy: str, exactly: bool = True) -> socket.socket:
    """A socket that listens; where the port need not be ``exactly`` this one, any is taken if it is in use.

    Raises:
        DeviceError: the address is unavailable to ``server``, with the program that uses it, and the ``remedy``.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        made = create_server((host, port), family)
    except OSError as error:
        if not exactly:
            with contextlib.suppress(OSError):
                return create_server((host, 0), family)
        owner = port_owner(port, "tcp")
        problem = f"is used by {owner}" if owner else f"cannot listen: {error.strerror or error}"
        raise DeviceError(f"{server} {host}:{port}", problem, remedy) from error
    announce_firewall(f"{server} {host}:{port}", host)
    return made


def authority(host: str, port: int) -> str:
    """The part of a URL that names a host and a port."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def reachable(host: str) -> str:
    """The address at which this machine reaches a server of its own that listens on ``host``."""
    return {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
