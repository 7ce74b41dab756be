"""Unit quaternions ``(w, x, y, z)`` and their rotation angles; the x axis lies along the forearm."""

from __future__ import annotations

import math
from collections.abc import Sequence

Quaternion = tuple[float, float, float, float]
_NORMS = (0.5, 2.0)  # a sensor's quaternion has norm 1 up to rounding; outside this range it is not an orientation


def unit(parts: Sequence[float]) -> Quaternion | None:
    """``parts`` (w x y z) scaled to norm 1; None if they are not an orientation (NaN, zero, norm far from 1)."""
    w, x, y, z = (float(part) for part in parts)
    norm = math.sqrt(w * w + x * x + y * y + z * z)
    if not _NORMS[0] <= norm <= _NORMS[1]:  # also false for NaN
        return None
    return w / norm, x / norm, y / norm, z / norm


def relative(center: Quaternion, now: Quaternion) -> Quaternion:
    """``now`` as seen from ``center``: the product of the center's conjugate and ``now``."""
    a, (b, c, d) = center[0], (-part for part in center[1:])
    w, x, y, z = now
    return (
        a * w - b * x - c * y - d * z,
        a * x + b * w + c * z - d * y,
        a * y - b * z + c * w + d * x,
        a * z + b * y - c * x + d * w,
    )


def rotation_deg(q: Quaternion) -> float:
    """The angle of the rotation, in [0, 180] degrees; ``q`` and ``-q`` are the same rotation."""
    w, x, y, z = q
    return math.degrees(2.0 * math.atan2(math.sqrt(x * x + y * y + z * z), abs(w)))


def wrapped_deg(angle_deg: float) -> float:
    """The equivalent angle in [-180, 180) degrees."""
    return (angle_deg + 180.0) % 360.0 - 180.0


def tait_bryan_deg(q: Quaternion) -> dict[str, float]:
    """Tait-Bryan angles in the order yaw, pitch, roll (z, y, x), in degrees (Diebel, Representing attitude, 2006).

    Yaw and roll are undefined where pitch is +-90 degrees; pitch itself is smooth everywhere.
    """
    w, x, y, z = q
    roll = math.atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y))
    pitch = math.asin(min(max(2 * (w * y - z * x), -1.0), 1.0))
    yaw = math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
    return {"roll": math.degrees(roll), "pitch": math.degrees(pitch), "yaw": math.degrees(yaw)}


def swing_twist_deg(q: Quaternion) -> dict[str, float]:
    """The forearm's twist about its own axis (roll) and where it has swung to (pitch, yaw), in [-180, 180] degrees.

    ``q`` is a swing about an axis across the forearm after a twist about the forearm; the swing's rotation vector gives
    pitch and yaw (Dobrowolski, Swing-twist decomposition in Clifford algebra, 2015). For small angles they are the
    Tait-Bryan angles. The only singular place is the opposite of the center, 180 degrees of swing away.
    """
    w, x, y, z = q
    twist, swing = math.hypot(w, x), math.hypot(y, z)
    a, b = (w / twist, x / twist) if twist > 0 else (1.0, 0.0)
    scale = 2.0 * math.atan2(swing, twist) / swing if swing > 0 else 2.0
    roll = wrapped_deg(math.degrees(2.0 * math.atan2(b, a)))
    return {
        "roll": roll,
        "pitch": math.degrees(scale * (y * a - z * b)),
        "yaw": math.degrees(scale * (y * b + z * a)),
    }
