"""A client's connection, which never holds up the others: it is bounded in time and in number."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

MOST_CONNECTIONS = 64
WAITING_S = 5.0  # for a client that sends nothing, or half a request
_numbers = itertools.count()


class Connection(H11Protocol):
    """uvicorn's connection, which has its limits only for what comes after a request.

    There are at most ``MOST_CONNECTIONS``: beyond that, the oldest one makes room for the next, except for those that
    are ``urgent``: an application sets that on the connection, which it finds in ``request.state.connection``.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, {**app_state, "connection": self}, _loop)
        self.urgent = False
        self._number, self._ended = next(_numbers), False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._make_room()
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Release what belongs to the connection."""
        self._cancel_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take a part of a request; the first one after a response begins a new wait."""
        if self.timeout_keep_alive_task is not None:
            self._await_request()
        super().data_received(data)
        if self.transport.get_protocol() is not self:  # a web socket, from now on
            self._cancel_deadline()

    def eof_received(self) -> bool:  # type: ignore[override]  # uvicorn would close before it answers
        """Keep the connection of a client that sends no more while it gets its response."""
        return not self._is_waiting()

    def shutdown(self) -> None:
        """End the connection at the server's end, but not before a response in progress is complete."""
        if self._is_waiting():
            self.end()
        else:
            super().shutdown()

    def end(self) -> None:
        """End the connection at once, whatever the client does."""
        self._ended = True
        self.transport.abort()

    def _is_waiting(self) -> bool:
        """Whether the next thing must come from the client."""
        return self.cycle is None or self.cycle.response_complete or self.cycle.more_body

    def _await_request(self) -> None:
        self._cancel_deadline()
        self._deadline = self.loop.call_later(WAITING_S, self._expire)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _expire(self) -> None:
        if self._is_waiting():
            self.end()
        else:
            self._await_request()

    def _make_room(self) -> None:
        """End the oldest connection that may be ended if there are too many: this one, if there is no other."""
        present = [one for one in self.connections if isinstance(one, Connection) and not one._ended]
        if len(present) > MOST_CONNECTIONS:
            min((one for one in present if not one.urgent), key=lambda one: one._number).end()
