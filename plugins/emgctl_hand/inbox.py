"""Everything that reaches the hand process in one place: the run's messages and events of the process itself."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import threading
from collections import deque
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from emgctl_hand.channel import Receiver, messages

Message = Sequence[Any] | None
"""A JSON array, its first item the message's name; None when the run is gone."""

NOTHING: tuple[()] = ()


class Inbox(Protocol):
    """Messages in order of arrival; None when the run is gone."""

    def put(self, message: Message) -> None:
        """Add a message of the process's own; safe in a signal handler."""

    def get(self, timeout_s: float | None) -> Message:
        """Return the next message as soon as there is one, or ``NOTHING`` after ``timeout_s`` (None: wait forever)."""


class PipeInbox:
    """An :class:`Inbox` that waits on the pipe itself, without a thread between message and handler."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor, self._receiver = descriptor, Receiver()
        self._messages: deque[Message] = deque()
        self._woken, self._wake = os.pipe()
        if sys.platform != "win32":  # which has a ThreadInbox
            os.set_blocking(self._wake, False)
        self._sources = [descriptor, self._woken]

    def put(self, message: Message) -> None:
        """Add a message and wake the waiting thread."""
        self._messages.append(message)
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake, b".")

    def get(self, timeout_s: float | None) -> Message:
        """Return the next message, or ``NOTHING`` after the timeout."""
        if not self._messages:
            ready, _, _ = select.select(self._sources, [], [], timeout_s)
            if self._woken in ready:
                os.read(self._woken, 4096)
            if self._descriptor in ready:
                self._read()
        return self._messages.popleft() if self._messages else NOTHING

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, 65_536)
        except OSError:
            data = b""
        self._messages.extend(self._receiver.push(data))
        if not data:
            self._sources.remove(self._descriptor)
            self._messages.append(None)


class ThreadInbox:
    """An :class:`Inbox` for systems that cannot wait on a pipe with a timeout (Windows)."""

    def __init__(self, descriptor: int) -> None:
        self._queue: SimpleQueue[Message] = SimpleQueue()
        threading.Thread(target=self._listen, args=(descriptor,), daemon=True).start()

    def put(self, message: Message) -> None:
        """Add a message and wake the waiting thread."""
        self._queue.put(message)

    def get(self, timeout_s: float | None) -> Message:
        """Return the next message, or ``NOTHING`` after the timeout."""
        try:
            return self._queue.get(timeout=timeout_s)
        except Empty:
            return NOTHING

    def _listen(self, descriptor: int) -> None:
        try:
            for message in messages(descriptor):
                self.put(message)
        finally:
            self.put(None)


def inbox(descriptor: int) -> Inbox:
    """Create the inbox suited to this system."""
    return PipeInbox(descriptor) if sys.platform != "win32" else ThreadInbox(descriptor)
