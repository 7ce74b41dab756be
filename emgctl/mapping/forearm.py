"""The forearm's orientation as reported by the IMU, and the age of that report."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from emgctl.mapping.motion import Attitude, Turn
from emgctl.mapping.trigger import SAME_S

LOST_S = 0.2
"""After this long without a motion row on the sample clock, motion counts as lost."""

_AHEAD_S = 1.0  # rows carry the end time of their block, which may be ahead; if further ahead, the clock has restarted
_COLUMNS = 10
_GYRO = {"roll": 7, "pitch": 8, "yaw": 9}  # positions in a motion row: w x y z, acceleration, angular velocity


class Forearm:
    """Attitude and angular velocity with their age. Rows without a valid orientation are ignored.

    While motion is lost, the angular velocity is 0 and the height of the forearm is unknown.
    """

    def __init__(self) -> None:
        self.attitude = Attitude()
        self._rates: NDArray[np.float32] | None = None
        self._now_s: float | None = None
        self._row_s: float | None = None
        self._unstamped = False

    def update(self, rows: NDArray[np.float32], at_s: float | None = None) -> None:
        """Add motion rows ``(10,)`` or ``(N, 10)`` received at ``at_s`` of the sample clock.

        Without a time they count as received at the next step.
        """
        rows = np.atleast_2d(rows)
        if rows.ndim != 2 or rows.shape[1] != _COLUMNS:
            return
        for row in rows[::-1]:  # only the newest counts
            if self.attitude.update(row):
                self._rates, self._unstamped = row, at_s is None or not math.isfinite(at_s)
                self._row_s = self._row_s if self._unstamped else at_s
                break

    def recentre(self) -> None:
        """Make the present orientation the center; while motion is lost, the first one that returns."""
        if self.lost:
            self.attitude.center = None
        else:
            self.attitude.recentre()

    def at(self, now_s: float) -> None:
        """Advance the sample clock to ``now_s``."""
        if self._unstamped or self._row_s is None or self._row_s > now_s + _AHEAD_S:  # None: age counts from here on
            self._row_s, self._unstamped = now_s, False
        self._now_s = now_s

    def forget_rates(self) -> None:
        """Set the angular velocity to 0 until the next row: values from before an interruption are obsolete."""
        self._rates = None

    @property
    def silent_s(self) -> float:
        """Time since the last motion row, in seconds of the sample clock."""
        return 0.0 if self._now_s is None or self._row_s is None else max(self._now_s - self._row_s, 0.0)

    @property
    def lost(self) -> bool:
        """Whether the last motion row is too old to act on."""
        return self.silent_s >= LOST_S - SAME_S

    @property
    def height_deg(self) -> float | None:
        """Angle of the forearm above the center, in [-90, 90]; None before the first row and while motion is lost."""
        return None if self.lost else self.attitude.degrees("pitch")

    def degrees_per_s(self, turn: Turn) -> float:
        """The angular velocity; 0 if unknown."""
        if self._rates is None or self.lost:
            return 0.0
        rate = float(self._rates[_GYRO[turn]])
        return rate if math.isfinite(rate) else 0.0
