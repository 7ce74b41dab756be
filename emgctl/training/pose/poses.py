"""Frames with the hand's pose, and how well poses are predicted from the signal before them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from emgctl.dsp.preprocessing import Preprocessing, preprocess
from emgctl.handmodel.smoothing import Smoothing
from emgctl.recording.windows import Windows
from emgctl.trainer import FittedModel, Fold, Predictions, Windowing
from emgctl.training.data.preprocess_spec import learn_in
from emgctl.training.data.silent_channels import silenced
from emgctl.training.plan import Plan
from emgctl.training.pose import metrics
from emgctl.training.pose.frames import PoseFrames, frames, in_angles
from emgctl.training.target import Target, tested_in
from emgctl.types import Recording, Samples

EXAMPLE_S = 20.0  # of signal to verify an export


class Poses(Target):
    """Joint angles of frames."""

    counted = "frames"
    metrics = ("mae_rad", "mae_vs_mean_pose", "r2", "jerk")

    def cut(self, recordings: Sequence[Recording], windowing: Windowing, plan: Plan) -> Windows:
        """A frame every hop, with as much signal before it as the network sees."""
        self._plan, self._means = plan, list[metrics.Poses]()
        self._raw = frames(recordings, windowing.hop, windowing.length)
        return self._raw

    def ready(self, fold: Fold) -> tuple[Preprocessing, Windows, tuple[int, ...]]:
        """The frames of the preprocessed recordings, poses in radians; what is trained of them is of this fold."""
        raw, trained = self._raw, fold.trained_on
        steps, ignored = learn_in(self._plan.preprocess, raw, trained[raw.start[trained] >= 0])
        recordings = [preprocess(one, steps) for one in in_angles(raw.recordings, raw, trained)]
        return steps, frames(silenced(recordings, ignored), raw.hop, raw.length), ignored

    def whole(self, everything: Fold, folds: Sequence[Fold]) -> Fold:  # noqa: ARG002 - everyone is known in the end
        """All frames."""
        return everything

    def tested(self, fitted: FittedModel, windows: Windows, fold: Fold, predicted: Predictions) -> None:  # noqa: ARG002
        """Keep the mean pose of the training frames, to compare with."""
        mean = np.nanmean(PoseFrames.of(windows).angles[fold.trained_on], axis=0)
        self._means.append(np.broadcast_to(mean, predicted.values.shape))

    def figures(self, windows: Windows, folds: Sequence[Fold], predicted: Sequence[Predictions]) -> dict[str, Any]:
        """Errors as predicted and as smoothed in a run, those where the model is surer, and those of each person."""
        poses, _, confidence = (np.concatenate(one) for one in zip(*predicted, strict=True))
        tested, mean, found = tested_in(folds), np.concatenate(self._means), PoseFrames.of(windows)
        live = metrics.smoothed(found, tested, poses, Smoothing())
        apart = np.abs(poses - found.angles[tested]).mean(axis=1)
        sure = confidence >= np.median(confidence)
        return {
            "hop_ms": 1e3 * windows.hop / windows.signal.rate_hz,
            **metrics.measure(found, tested, poses, mean).as_json(),
            "smoothed": metrics.measure(found, tested, live, mean).core(),
            "confidence": {
                "surer_half_mae_rad": float(np.nanmean(apart[sure])),
                "other_half_mae_rad": float(np.nanmean(apart[~sure])) if (~sure).any() else None,
            },
            "held_out": metrics.by_person(found, tested, poses, mean),
        }

    def card(self, windows: Windows, rest: str) -> Mapping[str, Any]:  # noqa: ARG002 - rest of a pose is no label
        """Joints, and the hop with the signal before it."""
        return {
            "window": windows.hop,
            "hop": windows.hop,
            "memory": windows.length,
            "joints": PoseFrames.of(windows).track.joints,
        }

    def examples(self, windows: Windows) -> Samples:
        """Real samples ``(T, C)``."""
        recording = windows.recordings[0]
        return np.ascontiguousarray(recording.samples[: round(EXAMPLE_S * recording.signal.rate_hz)], np.float32)
