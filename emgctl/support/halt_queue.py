"""Passes halts on from a thread that must not wait for them: one that receives datagrams or watches keys."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

from emgctl.errors import quoted
from emgctl.types import Halt, HaltAnswer

log = logging.getLogger(__name__)
CAPACITY = 32  # halts that wait while an output takes its time to confirm
CLOSING_S = 0.2
Answered = Callable[[HaltAnswer], None]


class HaltQueue:
    """Carries halts out in threads of its own: kills in one of their own, so that they never wait for a pause.

    Equal requests that wait together are carried out once. When too many wait, a stop replaces them all and anything
    else is left out, so that a flood occupies neither memory nor the way to a stop.
    """

    def __init__(self, halt: Callable[[Halt], HaltAnswer]) -> None:
        self._kills, self._others = _Worker(halt, "kill"), _Worker(halt, "pause")

    def put(self, halt: Halt, answered: Answered | None = None) -> None:
        """Have a halt carried out; ``answered`` gets the answer, in another thread. Returns at once."""
        (self._kills if halt.how == "kill" else self._others).put(halt, answered)

    def close(self) -> None:
        """End when what waits has been carried out, which is waited for a moment."""
        self._kills.close()
        self._others.close()


class _Worker:
    def __init__(self, halt: Callable[[Halt], HaltAnswer], name: str) -> None:
        self._halt = halt
        self._waiting: deque[tuple[Halt, Answered | None]] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=f"halt: {name}", daemon=True)
        self._thread.start()

    def put(self, halt: Halt, answered: Answered | None) -> None:
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
            except Exception as error:  # the next stop must find this thread alive, whatever became of this one
                log.error("%s by %s failed: %s", halt.how, halt.by, quoted(error) or type(error).__name__)
