"""Pacing: when a recorded or simulated sample is due, for inputs that play at the signal's own speed."""

from __future__ import annotations

import time
from typing import Annotated, Literal

from pydantic import BeforeValidator

PACKET_S = 0.01  # an armband sends two samples at a time at 200 Hz
_FASTEST = 1000.0


def _known_speed(value: object) -> object:
    if value in ("real", "max"):
        return value
    try:
        factor = float(value)  # type: ignore[arg-type]  # anything float() rejects is handled below
    except (TypeError, ValueError):
        factor = 0.0
    if not 0 < factor <= _FASTEST:
        raise ValueError(f"should be real, max or a factor of real time up to {_FASTEST:g}, not '{value}'")
    return factor


Speed = Annotated[Literal["real", "max"] | float, BeforeValidator(_known_speed)]
"""Speed of an input: "real" time, as fast as it can be read ("max"), or a factor of real time."""


class Pacer:
    """Computes when samples are due, with absolute deadlines, so that the reader's delays never add up.

    The clock starts at the first :meth:`wait`. Sample ``i`` (counted from the first one played) is due
    ``(i + 1) / rate_hz / factor`` seconds later: a block is available when its last sample is, as with a device.
    A late reader gets everything that is due immediately.
    """

    def __init__(self, rate_hz: float, speed: Speed) -> None:
        if not rate_hz > 0:
            raise ValueError(f"the rate must be positive, not {rate_hz:g} Hz")
        factor = 1.0 if speed == "real" else speed
        self._period_s = 0.0 if factor == "max" else 1 / (rate_hz * factor)
        self._started_s: float | None = None

    def wait(self, count: int, timeout_s: float) -> float | None:
        """Sleep until ``count`` samples have been played.

        Args:
            count: the index of the last sample needed, plus one.
            timeout_s: how long to sleep at most.

        Returns:
            The :func:`time.perf_counter` time at which the last of them was due (the present at "max" speed), or
            None when ``timeout_s`` passed first.
        """
        now_s = time.perf_counter()
        if not self._period_s:
            return now_s
        if self._started_s is None:
            self._started_s = now_s
        due_s = self._started_s + count * self._period_s
        if due_s - now_s > timeout_s:
            time.sleep(max(timeout_s, 0.0))
            return None
        while (left_s := due_s - time.perf_counter()) > 0:
            time.sleep(left_s)
        return due_s
