"""Converts a data glove's raw sensor values to joint angles, using each person's range of motion.

A CyberGlove's sensors bend with the joints. NinaPro's were not calibrated: DB1 has raw numbers from 0 to 255, DB5 other
ones. Each sensor is assumed to cover its joint's usual range, between its 1st and 99th percentile, while the person
makes all movements, and to be at rest (the posture of a relaxed hand) at its median. So angles are proportional to the
measurement, but their scale is an estimate.

Some distal sensors read less when their finger bends: those of the middle and ring finger did in all eight people of
DB1 and DB5 examined (correlation with the preceding joint while only that finger moved, down to -0.98). But a distal
joint bends together with the middle joint, since both are moved by the deep flexor's tendon, so the sign of a distal
sensor follows from its correlation with the neighboring sensor. The signs of the sensors between fingers and of those
of palm and wrist are unknown and assumed to be positive.
"""

from __future__ import annotations

from math import radians

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import UsageError
from emgctl.handmodel.joints import FINGERS
from emgctl.types import PoseTrack

# The 22 sensors in order, and the range in degrees that each is assumed to cover while single fingers are moved. The
# order is that of Immersion's VirtualHand SDK (its list of the glove's sensors), without the index finger's own
# abduction, which no glove has. NinaPro's movements agree: bending and straightening index, middle, ring and little
# finger moves sensors 5 to 7, 8 to 10, 12 to 14 and 16 to 18, and the three between two fingers (11, 15, 19) move with
# their neighbors. Those measure an angle between two fingers, assigned here to the abduction of the outer one, or of
# the index; the notes of NinaPro's DB9 call the first of them (11) unusable.
# The thumb's first sensor measures its rotation across the palm.
SENSORS: tuple[tuple[str, int, int], ...] = (
    ("thumb_cmc_fe", 0, 30), ("thumb_mcp_fe", 0, 50), ("thumb_ip_fe", 0, 70), ("thumb_cmc_aa", 10, 50),
    ("index_mcp_fe", -20, 80), ("index_pip_fe", 0, 95), ("index_dip_fe", 0, 60),
    ("middle_mcp_fe", -20, 80), ("middle_pip_fe", 0, 95), ("middle_dip_fe", 0, 60), ("index_mcp_aa", 0, 20),
    ("ring_mcp_fe", -20, 80), ("ring_pip_fe", 0, 95), ("ring_dip_fe", 0, 60), ("ring_mcp_aa", -20, 0),
    ("pinky_mcp_fe", -20, 80), ("pinky_pip_fe", 0, 95), ("pinky_dip_fe", 0, 60), ("pinky_mcp_aa", -20, 0),
    ("palm_arch", 0, 30), ("wrist_fe", -30, 30), ("wrist_aa", -15, 15),
)  # fmt: skip
# The usual angle of each joint in degrees, for a hand at rest: the mean of the medians of the eight people of NinaPro
# DB1 and DB5 examined, using the ranges alone. So everyone's hand is assumed to have the same posture at rest.
RELAXED = (10, 26, 30, 33, 48, 23, 18, 33, 24, 36, 13, 19, 24, 38, -5, 30, 37, 24, -4, 21, -9, -2)
LEAST, GREATEST = 1.0, 99.0  # percentiles
_NAMES = [name for name, _, _ in SENSORS]
_TOGETHER = [(_NAMES.index(f"{finger}_pip_fe"), _NAMES.index(f"{finger}_dip_fe")) for finger in FINGERS[1:]]


def ranges(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Sensor values at each joint's minimum and maximum angle, ``(2, 22)``, from values ``(T, 22)`` over time.

    Their distance is the range that the sensor covered; their position follows from the relaxed hand.

    Raises:
        UsageError: the glove does not have 22 sensors.
    """
    _known(values.shape[1])
    found: NDArray[np.float32] = np.nanpercentile(values, (LEAST, GREATEST), axis=0).astype(np.float32)
    changes = np.diff(values, axis=0)
    for middle, distal in _TOGETHER:
        if np.nansum(changes[:, middle] * changes[:, distal]) < 0:
            found[:, distal] = found[::-1, distal]
    least, most = np.array([(low, high) for _, low, high in SENSORS], np.float32).T
    relaxed = (np.array(RELAXED, np.float32) - least) / (most - least)
    shift = np.nanmedian(values, axis=0) - (found[0] + relaxed * (found[1] - found[0]))
    found += shift.astype(np.float32)
    return found


def as_angles(track: PoseTrack, went: NDArray[np.float32]) -> PoseTrack:
    """Convert a glove's raw track to radians, given each sensor's range ``went`` ``(2, 22)``.

    Raises:
        UsageError: the glove does not have 22 sensors.
    """
    _known(len(track.joints))
    least, most = np.array([(radians(low), radians(high)) for _, low, high in SENSORS], np.float32).T
    span = went[1] - went[0]
    still = np.abs(span) < 1e-6  # a sensor that never moved carries no information
    share = (track.values - went[0]) / np.where(still, 1, span)
    values = np.where(still, (least + most) / 2, least + share * (most - least)).astype(np.float32)
    return PoseTrack(tuple(one[0] for one in SENSORS), values, "rad")


def _known(sensors: int) -> None:
    if sensors != len(SENSORS):
        raise UsageError(f"unsupported glove with {sensors} sensors; gloves with {len(SENSORS)} are supported")
