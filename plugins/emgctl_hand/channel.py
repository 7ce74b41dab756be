"""Messages between a run and the hand process: one JSON array per line, on a pipe that never blocks either side.

The first item is the message name:

    to the hand process       options {...}, order NUMBER SENT_S ORDER, alive AT_S, end
    from it                   opened DEVICE, failed DEVICE PROBLEM REMEDY, wrote NUMBER, alive AT_S,
                              telemetry VALUES NOTE, at CLOSURES, doing TEXT, safe TEXT, ended, lost TEXT, log TEXT

All times are seconds of :func:`time.perf_counter`, which all processes on a computer share.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

_LONGEST = 1 << 20  # longer lines are not ours
_MOST_WAITING = 1 << 18  # bytes buffered for a reader that has stopped reading


class Sender:
    """Writes messages to a pipe without blocking. What does not fit is kept until the next message."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._waiting = b""
        self._lock = threading.Lock()
        if sys.platform != "win32":
            os.set_blocking(descriptor, False)

    def send(self, *message: Any, droppable: bool = False) -> None:
        """Send a message; a droppable one is dropped if the pipe is full or another thread is sending.

        Raises:
            OSError: the other end has been closed.
        """
        data = json.dumps(message, separators=(",", ":")).encode() + b"\n"
        if not self._lock.acquire(blocking=not droppable):
            return
        try:
            self._flush()
            if self._waiting and (droppable or len(self._waiting) > _MOST_WAITING):
                return
            self._waiting += data
            self._flush()
        finally:
            self._lock.release()

    def _flush(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._waiting:
                self._waiting = self._waiting[os.write(self._descriptor, self._waiting) :]


class Receiver:
    """Parses messages from bytes split anywhere. Anything else, such as a library's warning, becomes a ``log``."""

    def __init__(self) -> None:
        self._waiting = b""

    def push(self, data: bytes) -> list[list[Any]]:
        """Return the messages completed by ``data``."""
        *lines, waiting = (self._waiting + data).split(b"\n")
        self._waiting = b"" if len(waiting) > _LONGEST else waiting
        return [_message(line) for line in lines]


def messages(descriptor: int) -> Iterator[list[Any]]:
    """Yield the messages from a pipe until it is closed."""
    receiver = Receiver()
    while True:
        try:
            data = os.read(descriptor, 65_536)
        except OSError:
            return
        if not data:
            return
        yield from receiver.push(data)


def _message(line: bytes) -> list[Any]:
    with contextlib.suppress(ValueError, RecursionError):
        message = json.loads(line)
        if isinstance(message, list) and message and isinstance(message[0], str):
            return message
    return ["log", line[:200].decode("ascii", "backslashreplace")]
