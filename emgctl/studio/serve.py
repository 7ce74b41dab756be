"""Makes the studio's server."""

from __future__ import annotations

import os
import socket
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path

from emgctl.runtime.shutdown import ShutdownFlag
from emgctl.studio.access import Tickets
from emgctl.studio.app import make_app
from emgctl.studio.conductor import Conductor
from emgctl.support.background import Background
from emgctl.support.own_names import OwnNames
from emgctl.support.screen import has_screen
from emgctl.support.web.listening import authority, listen, reachable
from emgctl.support.web.server import WebServer

DEFAULT_PORT = 8766
_LATEST_END_S = 15.0


def listen_for_studio(host: str, port: int | None = None) -> socket.socket:
    """A socket that listens on the port; if it is None, on the usual one, or another if that is in use.

    Raises:
        DeviceError: the address is unavailable, with the program that uses it.
    """
    remedy = "choose another --port or close that program"
    return listen(host, DEFAULT_PORT if port is None else port, "studio", remedy, exactly=port is not None)


def make_server(
    folder: Path,
    listener: socket.socket,
    host: str,
    opens_browser: bool,
    show: Callable[[str], None],
    conductor: Conductor | None = None,
) -> WebServer:
    """The server of a folder's studio, to be run; what it has started is stopped when it ends.

    ``show`` gets the link, which opens the studio in one browser, when it can be used. A ``conductor`` may follow a run
    already; the link then leads to the page that shows it.
    """
    tickets, background = Tickets(), Background("the studio was closed")
    app = make_app(folder, conductor or Conductor(), tickets, OwnNames(host), background)
    page = "#live" if conductor else ""
    link = f"http://{authority(reachable(host), listener.getsockname()[1])}/?token={tickets.new_token()}{page}"

    def on_start() -> None:
        show(link)
        if opens_browser and has_screen():  # some browsers are waited for
            threading.Thread(target=webbrowser.open, args=(link,), name="browser", daemon=True).start()

    return WebServer(app, background, on_start, web_sockets=True)


def run_until_signal(server: WebServer, listener: socket.socket) -> None:
    """Run a server until Ctrl-C or another signal; more of them do not interrupt its end, which is limited in time.

    Raises:
        Stopped: a signal came before the server was running.
    """

    def stop() -> None:
        if not server.should_exit:
            server.should_exit = True
            late = threading.Timer(_LATEST_END_S, os._exit, (1,))  # the runs that it has started end with it
            late.daemon = True
            late.start()

    with ShutdownFlag(on_stop=stop) as stopped:
        stopped()
        server.run([listener])
