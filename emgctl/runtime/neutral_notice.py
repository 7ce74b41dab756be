"""Says why nothing moves, to people who see no more of a run than its warnings."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)
FAULT_S = 2.0  # longer than a cable takes that is put back at once
REST_S = 10.0  # so long may a person move before the first rest
AGAIN_S = 10.0  # between two reasons; some have a number that changes all the time


class NeutralNotice:
    """Logs the reason once it has kept the outputs neutral for a while, and once when they move again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._due_s: float | None = None  # when the next reason may be logged, of a neutral that has begun
        self._named = ""

    def show(self, state: str, reason: str) -> None:
        """Note the state of :class:`~emgctl.runtime.safety.Safety` at this moment, and its reason."""
        if state in ("fresh", "stale"):
            if self._named:
                log.warning("the outputs follow the signal again")
            self._due_s, self._named = None, ""
            return
        now_s = self._clock()
        if self._due_s is None:
            self._due_s = now_s + (FAULT_S if state == "neutral" else REST_S)
        elif now_s >= self._due_s and reason != self._named:
            log.warning("every output is neutral: %s", reason)
            self._due_s, self._named = now_s + AGAIN_S, reason
