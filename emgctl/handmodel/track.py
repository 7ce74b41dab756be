"""Converts a recorded pose to the twenty joint angles of the hand model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import UsageError
from emgctl.handmodel.glove import as_angles, ranges
from emgctl.handmodel.joints import JOINTS, as_hand
from emgctl.types import PoseTrack, Recording


def twenty(track: PoseTrack) -> NDArray[np.float32]:
    """Angles ``(T, 20)`` of ``JOINTS`` in radians; 0 for joints missing in the track, NaN for missing values.

    Raises:
        UsageError: the track is not in radians, or has no joint of the hand.
    """
    if track.unit != "rad":
        raise UsageError("the pose consists of raw glove values; convert them to joint angles first")
    if not set(track.joints) & set(JOINTS):
        raise UsageError(f"the pose has none of the hand's joints; it has {', '.join(track.joints[:4])} ...")
    return as_hand(track.joints, track.values)


def in_radians(recordings: Sequence[Recording]) -> list[PoseTrack | None]:
    """Each recording's pose in radians, None if it has none.

    Each sensor of a glove is assumed to cover its joint's range over all recordings of the person; see
    :mod:`emgctl.handmodel.glove`.

    Raises:
        UsageError: a glove is not supported.
    """
    worn: dict[str, list[NDArray[np.float32]]] = {}
    for one in recordings:
        if one.pose is not None and one.pose.unit == "raw":
            worn.setdefault(one.subject, []).append(one.pose.values)
    went = {subject: ranges(np.concatenate(values)) for subject, values in worn.items()}
    return [
        as_angles(one.pose, went[one.subject]) if one.pose is not None and one.pose.unit == "raw" else one.pose
        for one in recordings
    ]
