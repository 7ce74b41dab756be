"""An angle of the forearm that an axis can follow: continuous along every path of the arm."""

from __future__ import annotations

from emgctl.mapping.motion import Turn
from emgctl.mapping.quaternion import Quaternion, relative, rotation_deg, swing_twist_deg
from emgctl.mapping.shaping import approach

GAIN = 2.0
"""The most degrees that the angle changes with each degree the forearm turns. It would be more only far behind: from
110 degrees of swing on for yaw and pitch, from 120 for roll."""

SETTLE_DEG_PER_S = 90.0
"""How fast the angle goes to the true one while the forearm is still, after it went round or could not follow."""

_FRONT_DEG = 90.0  # nearer to the center than this, what an angle is does not depend on the way there
_FULL_DEG = 180.0  # every axis is at its end here


class SteeringAngle:
    """One turn of the forearm from ``center``, in degrees, followed without jumps.

    No function of the orientation alone is continuous everywhere, so the way counts: past +-180 degrees the angle goes
    on (190, not -170) and comes back as it went, and it changes by no more than :data:`GAIN` times what the forearm has
    turned. Once the forearm is back in front of the center by another way, the angle settles to the true one.
    """

    def __init__(self, turn: Turn, center: Quaternion) -> None:
        self.center = center
        self._turn = turn
        self._before: Quaternion | None = None
        self._at_deg = 0.0

    def follow(self, now: Quaternion, step_s: float, jump: bool = False) -> float:
        """The angle at orientation ``now``, ``step_s`` after the last one; with ``jump`` at once the true one."""
        goal_deg = self._goal(swing_twist_deg(relative(self.center, now))[self._turn])
        if self._before is None or jump:
            self._at_deg = goal_deg
        else:
            most_deg = max(GAIN * rotation_deg(relative(self._before, now)), SETTLE_DEG_PER_S * step_s)
            self._at_deg = approach(self._at_deg, goal_deg, most_deg)
        self._before = now
        return self._at_deg

    def _goal(self, true_deg: float) -> float:
        """The true angle, or the same direction reached by the way that the forearm took."""
        if self._before is None:
            return true_deg
        if abs(true_deg) < _FRONT_DEG:
            self._at_deg = min(max(self._at_deg, -_FULL_DEG), _FULL_DEG)
            return true_deg
        return true_deg + 360.0 * round((self._at_deg - true_deg) / 360.0)
