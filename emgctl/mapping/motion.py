"""The forearm's attitude, from the quaternion of an armband's IMU.

Angles are Tait-Bryan angles of the orientation relative to the centre, in degrees. The armband's x axis lies along the
forearm. What moves an axis follows :class:`emgctl.mapping.steering.SteeringAngle`, which has no singular place on the
way.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from emgctl.mapping.quaternion import Quaternion, relative, tait_bryan_deg, unit

Turn = Literal["yaw", "pitch", "roll"]


class Attitude:
    """Where the forearm points, relative to where it pointed when it was centred."""

    def __init__(self) -> None:
        self.now: Quaternion | None = None
        self.center: Quaternion | None = None
        self._angles: dict[str, float] | None = None

    def update(self, row: NDArray[np.float32]) -> bool:
        """Take a motion row ``(10,)``; the first one is the centre. False when its quaternion is no orientation."""
        now = unit(row[:4].tolist())
        if now is None:
            return False
        self.now, self._angles = now, None
        if self.center is None:
            self.center = now
        return True

    def recentre(self) -> None:
        """Call the present orientation the centre."""
        self.center, self._angles = self.now, None

    def degrees(self, turn: Turn) -> float | None:
        """The angle from the centre, None before the first row."""
        if self.now is None or self.center is None:
            return None
        if self._angles is None:
            self._angles = tait_bryan_deg(relative(self.center, self.now))
        return self._angles[turn]
