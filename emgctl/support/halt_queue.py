"""Passes on halts from a thread that must not block, such as one that receives datagrams or watches keys."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

from emgctl.errors import quoted
from emgctl.types import StopAnswer, StopRequest

log = logging.getLogger(__name__)
CAPACITY = 32  # halts queued while an output is confirming
CLOSING_S = 0.2
Answered = Callable[[StopAnswer], None]


class HaltQueue:
    """Carries out halts in its own threads: kills in a separate one, so that they never wait for a pause.

    Equal queued requests are carried out once. When the queue is full, a stop replaces everything in it and anything
    else is dropped, so that a flood can neither fill the memory nor block a stop.
    """

    def __init__(self, halt: Callable[[StopRequest], StopAnswer]) -> None:
        self._kills, self._others = _Worker(halt, "kill"), _Worker(halt, "pause")

    def put(self, halt: StopRequest, answered: Answered | None = None) -> None:
        """Queue a halt; ``answered`` gets the result, in another thread. Returns immediately."""
        (self._kills if halt.how == "kill" else self._others).put(halt, answered)

    def close(self) -> None:
        """End after the queued halts, waiting briefly for them."""
        self._kills.close()
        self._others.close()


class _Worker:
    def __init__(self, halt: Callable[[StopRequest], StopAnswer], name: str) -> None:
        self._halt = halt
        self._waiting: deque[tuple[StopRequest, Answered | None]] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=f"halt: {name}", daemon=True)
        self._thread.start()

    def put(self, halt: StopRequest, answered: Answered | None) -> None:
        with self._changed:
            if len(self._waiting) >= CAPACITY:
                if halt.how not in ("pause", "kill"):
                    return
                self._waiting.clear()
            self._waiting.append((halt, answered))
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread is not threading.current_thread():
            self._thread.join(CLOSING_S)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting:
                    return
                halt, first = self._waiting.popleft()
                answers = [first]
                while self._waiting and self._waiting[0][0] == halt and halt.how != "toggle":
                    answers.append(self._waiting.popleft()[1])
            try:
                answer = self._halt(halt)
                for answered in answers:
                    if answered is not None:
                        answered(answer)
            except Exception as error:  # this thread must stay alive for the next stop
                log.error("%s by %s failed: %s", halt.how, halt.by, quoted(error) or type(error).__name__)
