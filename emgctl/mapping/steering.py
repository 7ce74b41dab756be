"""An angle of the forearm that an axis can follow: continuous along every path of the arm."""

from __future__ import annotations

from emgctl.mapping.motion import Turn
from emgctl.mapping.quaternion import Quaternion, relative, rotation_deg, swing_twist_deg
from emgctl.mapping.shaping import approach

GAIN = 2.0
"""Maximum change of the angle per degree that the forearm turns. Without it, the angle would change faster only far
behind: from 110 degrees of swing for yaw and pitch, from 120 for roll."""

SETTLE_DEG_PER_S = 90.0
"""How fast the angle approaches the true one while the forearm is still, after a full turn or a limited change."""

_FRONT_DEG = 90.0  # closer to the center than this, the angle does not depend on the path
_FULL_DEG = 180.0  # every axis is at its end here


class SteeringAngle:
    """One rotation angle of the forearm from ``center``, in degrees, tracked without jumps.

    No function of the orientation alone is continuous everywhere, so the path matters: past +-180 degrees the angle
    continues (190, not -170) and returns the same way, and it changes by at most :data:`GAIN` times the forearm's
    rotation. Once the forearm is back in front of the center on another path, the angle settles to the true one.
    """

    def __init__(self, turn: Turn, center: Quaternion) -> None:
        self.center = center
        self._turn = turn
        self._before: Quaternion | None = None
        self._at_deg = 0.0

    def follow(self, now: Quaternion, step_s: float, jump: bool = False) -> float:
        """The angle at orientation ``now``, ``step_s`` after the last one; with ``jump``, the true one immediately."""
        goal_deg = self._goal(swing_twist_deg(relative(self.center, now))[self._turn])
        if self._before is None or jump:
            self._at_deg = goal_deg
        else:
            most_deg = max(GAIN * rotation_deg(relative(self._before, now)), SETTLE_DEG_PER_S * step_s)
            self._at_deg = approach(self._at_deg, goal_deg, most_deg)
        self._before = now
        return self._at_deg

    def _goal(self, true_deg: float) -> float:
        """The true angle, or its equivalent reached on the forearm's path."""
        if self._before is None:
            return true_deg
        if abs(true_deg) < _FRONT_DEG:
            self._at_deg = min(max(self._at_deg, -_FULL_DEG), _FULL_DEG)
            return true_deg
        return true_deg + 360.0 * round((self._at_deg - true_deg) / 360.0)
