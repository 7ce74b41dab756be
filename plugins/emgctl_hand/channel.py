"""Messages between a run and the hand's process: a JSON array a line, on a pipe that neither side ever waits for.

The first item names the message:

    to the hand's process     options {...}, order NUMBER SENT_S ORDER, alive AT_S, end
    from it                   opened DEVICE, failed DEVICE PROBLEM REMEDY, wrote NUMBER, alive AT_S, told VALUES NOTE,
                              at CLOSURES, safe TEXT, ended, lost TEXT, log TEXT

All times are seconds of :func:`time.perf_counter`, which the processes of one computer share.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any

_LONGEST = 1 << 20  # a line that is longer is none of ours
_MOST_WAITING = 1 << 18  # bytes for a reader that has stopped reading


class Sender:
    """Puts messages into a pipe. What does not fit waits for the next message, and the caller never waits."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._waiting = b""
        self._lock = threading.Lock()
        if sys.platform != "win32":
            os.set_blocking(descriptor, False)

    def send(self, *message: Any, droppable: bool = False) -> None:
        """Send a message; a droppable one is dropped where the pipe is full or another thread is sending.

        Raises:
            OSError: nobody reads at the other end any more.
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
    """Makes messages of bytes, however they are cut. What is none, such as a warning, becomes a ``log``."""

    def __init__(self) -> None:
        self._waiting = b""

    def push(self, data: bytes) -> list[list[Any]]:
        """The messages that ``data`` completes."""
        *lines, waiting = (self._waiting + data).split(b"\n")
        self._waiting = b"" if len(waiting) > _LONGEST else waiting
        return [_message(line) for line in lines]


def messages(descriptor: int) -> Iterator[list[Any]]:
    """The messages that come through a pipe, until it ends."""
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
