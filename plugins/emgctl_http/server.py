"""The server in a thread of its own, so that a stop needs neither the run's loop nor any plugin."""

from __future__ import annotations

import contextlib
import socket
import threading
from http.client import HTTPConnection, HTTPException

from emgctl.support.background import Background
from emgctl.support.web.listening import reachable
from emgctl.support.web.server import WebServer
from emgctl_http.site import Site, make_app

_STARTING_S = 5.0
_CLOSING_S = 0.5
_WARM_UPS = 8


class Server:
    """Answers requests for a site from when it is constructed.

    Raises:
        TimeoutError: it does not start.
    """

    def __init__(self, site: Site, listener: socket.socket) -> None:
        started = threading.Event()
        background = Background("emgctl is ending")
        self._server = WebServer(make_app(site, background), background, started.set)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), name="http", daemon=True)
        self._thread.start()
        if not started.wait(_STARTING_S):
            self._server.should_exit = True
            listener.close()
            raise TimeoutError("the web server does not start")
        _warm_up(*listener.getsockname()[:2])

    def close(self) -> None:
        """Stop listening and end all connections; returns within a second."""
        self._server.close(_CLOSING_S)


def _warm_up(host: str, port: int) -> None:
    """Make some requests: the first ones take several times as long as later ones, and would be a person's stop."""
    with contextlib.suppress(OSError, HTTPException):
        for _ in range(_WARM_UPS):
            with contextlib.closing(HTTPConnection(reachable(host), port, timeout=_STARTING_S)) as connection:
                connection.request("GET", "/")
                connection.getresponse().read()
