"""Messages between a run and the hand process: one JSON array per line, on a pipe that never blocks either side.

On Windows a pipe can't be written to without blocking, and holds 4 kB: there, a thread writes to it.

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
from collections.abc import Iterator, Sequence
from typing import IO, Any, Protocol

_LONGEST = 1 << 20  # longer lines are not ours
_MOST_WAITING = 1 << 18  # bytes buffered for a reader that has stopped reading


class Sender(Protocol):
    """Sends messages without ever waiting for the reader."""

    def send(self, *message: Any, droppable: bool = False) -> None:
        """Send a message; a droppable one is dropped if the reader is behind.

        Raises:
            OSError: the other end has been closed.
        """

    def close(self, wait_s: float = 0.0) -> None:
        """Close the pipe once what was sent is written, which is waited for so long."""


class PipeSender:
    """Writes messages to a pipe without blocking. What does not fit is kept until the next message.

    A droppable message is dropped if the pipe is full or another thread is sending.
    """

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe, self._descriptor = pipe, pipe.fileno()
        self._waiting = b""
        self._lock = threading.Lock()
        if sys.platform != "win32":
            os.set_blocking(self._descriptor, False)

    def send(self, *message: Any, droppable: bool = False) -> None:
        """Send a message, see :class:`Sender`."""
        data = _line(message)
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

    def close(self, wait_s: float = 0.0) -> None:  # noqa: ARG002 - it is written, or does not fit
        """Close the pipe."""
        with contextlib.suppress(OSError):
            self._pipe.close()

    def _flush(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._waiting:
                self._waiting = self._waiting[os.write(self._descriptor, self._waiting) :]


class ThreadSender:
    """Writes messages to a pipe from a thread of its own, which may block there.

    Only this thread touches the pipe: closing it elsewhere would wait for the write, too.
    """

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._changed = threading.Condition()
        self._waiting = b""
        self._writing = self._closing = False
        self._error: OSError | None = None
        self._thread = threading.Thread(target=self._write, name="sender", daemon=True)
        self._thread.start()

    def send(self, *message: Any, droppable: bool = False) -> None:
        """Send a message, see :class:`Sender`."""
        data = _line(message)
        with self._changed:
            if self._error is not None:
                raise self._error
            behind = self._writing and bool(self._waiting)
            if self._closing or (droppable and behind) or len(self._waiting) > _MOST_WAITING:
                return
            self._waiting += data
            self._changed.notify()

    def close(self, wait_s: float = 0.0) -> None:
        """Close the pipe once the thread has written everything."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(wait_s)

    def _write(self) -> None:
        try:
            while data := self._next():
                while data:
                    data = data[os.write(self._pipe.fileno(), data) :]
        except (OSError, ValueError) as error:  # ValueError: closed by someone else
            with self._changed:
                self._error = error if isinstance(error, OSError) else BrokenPipeError(str(error))
        with contextlib.suppress(OSError):
            self._pipe.close()

    def _next(self) -> bytes:
        """What is to be written now, as soon as there is something; nothing once closed."""
        with self._changed:
            self._writing = False
            self._changed.wait_for(lambda: self._waiting or self._closing)
            data, self._waiting, self._writing = self._waiting, b"", True
            return data


def sender(pipe: IO[bytes]) -> Sender:
    """Create the sender suited to this system."""
    return PipeSender(pipe) if sys.platform != "win32" else ThreadSender(pipe)


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


def _line(message: Sequence[Any]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def _message(line: bytes) -> list[Any]:
    with contextlib.suppress(ValueError, RecursionError):
        message = json.loads(line)
        if isinstance(message, list) and message and isinstance(message[0], str):
            return message
    return ["log", line[:200].decode("ascii", "backslashreplace")]
