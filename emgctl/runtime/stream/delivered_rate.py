"""Estimates the rate at which samples really arrive, which may differ from the declared one."""

from __future__ import annotations

from collections import deque
from statistics import median

import numpy as np

OFF = 0.018  # deviation from the declared rate that is reported: 2 % minus the estimate's error
FAR_OFF = (0.75, 1.33)  # range, times the declared rate, in which the signal is usable
LEAST_S, SPAN_S = 4.0, 30.0  # of arrivals used for the precise estimate
BACKLOG_S = 1.0  # of samples at once do not reflect the rate: a backlog, or a jump of the index
_PIECE_S = 0.5  # arrivals are counted in pieces; their median is robust to bursts
_PIECES = 4


class DeliveredRate:
    """Estimates the rate from arrival times, independent of block size.

    Samples can arrive late but never early. So in each piece of time the arrival with the least delay counts, and the
    rate is the slope through these: a hiccup makes no difference, and a burst only a small one.
    """

    def __init__(self, rate_hz: float, silence_s: float) -> None:
        self._declared_hz, self._silence_s = rate_hz, silence_s
        self._piece_s = max(_PIECE_S, 2 * silence_s)
        self.reset()

    def reset(self) -> None:
        """Start over, as after silence or a reconnect."""
        self._begin: tuple[float, int] | None = None  # when the piece began, and the samples by then
        self._last_s = 0.0
        self._samples = 0
        self._earliest = (0.0, 0.0, 0)  # of this piece: how late it is, when it arrived, the samples by then
        self._rates: deque[float] = deque(maxlen=_PIECES)
        self._points: deque[tuple[float, int]] = deque(maxlen=round(SPAN_S / self._piece_s))

    def push(self, count: int, received_s: float) -> bool:
        """Add ``count`` samples, including lost ones; True when the estimates have changed."""
        waited_s = received_s - self._last_s
        far_ahead = count > (waited_s + BACKLOG_S) * self._declared_hz
        if self._begin is None or far_ahead or not 0 <= waited_s < self._silence_s:
            self.reset()
            self._begin = (received_s, 0)  # the first block's own samples came before
            self._last_s = received_s
            self._earliest = (np.inf, 0.0, 0)
            return False
        self._samples += count
        self._last_s = received_s
        late_s = received_s - self._samples / self._declared_hz
        self._earliest = min(self._earliest, (late_s, received_s, self._samples))
        since_s, before = self._begin
        if received_s - since_s < self._piece_s:
            return False
        self._rates.append((self._samples - before) / (received_s - since_s))
        self._points.append(self._earliest[1:])
        self._begin, self._earliest = (received_s, self._samples), (np.inf, 0.0, 0)
        return True

    @property
    def far_off_hz(self) -> float:
        """The rate if it makes the signal unusable, otherwise 0."""
        if len(self._rates) < _PIECES:
            return 0.0
        rate_hz = median(self._rates)
        return 0.0 if FAR_OFF[0] < rate_hz / self._declared_hz < FAR_OFF[1] else rate_hz

    @property
    def off_hz(self) -> float:
        """The rate if it certainly differs from the declared one, otherwise 0."""
        if len(self._points) < 4 or self._points[-1][0] - self._points[0][0] < LEAST_S:
            return 0.0
        at_s, samples = np.array(self._points).T
        slope, offset = np.polyfit(at_s - at_s[0], samples, 1)
        spread = np.abs(samples - offset - slope * (at_s - at_s[0])).max() / (at_s[-1] - at_s[0])
        away = abs(slope - self._declared_hz) - 2 * spread
        return float(slope) if away > OFF * self._declared_hz else 0.0
