"""Rate limits for anything that remote senders can trigger: log lines, replies, requests."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable

from emgctl.errors import quoted

log = logging.getLogger(__name__)
_SAME_TEXTS = 100


class RateLimit:
    """Token bucket: passes ``burst`` events at once and ``per_s`` per second in the long run; thread-safe."""

    def __init__(self, burst: int, per_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._per_s, self._clock = burst, per_s, clock
        self._left, self._at_s = float(burst), clock()
        self._lock = threading.Lock()

    def allows(self) -> bool:
        """Whether one more event may pass."""
        with self._lock:
            now_s = self._clock()
            self._left = min(self._left + (now_s - self._at_s) * self._per_s, self._burst)
            self._at_s = now_s
            if self._left < 1:
                return False
            self._left -= 1
            return True


class RateLimits:
    """A :class:`RateLimit` for each of the ``most`` latest senders, and one for all of them together."""

    def __init__(self, burst: int, per_s: float, most: int) -> None:
        self._burst, self._per_s, self._most = burst, per_s, most
        self._each: dict[Hashable, RateLimit] = {}
        self._all = RateLimit(10 * burst, 10 * per_s)
        self._lock = threading.Lock()

    def allows(self, sender: Hashable) -> bool:
        """Whether one more event of this sender may pass; thread-safe."""
        with self._lock:
            limit = self._each.pop(sender, None) or RateLimit(self._burst, self._per_s)
            self._each[sender] = limit  # most recent last
            while len(self._each) > self._most:
                del self._each[next(iter(self._each))]
        return limit.allows() and self._all.allows()


class Complaints:
    """Warnings about received data: each text once, rate-limited, printable and truncated."""

    def __init__(self, prefix: str) -> None:
        self._prefix, self._limit = prefix, RateLimit(burst=20, per_s=0.1)
        self._recent: deque[str] = deque(maxlen=_SAME_TEXTS)

    def add(self, text: str) -> None:
        """Log a text unless it was logged recently or the rate limit is reached."""
        text = quoted(text)
        if text not in self._recent and self._limit.allows():
            self._recent.append(text)
            log.warning("%s: %s", self._prefix, text)
