"""Complete training of a pose decoder: frames, split, fit, test, and the final model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np

from emgctl import __version__
from emgctl.dsp.preprocessing import Preprocessing, preprocess
from emgctl.handmodel.smoothing import Smoothing
from emgctl.inference.model_card import CardSignal, ModelCard
from emgctl.recording.windows import Indices, Windows, in_samples, same_signal
from emgctl.training.data.preprocess_spec import LEAVE_AS_IT_IS, learn_in
from emgctl.training.data.preprocess_spec import PreprocessRequest as Preprocess
from emgctl.training.data.provenance import Contents, datasets, seen
from emgctl.training.data.silent_channels import ignored_sentence, silenced
from emgctl.training.data.splits import Fold, Split
from emgctl.training.experiment import Progress, everything, learnt_recordings, rest_label
from emgctl.training.history import History
from emgctl.training.pose.config import FAST_HZ, VEMG2POSE, settings
from emgctl.training.pose.fit import Wanted, fit_pose
from emgctl.training.pose.frames import angles, frames, in_angles
from emgctl.training.pose.frontend import TdsFront
from emgctl.training.pose.metrics import Poses, by_person, measure, smoothed
from emgctl.training.pose.network import PoseNetwork
from emgctl.training.pose.predict import predict
from emgctl.types import Recording, Samples

TDS_HOP = 40  # samples, given by the convolutions' strides
TDS_REACH_S = 1.0  # receptive field of the convolutions
EXAMPLE_S = 20.0  # of signal to verify an export


@dataclass(frozen=True, slots=True)
class PosePlan:
    """What to train.

    ``size``: "small" or "full"; ``recipe``: "vemg2pose" or "". ``tracking``: the hand continues from a true pose.
    ``turns``: also train with the armband rotated by up to this many electrodes. ``steps``: training steps, None for
    the default. ``final``: None for the default of the split.
    """

    split: Split
    window_ms: float = 200.0
    hop_ms: float = 50.0
    memory_ms: float = 0.0
    size: str = "small"
    recipe: str = ""
    tracking: bool = False
    turns: int = 0
    steps: int | None = None
    seed: int = 0
    rest: str | None = None
    final: Literal["train", "all"] | None = None
    preprocess: Preprocess = LEAVE_AS_IT_IS


@dataclass(frozen=True, slots=True)
class TrainedPose:
    """The final network, its card, and the results of the folds: poses ``(M, J)`` at the ``tested`` frames."""

    network: PoseNetwork
    card: ModelCard
    result: dict[str, Any]
    history: History
    windows: Windows
    tested: Indices
    poses: Poses

    @property
    def example(self) -> Samples:
        """Real samples ``(T, C)`` to verify the export."""
        recording = self.windows.recordings[0]
        return np.ascontiguousarray(recording.samples[: round(EXAMPLE_S * recording.signal.rate_hz)], np.float32)


def train_pose(recordings: Sequence[Recording], plan: PosePlan, progress: Progress) -> TrainedPose:
    """Fit and test every fold, then choose the final network; see emgctl.training.experiment.train.

    Raises:
        UsageError: the split is impossible, or there are no poses.
        FileError: the recordings are incompatible.
    """
    provenance, signal = datasets(recordings), same_signal(recordings)
    network, schedule = settings(plan.size, plan.recipe, plan.tracking, signal.rate_hz)
    if plan.steps is not None:
        schedule = replace(schedule, steps=plan.steps)
    fast = plan.recipe == VEMG2POSE or signal.rate_hz >= FAST_HZ
    hop = TDS_HOP if fast else in_samples(plan.hop_ms, signal, "a hop")
    length = 0 if fast else in_samples(plan.window_ms, signal, "a window")
    memory = 0 if fast else round(plan.memory_ms * signal.rate_hz / 1000)
    reach = max(round(TDS_REACH_S * signal.rate_hz) // hop, 1) * hop if fast else length + memory
    raw = frames(recordings, hop, reach)
    rest = rest_label(plan.rest, raw.label_names)
    wanted = Wanted(length, memory, network, schedule, plan.turns, plan.tracking, rest, plan.seed)
    final_on_all = plan.split.several or plan.final == "all"
    folds = plan.split.folds(raw)
    contents = Contents(recordings)
    leaks = [] if plan.split.leaks else contents.leaks_between(raw, folds)
    rounds = len(folds) + final_on_all
    history: History = {}
    said, means, kept = [], [], None
    for number, fold in enumerate(folds, 1):
        steps, windows, ignored = _ready(raw, fold, plan)
        kept = fit_pose(
            windows, fold, wanted, partial(progress, f"{number}/{rounds} {fold.name or 'training'}"), history
        )
        kept.ignore(ignored, signal.channels)
        said.append(predict(kept, windows, fold.test))
        mean = np.nanmean(angles(windows)[fold.learnt], axis=0)
        means.append(np.broadcast_to(mean, said[-1].poses.shape))
    tested = np.concatenate([fold.test for fold in folds])
    poses, mean = np.concatenate([one.poses for one in said]), np.concatenate(means)
    confidence = np.concatenate([one.confidence for one in said])
    result = _result(windows, tested, poses, mean, confidence, plan)
    result |= {"leaks": plan.split.leaks or bool(leaks), "warnings": leaks}
    fold = folds[0]
    if final_on_all:
        fold = everything(raw)
        steps, windows, ignored = _ready(raw, fold, plan)
        kept = fit_pose(windows, fold, wanted, partial(progress, f"{rounds}/{rounds} on everything"), history)
        kept.ignore(ignored, signal.channels)
    assert kept is not None  # noqa: S101 - every split has a fold
    track = windows.pose
    assert track is not None  # noqa: S101 - checked by frames()
    front = "tds" if isinstance(kept.front, TdsFront) else "rolling"
    result |= {
        "model": front,
        "parameters": sum(one.numel() for one in kept.parameters()),
        "hop_ms": 1e3 * hop / signal.rate_hz,
        "final": "all" if final_on_all else "train",
        "preprocessing": steps.model_dump(exclude_defaults=True),
        "ignored": ignored_sentence(ignored),
        "ignored_channels": [one + 1 for one in ignored],
        "datasets": [one.model_dump() for one in provenance],
    }
    card = ModelCard(
        emgctl=__version__,
        kind="pose",
        signal=CardSignal(channels=signal.channels, rate_hz=signal.rate_hz, unit=signal.unit, grid=signal.grid),
        window=hop,
        hop=hop,
        memory=reach,
        joints=track.joints,
        preprocessing=steps,
        model=front,
        recipe=plan.recipe,
        seed=plan.seed,
        split=plan.split.text + (", then fitted on all frames" if final_on_all else ""),
        metrics={key: result[key] for key in ("mae_rad", "mae_vs_mean_pose", "r2", "jerk")},
        datasets=provenance if final_on_all else datasets(learnt_recordings(windows, folds[0])),
        leaks=result["leaks"],
        ignored=ignored,
        seen=seen(contents.within(raw, fold.learnt), None),
    )
    return TrainedPose(kept, card, result, history, windows, tested, poses)


def _ready(raw: Windows, fold: Fold, plan: PosePlan) -> tuple[Preprocessing, Windows, tuple[int, ...]]:
    """The moments of the preprocessed recordings, poses in radians, and the channels that are zero in them.

    What is learnt of them is of this fold.
    """
    steps, ignored = learn_in(plan.preprocess, raw, fold.learnt[raw.start[fold.learnt] >= 0])
    recordings = [preprocess(one, steps) for one in in_angles(raw.recordings, raw, fold.learnt)]
    return steps, frames(silenced(recordings, ignored), raw.hop, raw.length), ignored


def _result(
    windows: Windows, tested: Indices, poses: Poses, mean: Poses, confidence: Poses, plan: PosePlan
) -> dict[str, Any]:
    track = windows.pose
    assert track is not None  # noqa: S101 - checked by frames()
    found = measure(windows, tested, poses, mean)
    live = measure(windows, tested, smoothed(windows, tested, poses, Smoothing(), track.joints), mean)
    apart = np.abs(poses - angles(windows)[tested]).mean(axis=1)
    sure = confidence >= np.median(confidence)
    return {
        "decoder": "pose",
        "recipe": plan.recipe,
        "seed": plan.seed,
        "window_ms": plan.window_ms,
        "memory_ms": plan.memory_ms,
        "tracking": plan.tracking,
        **found.as_json(),
        "smoothed": live.core(),
        "confidence": {
            "surer_half_mae_rad": float(np.nanmean(apart[sure])),
            "other_half_mae_rad": float(np.nanmean(apart[~sure])) if (~sure).any() else None,
        },
        "held_out": by_person(windows, tested, poses, mean),
        "split": plan.split.text,
        "split_said": plan.split.said,
    }
