"""The server in a thread of its own, so that a stop needs neither the run's loop nor any plugin."""

from __future__ import annotations

import socket
import threading

from emgctl.support.background import Background
from emgctl.support.web.server import WebServer
from emgctl_http.site import Site, make_app

_STARTING_S = 5.0
_CLOSING_S = 0.5


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
            raise TimeoutError("the web server does not start")

    def close(self) -> None:
        """Stop listening and end all connections; returns within a second."""
        self._server.close(_CLOSING_S)
