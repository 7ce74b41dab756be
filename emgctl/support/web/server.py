"""Serves an application over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp

from emgctl.support.background import Background
from emgctl.support.web.connection import Connection

LONGEST_BODY = 65_536
_ENDING_S = 2
_BACKLOG = 1024  # when it is full, clients retry only after a second
_ACCEPTED_AT_ONCE = 16  # far less than the connections there may be, so that a new one is read before it makes room


class WebServer(uvicorn.Server):
    """uvicorn's server. Its end is not held up by what runs in ``background``; signals are left to the program.

    ``on_start`` is called in its loop as soon as requests are answered. Only errors of the application are logged.
    """

    def __init__(
        self, app: ASGIApp, background: Background, on_start: Callable[[], None], web_sockets: bool = False
    ) -> None:
        config = uvicorn.Config(
            app,
            http=Connection,
            ws="websockets-sansio" if web_sockets else "none",
            ws_max_size=LONGEST_BODY,
            ws_per_message_deflate=False,  # samples hardly become smaller, but cost time
            loop="asyncio",
            interface="asgi3",
            lifespan="on",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=_ACCEPTED_AT_ONCE,
            timeout_graceful_shutdown=_ENDING_S,
        )
        super().__init__(config)
        self._background, self._on_start = background, on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer requests."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        for one in sockets or ():
            one.listen(_BACKLOG)  # uvicorn has one setting for the connections that wait and those accepted at once
        if not self.should_exit:
            self._on_start()

    def close(self, timeout_s: float) -> None:
        """Stop listening and end the connections that wait for their client, from another thread; the rest follows."""
        done = threading.Event()

        def end() -> None:
            self.should_exit = True
            for server in self.servers:
                server.close()
            for one in list(self.server_state.connections):
                one.shutdown()
            done.set()

        with contextlib.suppress(RuntimeError):  # it has ended already
            self._loop.call_soon_threadsafe(end)
            done.wait(timeout_s)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let the requests in progress end, and what runs."""
        self._background.end()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none: uvicorn would begin only after the server exists, and raise them again at the end."""
        yield
