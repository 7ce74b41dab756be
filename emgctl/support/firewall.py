"""A computer's firewall, which keeps other computers' data away without any error."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import sys

log = logging.getLogger(__name__)
_SYSTEMS = {
    "win32": "allow Python under Windows Security > Firewall & network protection > Allow an app through firewall",
    "darwin": "allow Python under System Settings > Network > Firewall > Options",
}


def is_loopback(host: str) -> bool:
    """Whether only programs on this computer can send there."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def firewall_remedy(host: str = "") -> str:
    """To append to a remedy where data from other computers do not come; "" where only this one can send."""
    if is_loopback(host):
        return ""
    how = _SYSTEMS.get(sys.platform, "allow incoming data on this port")
    return f"; if it comes from another computer, check this one's firewall: {how}"


def announce_firewall(who: str, host: str) -> None:
    """Warn that a listener for other computers needs the firewall's leave, on systems that ask for it by program."""
    if sys.platform in _SYSTEMS and not is_loopback(host):
        log.warning("%s: other computers reach it only through the firewall: %s", who, _SYSTEMS[sys.platform])
