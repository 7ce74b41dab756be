"""The forearm's attitude, from the quaternion of an armband's IMU.

Angles are Tait-Bryan angles of the orientation relative to the center, in degrees. The armband's x axis lies along
the forearm. Axes follow :class:`emgctl.mapping.steering.SteeringAngle`, which has no singularity on the way.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from emgctl.mapping.quaternion import Quaternion, relative, tait_bryan_deg, unit

Turn = Literal["yaw", "pitch", "roll"]


class Attitude:
    """Where the forearm points, relative to its direction when it was centered."""

    def __init__(self) -> None:
        self.now: Quaternion | None = None
        self.center: Quaternion | None = None
        self._angles: dict[str, float] | None = None

    def update(self, row: NDArray[np.float32]) -> bool:
        """Add a motion row ``(10,)``; the first one is the center. False if its quaternion is not an orientation."""
        now = unit(row[:4].tolist())
        if now is None:
            return False
        self.now, self._angles = now, None
        if self.center is None:
            self.center = now
        return True

    def recentre(self) -> None:
        """Make the present orientation the center."""
        self.center, self._angles = self.now, None

    def degrees(self, turn: Turn) -> float | None:
        """The angle from the center, None before the first row."""
        if self.now is None or self.center is None:
            return None
        if self._angles is None:
            self._angles = tait_bryan_deg(relative(self.center, self.now))
        return self._angles[turn]
