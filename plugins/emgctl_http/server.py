"""A small web server whose connections, however many or slow, never block a stop request."""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

log = logging.getLogger(__name__)
MOST_CONNECTIONS = 64
_BACKLOG = 1024  # when it is full, clients retry only after a second
_BREATH_S = 0.02


@dataclass(eq=False, slots=True)
class Connection:
    """One client; ``is_stopping`` once it has requested a stop, after which it need not make room for others."""

    socket: socket.socket
    is_stopping: bool = False
    since_s: float = field(default_factory=time.monotonic)

    def end(self) -> None:
        """Interrupt any thread that reads from or writes to it."""
        with contextlib.suppress(OSError):  # already closed by the other side
            self.socket.shutdown(socket.SHUT_RDWR)


class Server:
    """Accepts connections and calls ``serve`` for each in its own thread.

    There are at most ``MOST_CONNECTIONS``: beyond that, the oldest one makes room for the next, except for those that
    are stopping the run.

    Raises:
        OSError: the address is unavailable.
    """

    def __init__(self, host: str, port: int, serve: Callable[[Connection], None]) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        self._listener.setblocking(False)
        self.port = int(self._listener.getsockname()[1])
        self._serve = serve
        self._connections: set[Connection] = set()
        self._lock = threading.Lock()
        self._wake, self._woken = socket.socketpair()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._accept, name="http", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening and end all connections; returns within a second."""
        self._closing.set()
        self._wake.close()
        self._thread.join(0.5)
        self._listener.close()
        with self._lock:
            connections = list(self._connections)
        for one in connections:
            one.end()

    def _accept(self) -> None:
        waiting = selectors.DefaultSelector()
        waiting.register(self._listener, selectors.EVENT_READ)
        waiting.register(self._woken, selectors.EVENT_READ)
        while True:
            waiting.select()
            if self._closing.is_set():
                waiting.close()
                self._woken.close()
                return
            try:
                accepted, _ = self._listener.accept()
            except OSError as error:  # the client is gone, or this process has too many open files
                log.debug("http: %s", error)
                self._make_room(least=0)
                self._closing.wait(_BREATH_S)
                continue
            self._admit(Connection(accepted))

    def _admit(self, one: Connection) -> None:
        if not self._make_room(MOST_CONNECTIONS):
            one.socket.close()
            return
        with self._lock:
            self._connections.add(one)
        try:
            threading.Thread(target=self._serve_one, args=(one,), name="http caller", daemon=True).start()
        except RuntimeError:  # no more threads available
            self._forget(one)

    def _make_room(self, least: int) -> bool:
        """Close the oldest connection that may be closed if there are ``least`` or more; False if there is none."""
        with self._lock:
            if len(self._connections) < least:
                return True
            others = [one for one in self._connections if not one.is_stopping]
            if not others:
                return False
            oldest = min(others, key=lambda one: one.since_s)
            self._connections.discard(oldest)
        oldest.end()
        return True

    def _serve_one(self, one: Connection) -> None:
        try:
            self._serve(one)
        except Exception as error:  # a client's failure ends only its own connection
            log.debug("http: %s", error)
        finally:
            self._forget(one)

    def _forget(self, one: Connection) -> None:
        with self._lock:
            self._connections.discard(one)
        one.end()
        one.socket.close()
