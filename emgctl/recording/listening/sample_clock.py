"""Counts samples that were lost on the way, by time stamps, by a counter, or by damaged lines."""

from __future__ import annotations

_WRAPS = 2.0**32
"""Where ``micros()`` and ``millis()`` of a board begin again."""
_BACKLOG_S = 1.0
"""By how much a step of the stamps may be longer than the time between their arrivals: lines may wait on the way."""

_USUAL = frozenset([2**bits for bits in range(4, 33)] + [10**digits for digits in range(2, 10)])
"""Where counters begin again."""
_LATE = 32
"""Samples by which one may come after others that were sent after it, in a network."""


class SampleClock:
    """How many samples were lost before each one that arrives.

    ``modulus`` is where their counter begins again, 0 for never. If the way ``reorders`` samples or doubles them, one
    whose number is a little behind is ``late``, and one far ahead is damaged, as anybody may have sent it.
    """

    def __init__(
        self, rate_hz: float, tick_s: float = 0.0, modulus: int = 0, longest_step_s: float = 0.0, reorders: bool = False
    ) -> None:
        period_s = 1 / rate_hz
        self._rate_hz, self._tick_s, self._modulus = rate_hz, tick_s, modulus
        even = longest_step_s < 1.4 * period_s + tick_s
        self._least_s = 1.5 * period_s if even else 2 * longest_step_s
        self._stamp: float | None = None
        self._suspect: float | None = None
        self._counted: int | None = None
        self._suspect_count: int | None = None
        self._arrived_s: float | None = None
        self._damaged = 0
        self._reorders = reorders
        self.restarts = 0
        self.late = False

    def damaged(self) -> None:
        """A line was damaged: a sample is missing."""
        self._damaged += 1

    def lost(self, now_s: float, stamp: float | None = None, count: int | None = None) -> int | None:
        """How many samples are missing before one that arrived at ``now_s``; None if that one is damaged itself.

        ``stamp`` is its time in ticks, ``count`` the number that the board gave it. A stamp that does not follow the
        ones before is damaged, unless the next one follows it: then the board restarted. A ``late`` one is of no use,
        either: its place was counted as lost.
        """
        elapsed_s = 0.0 if self._arrived_s is None else now_s - self._arrived_s
        again = False
        if self._reorders and count is not None and self._counted is not None:
            self.late = 0 <= self._step(count, self._counted) < _LATE
            if self.late:
                return None
            if self._step(self._counted, count) > (elapsed_s + _BACKLOG_S) * self._rate_hz:
                suspect, self._suspect_count = self._suspect_count, count
                again = suspect is not None and self._step(suspect, count) == 1
                if not again:
                    self._damaged += 1
                    return None
        self._suspect_count = None
        if stamp is not None and self._stamp is not None and self._leaps(self._stamp, stamp, elapsed_s):
            before, self._suspect = self._suspect, stamp
            if before is None or self._leaps(before, stamp, elapsed_s):
                self._damaged += 1
                return None
            self._stamp = None
        self._suspect = None
        lost, self._damaged = self._damaged, 0
        before_s, before, counted = self._arrived_s, self._stamp, self._counted
        self._arrived_s, self._stamp, self._counted = now_s, stamp, count
        if before_s is None:
            return 0
        if count is not None and counted is not None:
            if not self._modulus and count == 0 and counted + 1 in _USUAL:
                self._modulus = counted + 1
            step = self._step(counted, count)
            return step - 1 if step > 0 and not again else self._restarted(before_s, now_s)
        if stamp is None:
            return lost
        if before is None:  # the stamps began again
            return self._restarted(before_s, now_s)
        step_s = self._step_s(before, stamp)
        steps = round(step_s * self._rate_hz)
        return max(steps - 1, 0) if step_s >= self._least_s or lost else 0

    def _step(self, before: int, after: int) -> int:
        """From one number to another."""
        return (after - before) % self._modulus if self._modulus else after - before

    def _step_s(self, before: float, stamp: float) -> float:
        step_s = (stamp - before) * self._tick_s
        return step_s if step_s >= 0 else step_s + _WRAPS * self._tick_s

    def _leaps(self, before: float, stamp: float, elapsed_s: float) -> bool:
        return not self._step_s(before, stamp) <= elapsed_s + _BACKLOG_S

    def _restarted(self, before_s: float, now_s: float) -> int:
        """The board restarted: only the time that passed here shows what is missing."""
        self.restarts += 1
        return max(round((now_s - before_s) * self._rate_hz) - 1, 1)
