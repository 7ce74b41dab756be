"""Metrics of a pose decoder: errors of angles and fingertips, smoothness, and simple baselines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.handmodel.joints import JOINTS, as_hand, limits
from emgctl.handmodel.kinematics import MOVING, TIPS, distance_mm
from emgctl.handmodel.smoothing import OneEuro, Smoothing
from emgctl.recording.windows import Indices
from emgctl.training.pose.frames import PoseFrames, segments

Poses = NDArray[np.float32]
ENOUGH_JOINTS = 15  # of the twenty, needed to locate fingertips


@dataclass(frozen=True, slots=True)
class PoseMetrics:
    """Metrics over the tested frames with known poses; all errors are mean absolute values.

    ``mae_vs_mean_pose`` is the relative reduction of the error compared to always predicting the training mean pose.
    ``r2`` is the median over joints of the explained variance. Speed (rad/s) and ``jerk`` (rad/s^3) are those of the
    predicted movement, ``true_...`` those of the true one. ``landmark_mm`` and ``tip_mm`` are the position errors of
    all landmarks and of the five fingertips; None if too few joints are known. ``joints`` has the error, that of the
    mean pose, and R2 of each joint.
    """

    mae_rad: float
    mean_pose_rad: float
    mae_vs_mean_pose: float
    r2: float
    speed: float
    true_speed: float
    speed_error: float
    jerk: float
    true_jerk: float
    landmark_mm: float | None
    tip_mm: float | None
    moments: int
    joints: dict[str, dict[str, float]]

    def core(self) -> dict[str, float]:
        """The most important metrics."""
        return {key: getattr(self, key) for key in ("mae_rad", "mae_vs_mean_pose", "r2", "speed", "jerk")}

    def as_json(self) -> dict[str, Any]:
        """The metrics under the keys of every result file."""
        named = {key: getattr(self, key) for key in self.__slots__ if key not in ("mean_pose_rad", "joints", "moments")}
        return {**named, "moments": self.moments, "joints": self.joints, "baselines": {"mean_pose": self.mean_pose_rad}}


def measure(windows: PoseFrames, tested: Indices, predicted: Poses, mean: Poses) -> PoseMetrics:
    """Compare predicted with true poses.

    Args:
        windows: all frames.
        tested: the predicted ones, ``(N,)``.
        predicted: predicted angles ``(N, J)`` in radians.
        mean: the mean pose of the training data, ``(J,)``, or ``(N, J)`` for several folds.
    """
    true, usual = windows.angles[tested], np.broadcast_to(mean, predicted.shape)
    known = np.isfinite(true).all(axis=1)
    apart, without = np.abs(predicted - true)[known], np.abs(usual - true)[known]
    spread = np.square(true[known] - true[known].mean(axis=0)).sum(axis=0)
    moves = spread > 1e-9 * known.sum()  # the variance of a joint that does not move is undefined
    r2 = 1 - np.square(apart).sum(axis=0) / np.where(moves, spread, 1.0)
    each, base = apart.mean(axis=0), without.mean(axis=0)
    rate_hz = windows.signal.rate_hz / windows.hop
    parts = [np.searchsorted(tested, one) for one in segments(windows, tested[known])]
    ours, theirs = [predicted[one] for one in parts], [true[one] for one in parts]
    names = windows.track.joints
    seen = sum(joint in names for joint in JOINTS) >= ENOUGH_JOINTS
    ours_hand, their_hand = (as_hand(names, one[known]) for one in (predicted, true))
    return PoseMetrics(
        mae_rad=float(each.mean()),
        mean_pose_rad=float(base.mean()),
        mae_vs_mean_pose=float(1 - each.mean() / base.mean()),
        r2=float(np.median(r2[moves])) if moves.any() else 0.0,
        speed=_changes(ours, 1, rate_hz),
        true_speed=_changes(theirs, 1, rate_hz),
        speed_error=_changes([one - other for one, other in zip(ours, theirs, strict=True)], 1, rate_hz),
        jerk=_changes(ours, 3, rate_hz),
        true_jerk=_changes(theirs, 3, rate_hz),
        landmark_mm=float(distance_mm(ours_hand, their_hand, MOVING).mean()) if seen else None,
        tip_mm=float(distance_mm(ours_hand, their_hand, TIPS).mean()) if seen else None,
        moments=int(known.sum()),
        joints={
            name: {"mae_rad": float(each[place]), "mean_pose_rad": float(base[place]), "r2": float(r2[place])}
            for place, name in enumerate(names)
        },
    )


def _changes(parts: Sequence[Poses], order: int, rate_hz: float) -> float:
    """The mean absolute derivative of an order, over all joints and frames."""
    found = [np.abs(np.diff(one.astype(np.float64), order, axis=0)) for one in parts if len(one) > order]
    return float(np.concatenate(found).mean()) * rate_hz**order if found else 0.0


def smoothed(windows: PoseFrames, tested: Indices, predicted: Poses, how: Smoothing) -> Poses:
    """Poses as output by the decoder: within the joints' limits, and smoothed from the start of each segment."""
    least, most = limits(windows.track.joints)
    rate_hz, found = windows.signal.rate_hz / windows.hop, np.empty_like(predicted)
    for segment in segments(windows, tested):
        place, euro = np.searchsorted(tested, segment), OneEuro.of(how, rate_hz)
        found[place] = np.stack([euro(one) for one in np.clip(predicted[place], least, most)])
    return found


def by_person(windows: PoseFrames, tested: Indices, predicted: Poses, mean: Poses) -> list[dict[str, Any]]:
    """A table as in Salter et al. 2024: for each way of holding out data, errors per person, their mean and deviation.

    Angles are in degrees, positions in millimeters.
    """
    rows, usual = [], np.broadcast_to(mean, predicted.shape)
    person, part = windows.person[tested], windows.published_split[tested]
    for held_out in dict.fromkeys(part.tolist()):
        mine = part == held_out
        each = [
            measure(
                windows,
                tested[mine & (person == one)],
                predicted[mine & (person == one)],
                usual[mine & (person == one)],
            )
            for one in np.unique(person[mine])
        ]
        columns = {
            "angle_deg": [np.degrees(one.mae_rad) for one in each],
            "mean_pose_deg": [np.degrees(one.mean_pose_rad) for one in each],
            "landmark_mm": [one.landmark_mm or np.nan for one in each],
            "tip_mm": [one.tip_mm or np.nan for one in each],
            "speed_rad_s": [one.speed for one in each],
            "jerk_rad_s3": [one.jerk for one in each],
        }
        figures = {key: {"mean": float(np.mean(of)), "std": float(np.std(of))} for key, of in columns.items()}
        rows.append({"held_out": held_out.removeprefix("test ") or "all", "people": len(each), **figures})
    return rows
