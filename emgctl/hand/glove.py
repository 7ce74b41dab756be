"""A data glove's sensors as joint angles, by how far each person moved them.

A CyberGlove's sensors bend with the joints and give a number from 0 to 255; NinaPro's were not calibrated. Each sensor
is taken to have gone through its joint's usual range while the person made all movements: its 1st percentile is the
least, its 99th the greatest angle. So angles are proportional to what was measured, but their size is an estimate.
"""

from __future__ import annotations

from math import radians

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import UsageError
from emgctl.types import PoseTrack

# The 22 sensors in order (CyberGlove II, Immersion: reference manual; as in Atzori et al. 2014, figure 2), and the
# range in degrees that one is taken to go through while single fingers are moved.
SENSORS: tuple[tuple[str, int, int], ...] = (
    ("thumb_cmc_fe", 0, 30), ("thumb_mcp_fe", 0, 50), ("thumb_ip_fe", 0, 70), ("thumb_cmc_aa", 10, 50),
    ("index_mcp_fe", -20, 80), ("index_pip_fe", 0, 95), ("index_dip_fe", 0, 60),
    ("middle_mcp_fe", -20, 80), ("middle_pip_fe", 0, 95), ("middle_dip_fe", 0, 60), ("index_mcp_aa", 0, 20),
    ("ring_mcp_fe", -20, 80), ("ring_pip_fe", 0, 95), ("ring_dip_fe", 0, 60), ("ring_mcp_aa", -20, 0),
    ("pinky_mcp_fe", -20, 80), ("pinky_pip_fe", 0, 95), ("pinky_dip_fe", 0, 60), ("pinky_mcp_aa", -20, 0),
    ("palm_arch", 0, 30), ("wrist_fe", -30, 30), ("wrist_aa", -15, 15),
)  # fmt: skip
LEAST, GREATEST = 1.0, 99.0  # percentiles


def ranges(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The least and the greatest value ``(2, 22)`` that each sensor is taken to have, of values ``(T, 22)``."""
    found: NDArray[np.float32] = np.nanpercentile(values, (LEAST, GREATEST), axis=0).astype(np.float32)
    return found


def as_angles(track: PoseTrack, went: NDArray[np.float32]) -> PoseTrack:
    """A glove's raw track in radians, each sensor having gone through the range ``went`` ``(2, 22)``.

    Raises:
        UsageError: the glove has not 22 sensors.
    """
    if len(track.joints) != len(SENSORS):
        raise UsageError(f"a glove with {len(track.joints)} sensors is not known; one with {len(SENSORS)} is")
    least, most = np.array([(radians(low), radians(high)) for _, low, high in SENSORS], np.float32).T
    share = (track.values - went[0]) / np.maximum(went[1] - went[0], 1e-6)
    still = went[1] - went[0] < 1e-6  # a sensor that never moved says nothing
    values = np.where(still, (least + most) / 2, least + share * (most - least)).astype(np.float32)
    return PoseTrack(tuple(one[0] for one in SENSORS), values, "rad")
