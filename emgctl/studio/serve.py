"""Makes the studio's server."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path

import uvicorn

from emgctl.errors import DeviceError
from emgctl.studio.access import Tickets
from emgctl.studio.app import LONGEST_BODY, make_app
from emgctl.studio.background import Background
from emgctl.studio.conductor import Conductor
from emgctl.support.own_names import OwnNames
from emgctl.support.port_owner import port_owner

DEFAULT_PORT = 8766
_ENDING_S = 2


def listen(host: str, port: int, exactly: bool) -> socket.socket:
    """A socket that listens; where the port need not be ``exactly`` this one, another is taken if it is in use.

    Raises:
        DeviceError: the address is unavailable, with the program that uses it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if not exactly:
            with contextlib.suppress(OSError):
                return socket.create_server((host, 0), family=family)
        owner = port_owner(port, "tcp")
        problem = f"is used by {owner}" if owner else f"cannot listen: {error.strerror or error}"
        raise DeviceError(f"studio {host}:{port}", problem, "choose another --port or close that program") from error


def make_server(
    folder: Path,
    listener: socket.socket,
    host: str,
    opens_browser: bool,
    show: Callable[[str], None],
    conductor: Conductor | None = None,
) -> uvicorn.Server:
    """The server of a folder's studio, to be run; what it has started is stopped when it ends.

    ``show`` gets the link, which opens the studio in one browser. A ``conductor`` may follow a run already; the
    link then leads to the page that shows it.
    """
    tickets, background = Tickets(), Background()
    app = make_app(folder, conductor or Conductor(), tickets, OwnNames(host), background)
    address = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - compared, not bound
    port, name = listener.getsockname()[1], f"[{address}]" if ":" in address else address
    link = f"http://{name}:{port}/?token={tickets.new_token()}" + ("#live" if conductor else "")
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws="websockets-sansio",
        ws_max_size=LONGEST_BODY,
        ws_per_message_deflate=False,  # samples hardly become smaller, but cost time
        timeout_graceful_shutdown=_ENDING_S,
    )
    show(link)
    if opens_browser and _has_screen():
        webbrowser.open(link)
    return _Server(config, background)


class _Server(uvicorn.Server):
    """A server whose end is not held up by what takes seconds, such as a search for devices."""

    def __init__(self, config: uvicorn.Config, background: Background) -> None:
        super().__init__(config)
        self._background = background

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the requests in progress end, and what runs."""
        self._background.end()
        await super().shutdown(sockets)


def _has_screen() -> bool:
    """Whether a browser would open in a window, and not in this terminal."""
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
