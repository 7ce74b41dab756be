"""What a service tells systemd: sd_notify(3) and sd_watchdog_enabled(3), which need no library."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import MutableMapping
from contextlib import suppress


class ServiceManager:
    """The systemd that started this program and wants to know how it is.

    ``watchdog_s`` is the longest time allowed between two watchdog notifications; None if it expects none.
    """

    def __init__(self, address: str, watchdog_s: float | None) -> None:
        self._address = "\0" + address[1:] if address.startswith("@") else address  # an abstract socket
        self.watchdog_s = watchdog_s

    def tell(self, state: str) -> None:
        """Send assignments such as ``READY=1``; a manager that is gone or busy is not waited for."""
        if sys.platform == "win32":  # which has no such sockets
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.sendto(state.encode(), self._address)


def service_manager(environment: MutableMapping[str, str] = os.environ) -> ServiceManager | None:
    """The systemd that started this program; None if none did.

    Its variables are removed from the environment, so that programs that this one starts don't speak for it.
    """
    address = environment.pop("NOTIFY_SOCKET", "")
    interval_us, process = environment.pop("WATCHDOG_USEC", ""), environment.pop("WATCHDOG_PID", "")
    if address[:1] not in ("/", "@") or sys.platform == "win32":
        return None
    meant = interval_us.isdecimal() and int(interval_us) > 0 and process in ("", str(os.getpid()))
    return ServiceManager(address, int(interval_us) / 1e6 if meant else None)
