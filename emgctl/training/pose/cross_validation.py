"""Held-out errors: how a network performs on groups it was not trained on, before the final fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgctl.recording.windows import Indices


@dataclass(frozen=True, slots=True)
class HeldOutPoses:
    """Predictions for frames ``(N,)`` of a group, and true values, both ``(N, J)`` relative to the trained mean pose.

    ``scale`` ``(J,)`` are the joints' standard deviations; true values are NaN if unknown.
    """

    moments: Indices
    predicted: NDArray[np.float32]
    true: NDArray[np.float32]
    scale: NDArray[np.float32]


def shrinkage(held_out: Sequence[HeldOutPoses]) -> NDArray[np.float32]:
    """The optimal scale of each joint's deviation from the mean pose, as a share ``(J,)`` of the prediction."""
    along, whole = 0.0, 1e-9
    for one in held_out:
        known = np.isfinite(one.true).all(axis=1)
        along = along + (one.predicted * one.true)[known].sum(axis=0)
        whole = whole + np.square(one.predicted)[known].sum(axis=0)
    return np.clip(np.asarray(along / whole, np.float32), 0, 1)


def errors(held_out: Sequence[HeldOutPoses], share: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean absolute error of each frame ``(N,)`` in standard deviations, NaN if the pose is unknown."""
    parts = [np.mean(np.abs(share * one.predicted - one.true) / one.scale, axis=1) for one in held_out]
    return np.concatenate(parts).astype(np.float32)
