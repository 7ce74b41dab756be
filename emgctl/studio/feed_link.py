"""The pipes between a run and the studio's server: one thread that writes for all inputs, one that takes requests."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import IO, Any, Protocol

from emgctl.studio.frames import Frame, encode, take_messages
from emgctl.support.halt_queue import HaltQueue
from emgctl.types import StopAnswer, StopRequest

UPDATE_S = 1 / 30
FIGURES_EVERY = 8  # updates: a snapshot of the run's figures costs as much as a decision
QUIET_S = 0.5  # without commands, so that a lost output or a refused profile is seen
_HALTS = ("pause", "resume", "toggle", "kill")


class Sender(Protocol):
    """What one input of a run sends; ``input`` is its name, "" where the run has one only."""

    input: str

    def frames(self, with_figures: bool) -> list[Frame]:
        """What is new since the last call."""

    def take(self, request: Mapping[str, Any]) -> None:
        """Take a request of the server that concerns this input."""


class FeedLink:
    """The pipes, for the senders of a run; ``watched`` while somebody looks.

    ``on_end`` is called, in another thread, when the server's side of ``source`` is closed.
    """

    def __init__(self, source: IO[bytes], sink: IO[bytes], on_end: Callable[[], None] = lambda: None) -> None:
        self._source, self._sink, self._on_end = source, sink, on_end
        self.watched = False
        self.changed = threading.Event()
        self._senders: list[Sender] = []
        self._open: set[str] = set()
        self._lock = threading.Lock()
        self._replies: deque[Mapping[str, Any]] = deque(maxlen=100)
        self._closing = threading.Event()
        self._writer = self._listener = threading.Thread()
        self._halts: HaltQueue | None = None

    def add(self, sender: Sender) -> None:
        """Have one more sender; the pages show them in this order."""
        self._senders.append(sender)

    def enter(self, sender: Sender, halt: Callable[[StopRequest], StopAnswer]) -> None:
        """Send what this sender has from now on; the first one's ``halt`` stops the run, with all its inputs."""
        with self._lock:
            self._open.add(sender.input)
            if len(self._open) > 1:
                return
            self._halts, self._closing = HaltQueue(halt), threading.Event()
            if len(self._senders) > 1:
                self._replies.append({"type": "inputs", "names": [one.input for one in self._senders]})
            self._writer = threading.Thread(target=self._write, args=(self._closing,), name="studio", daemon=True)
            self._writer.start()
            if self._listener.ident is None:
                self._listener = threading.Thread(target=self._listen, name="studio", daemon=True)
                self._listener.start()

    def leave(self, sender: Sender) -> None:
        """Send what is left; the last sender that leaves ends the sending."""
        with self._lock:
            was_open = sender.input in self._open
            self._open.discard(sender.input)
            is_last = was_open and not self._open
        if is_last:
            self._closing.set()
        self.changed.set()
        if is_last and self._halts is not None:
            self._halts.close()
            self._writer.join(UPDATE_S * 3)

    def _write(self, closing: threading.Event) -> None:
        """The body of the sending thread, which may be blocked by its reader for as long as that pleases."""
        updates = 0
        while not closing.is_set():
            is_quiet = not self.changed.wait(QUIET_S)
            self.changed.clear()
            try:
                self._update(with_figures=is_quiet or updates % FIGURES_EVERY == 0)
            except (OSError, ValueError):  # nobody reads any more
                self.watched = False
                return
            updates += 1
            closing.wait(UPDATE_S)
        with contextlib.suppress(OSError, ValueError):
            self._update(with_figures=True)

    def _update(self, with_figures: bool) -> None:
        frames: list[Frame] = [self._replies.popleft() for _ in range(len(self._replies))]
        for one in self._senders:
            frames += one.frames(with_figures)
        self._sink.write(b"".join(map(encode, frames)))
        self._sink.flush()

    def _listen(self) -> None:
        """The body of the thread that takes requests."""
        take_messages(self._source, self._take)
        if not self._closing.is_set():
            self._on_end()

    def _take(self, frame: Mapping[str, Any]) -> None:
        kind, how = frame.get("type"), frame.get("how")
        if kind == "watch":
            self.watched = frame.get("on") is True
        elif kind == "halt" and how in _HALTS and self._halts is not None:
            number = frame.get("number")
            self._halts.put(StopRequest(how, "the studio"), lambda answer: self._reply(number, answer))
        else:
            for one in self._senders:
                if one.input == frame.get("input", ""):
                    one.take(frame)

    def _reply(self, number: Any, answer: StopAnswer) -> None:
        took_ms = round(1000 * answer.took_s, 2)
        self._replies.append(
            {"type": "answer", "number": number, "state": answer.state, "text": str(answer), "took_ms": took_ms}
            | {"missing": list(answer.missing)}
        )
        self.changed.set()
