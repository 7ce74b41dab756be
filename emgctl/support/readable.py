"""Waits for sockets."""

from __future__ import annotations

import select
import socket
from collections.abc import Sequence


def readable(sockets: Sequence[socket.socket], timeout_s: float) -> list[socket.socket]:
    """Those that have something to read, none after ``timeout_s``.

    A socket's own timeout and ``selectors`` count in whole milliseconds, this in microseconds: a decoder that gets
    ready in the pause before a packet must not be late for it.

    Raises:
        ConnectionError: one is closed.
    """
    try:
        return select.select(sockets, [], [], max(timeout_s, 0.0))[0]
    except ValueError as error:
        raise ConnectionError("closed") from error
