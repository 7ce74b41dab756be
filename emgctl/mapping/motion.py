"""The forearm's attitude, from the quaternion of an armband's IMU.

Angles are Tait-Bryan angles in the order yaw, pitch, roll (z, y, x) of the orientation relative to the centre, in
degrees (Diebel, Representing attitude, 2006). The armband's x axis lies along the forearm.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Turn = Literal["yaw", "pitch", "roll"]
Quaternion = tuple[float, float, float, float]
_GYRO = {"roll": 7, "pitch": 8, "yaw": 9}  # places in a motion row: w x y z, acceleration, angular velocity


class Attitude:
    """Where the forearm points, relative to where it pointed when it was centred."""

    def __init__(self) -> None:
        self._now: Quaternion | None = None
        self._centre: Quaternion | None = None
        self._row: NDArray[np.float32] | None = None
        self._angles: dict[str, float] | None = None

    def update(self, row: NDArray[np.float32]) -> None:
        """Take a motion row ``(10,)``; the first one is the centre. A row that is no orientation is left out."""
        w, x, y, z = (float(value) for value in row[:4])
        norm = math.sqrt(w * w + x * x + y * y + z * z)
        if not math.isfinite(norm) or norm < 0.5:
            return
        self._row, self._angles = row, None
        self._now = (w / norm, x / norm, y / norm, z / norm)
        if self._centre is None:
            self._centre = self._now

    def recentre(self) -> None:
        """Call the present orientation the centre."""
        self._centre, self._angles = self._now, None

    def degrees(self, turn: Turn) -> float | None:
        """The angle from the centre, None before the first row."""
        if self._now is None or self._centre is None:
            return None
        if self._angles is None:
            self._angles = _angles_deg(_relative(self._centre, self._now))
        return self._angles[turn]

    def degrees_per_s(self, turn: Turn) -> float | None:
        """The angular velocity, None before the first row or where it is not finite."""
        if self._row is None:
            return None
        rate = float(self._row[_GYRO[turn]])
        return rate if math.isfinite(rate) else None


def _relative(centre: Quaternion, now: Quaternion) -> Quaternion:
    """``now`` as seen from ``centre``: the product of the centre's conjugate and ``now``."""
    a, (b, c, d) = centre[0], (-part for part in centre[1:])
    w, x, y, z = now
    return (
        a * w - b * x - c * y - d * z,
        a * x + b * w + c * z - d * y,
        a * y - b * z + c * w + d * x,
        a * z + b * y - c * x + d * w,
    )


def _angles_deg(q: Quaternion) -> dict[str, float]:
    w, x, y, z = q
    roll = math.atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y))
    pitch = math.asin(min(max(2 * (w * y - z * x), -1.0), 1.0))
    yaw = math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
    return {"roll": math.degrees(roll), "pitch": math.degrees(pitch), "yaw": math.degrees(yaw)}
