"""How far each finger is bent: a pose reduced to five numbers."""

from __future__ import annotations

from math import isfinite

import numpy as np
from numpy.typing import NDArray

from emgctl.handmodel.joints import FINGERS, LIMITS_RAD

_BENT_RAD = {
    finger: {
        joint: most for joint, (_, most) in LIMITS_RAD.items() if joint.startswith(finger) and joint.endswith("_fe")
    }
    for finger in FINGERS
}


def closures(joints: tuple[str, ...], angles_rad: NDArray[np.floating]) -> dict[str, float]:
    """Flexion of the fingers, from 0 (straight) to 1 (fully bent), in the order of ``FINGERS``.

    Args:
        joints: the pose's joints; only flexion joints count, and fingers without any are left out.
        angles_rad: their angles, ``(J,)``.
    """
    angles = {joint: float(angle) for joint, angle in zip(joints, angles_rad, strict=True) if isfinite(angle)}
    found = {}
    for finger, bent_rad in _BENT_RAD.items():
        known = [joint for joint in bent_rad if joint in angles]
        if known:
            share = sum(angles[joint] for joint in known) / sum(bent_rad[joint] for joint in known)
            found[finger] = min(max(share, 0.0), 1.0)
    return found
