"""The twenty joint angles of a hand: names, order and limits.

Names and order are those of emg2pose (Salter et al. 2024), so that recordings are interchangeable. FE is flexion
(positive) and extension, AA abduction: of fingers positive towards the thumb, of the thumb away from the palm.
"""

from __future__ import annotations

from math import radians
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

FINGERS = ("thumb", "index", "middle", "ring", "pinky")
THUMB = ("thumb_cmc_fe", "thumb_cmc_aa", "thumb_mcp_fe", "thumb_ip_fe")
JOINTS = (
    *THUMB,
    *(f"{finger}_{joint}" for finger in FINGERS[1:] for joint in ("mcp_aa", "mcp_fe", "pip_fe", "dip_fe")),
)

# Active ranges of motion in degrees as orthopaedics takes them to be normal (American Academy of Orthopaedic Surgeons,
# Joint Motion, 1965): MCP 45 extension to 90 flexion, PIP 0 to 100, DIP 10 to 90; thumb CMC 20 extension to 15 flexion
# in the plane of the palm (given 30 here: with opposition, which it counts apart), 0 to 70 out of it, MCP 0 to 50, IP
# 20 to 80. Abduction of fingers is not given there: 25 to either side (Kapandji, The Physiology of the Joints).
_LIMITS_DEG = {
    "thumb_cmc_fe": (-20, 30), "thumb_cmc_aa": (0, 70), "thumb_mcp_fe": (0, 50), "thumb_ip_fe": (-20, 80),
    "mcp_aa": (-25, 25), "mcp_fe": (-45, 90), "pip_fe": (0, 100), "dip_fe": (-10, 90),
}  # fmt: skip


def _limit(joint: str) -> tuple[float, float]:
    least, most = _LIMITS_DEG.get(joint) or _LIMITS_DEG[joint.partition("_")[2]]
    return radians(least), radians(most)


LIMITS_RAD = MappingProxyType({joint: _limit(joint) for joint in JOINTS})
"""Minimum and maximum angle of each joint."""


def limits(joints: tuple[str, ...]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Minimum and maximum angles ``(J,)`` of joints; infinite for a joint without limits."""
    least, most = np.array([LIMITS_RAD.get(joint, (-np.inf, np.inf)) for joint in joints], np.float32).T
    return least.copy(), most.copy()


def as_hand(joints: tuple[str, ...], angles_rad: NDArray[np.float32]) -> NDArray[np.float32]:
    """Extend angles ``(..., J)`` of some joints to all :data:`JOINTS`, ``(..., 20)``; the others are straight."""
    whole = np.zeros((*angles_rad.shape[:-1], len(JOINTS)), np.float32)
    for place, joint in enumerate(JOINTS):
        if joint in joints:
            whole[..., place] = angles_rad[..., joints.index(joint)]
    return whole
