"""Detects lost samples from time stamps, without mistaking bursts and late deliveries for losses."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

HOLE_S = 0.05
"""The shortest detectable loss; a stream with more jitter hides losses up to its jitter."""
CONFIRM_S = 0.1
"""How long samples after a jump of the time stamps are observed before the jump counts as a loss."""
LONGEST_CONFIRM_S = 1.0
HISTORY_S = 2.0
LONGEST_HOLE_S = 3600.0
_LATEST_S = 1e12  # no clock of any kind shows more
_RANGES = 20  # number of parts of the history

Stamps = NDArray[np.float64]


class Run(NamedTuple):
    """Consecutive ``samples``, and how many were ``lost`` before the first of them."""

    lost: int
    samples: int


class _Range(NamedTuple):
    """Lags of a group of samples: count, lowest, highest, and the delay of their arrival."""

    samples: int
    low: float
    high: float
    arrival: float


class LossDetector:
    """Decides how many samples are missing from one stream at its declared rate.

    The *lag* of a sample is its time stamp minus its number divided by the rate. Bursts, and late senders catching up,
    raise lags only temporarily; only a loss raises even the lowest of them permanently. So a jump beyond the jitter of
    the last 2 s is observed until a sample is on time again, for at most 0.1 s or three times the jitter. It is a loss
    if the lags stay high and if the samples really took that long to arrive: setting a clock makes time stamps jump
    too.
    """

    def __init__(self, rate_hz: float) -> None:
        self._period_s = 1 / rate_hz
        self._a_range = max(round(HISTORY_S * rate_hz / _RANGES), 1)
        self._history: deque[_Range] = deque(maxlen=_RANGES)
        self._held: Stamps = np.empty(0)
        self._held_since_s = 0.0
        self._index = 0
        self._shift_s = 0.0

    def push(self, stamps_s: Stamps, now_s: float) -> list[Run]:
        """Return the runs decided so far, beginning with the oldest sample held back.

        ``stamps_s`` are those of samples that arrived at ``now_s`` on the monotonic clock; empty to check whether
        samples held back have waited long enough.
        """
        if not len(self._held):
            self._held_since_s = now_s
        self._held = np.concatenate([self._held, stamps_s]) if len(self._held) else stamps_s
        runs: list[Run] = []
        while len(self._held) and (run := self._next(now_s)) is not None:
            runs.append(run)
        return runs

    def _next(self, now_s: float) -> Run | None:
        first, last = self._index, self._index + len(self._held)
        lags = self._held - np.arange(first, last) * self._period_s - self._shift_s
        lowest, highest = float(lags.min()), float(lags.max())
        if not (lowest >= -_LATEST_S and highest <= _LATEST_S):  # no usable time stamps
            self._history.clear()
            return self._pass(0, len(self._held), None, now_s)
        if not self._history:
            return self._pass(0, 1, lags[:1], now_s)
        low, high = min(one.low for one in self._history), max(one.high for one in self._history)
        jitter_s, shortest_s = high - low, max(HOLE_S, 1.5 * self._period_s)
        if lags[0] < low - max(shortest_s, jitter_s):  # the sender's clock was set back
            self._history.clear()
            return self._pass(0, 1, lags[:1], now_s)
        limit = high + max(shortest_s, jitter_s)
        if highest <= limit:
            return self._pass(0, len(lags), (lowest, highest), now_s)
        leaps = lags > limit
        if not leaps[0]:
            count = int(leaps.argmax())
            return self._pass(0, count, lags[:count], now_s)
        return self._after_leap(lags, low, jitter_s, now_s)

    def _after_leap(self, lags: Stamps, low: float, jitter_s: float, now_s: float) -> Run | None:
        watched_s = min(max(CONFIRM_S, 3 * jitter_s, 4 * self._period_s), LONGEST_CONFIRM_S)
        on_time = lags <= low + max(HOLE_S, jitter_s) / 2
        if on_time.any():  # earlier ones were late
            count = int(on_time.argmax()) + 1
            return self._pass(0, count, lags[:count], now_s)
        since_s = self._held - self._held[0]
        count = int(np.searchsorted(since_s, watched_s, "right"))
        if count == len(since_s):
            if now_s - self._held_since_s < 2 * watched_s:
                return None  # keep observing
            return self._pass(0, count, lags, now_s)  # too few samples to decide by
        after = lags[:count]
        early, late = after[since_s[:count] <= watched_s / 3], after[since_s[:count] >= 2 * watched_s / 3]
        settled = float(late.min()) if len(late) else float(after.min())
        stays = float(early.min()) - settled <= max(0.06 * watched_s, jitter_s / 3)
        missing_s = settled - low
        if not stays:  # the sender is still catching up
            return self._pass(0, count, after, now_s)
        arrival = now_s - self._period_s * (self._index + len(lags))
        if missing_s > LONGEST_HOLE_S or arrival - min(one.arrival for one in self._history) < missing_s / 2:
            self._shift_s += missing_s  # nothing is missing; the sender's clock was set
            return self._pass(0, count, after - missing_s, now_s)
        lost = round(missing_s / self._period_s)
        return self._pass(lost, count, after - lost * self._period_s, now_s)

    def _pass(self, lost: int, count: int, lags: Sequence[float] | Stamps | None, now_s: float) -> Run:
        """Release samples; their ``lags`` become the expected jitter, None if unknown. The extremes are enough."""
        self._held, self._held_since_s = self._held[count:], now_s
        self._index += lost + count
        if lags is not None:
            arrival = now_s - self._period_s * (self._index + len(self._held))
            self._remember(_Range(count, float(min(lags)), float(max(lags)), arrival))
        return Run(lost, count)

    def _remember(self, new: _Range) -> None:
        if self._history and self._history[-1].samples + new.samples <= self._a_range:
            last = self._history.pop()
            low, high = min(last.low, new.low), max(last.high, new.high)
            new = _Range(last.samples + new.samples, low, high, min(last.arrival, new.arrival))
        self._history.append(new)
