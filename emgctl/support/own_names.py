"""Host names accepted for this machine, so that another site's page cannot pass for ours (DNS rebinding)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

_ANYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - compared, not bound
_ELSEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))  # reserved for documentation


class OwnNames:
    """The host name, the same with ``.local``, the full name, ``more``, and system names of the addresses of ``host``.

    A client's name is never resolved: whoever rebinds a name to this machine controls what it resolves to. Names that
    the system must resolve are resolved in the background, since that may take seconds.
    """

    def __init__(self, host: str, more: Iterable[str] = ()) -> None:
        name = socket.gethostname()
        short = name.partition(".")[0]
        self._names = {_plain(one) for one in ("localhost", host, name, short, f"{short}.local", *more)} - {""}
        self._looking = threading.Thread(target=self._look_up, args=(host,), name="http: own names", daemon=True)
        self._looking.start()

    def include(self, named: str) -> bool:
        """Whether a Host header is one of these names, with or without a port, or a numeric address."""
        try:
            name = _plain(urlsplit(f"//{named}").hostname or "")
        except ValueError:
            return False
        return name in self._names or _is_number(name)

    def _look_up(self, host: str) -> None:
        self._names = self._names | {_plain(socket.getfqdn())}
        for address in [host] if host not in _ANYWHERE else _own_addresses():
            try:
                name, aliases, _ = socket.gethostbyaddr(address)
            except OSError:
                continue
            self._names = self._names | {_plain(one) for one in (name, *aliases)} - {""}


def _own_addresses() -> Iterator[str]:
    """The addresses from which this machine would send to others; connecting UDP sends nothing."""
    for family, elsewhere in _ELSEWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((elsewhere, 9))
                yield str(probe.getsockname()[0])
        except OSError:
            continue


def _plain(name: str) -> str:
    return name.lower().rstrip(".")


def _is_number(name: str) -> bool:
    try:
        ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True
