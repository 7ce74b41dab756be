"""Evaluates a pose model file on recordings, as it would follow a live signal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emgctl.dsp.preprocessing import preprocess
from emgctl.errors import UsageError
from emgctl.handmodel.smoothing import Smoothing
from emgctl.inference.pose_model import PoseModel
from emgctl.recording.windows import Indices
from emgctl.training.data.provenance import Contents, leaks_from
from emgctl.training.data.silent_channels import ignored_sentence
from emgctl.training.data.splits import parse_split
from emgctl.training.pose.frames import PoseFrames, frames, in_angles, samples_of, segments
from emgctl.training.pose.metrics import Poses, by_person, measure, smoothed
from emgctl.types import Recording


@dataclass(frozen=True, slots=True)
class Followed:
    """A model's predictions for the ``tested`` frames, ``(M, J)`` in radians, and its results."""

    result: dict[str, Any]
    windows: PoseFrames
    tested: Indices
    poses: Poses


def evaluate_pose(
    path: Path, recordings: Sequence[Recording], split_text: str | None, progress: Callable[[int, int], None]
) -> Followed:
    """Run a model on recordings, or on the test part of a split; it starts over with each segment.

    The baseline is the mean pose of what is not tested, or of everything.

    Raises:
        ModelError: the model cannot be loaded.
        UsageError: the signal or the joints differ from the model's.
    """
    model = PoseModel.load(path)
    card = model.card
    raw = frames(recordings, card.hop, card.memory)
    if str(raw.signal) != str(card.as_signal()):
        raise UsageError(f"{recordings[0].source}: has {raw.signal}, but {path} expects {card.as_signal()}")
    split = parse_split(split_text, card.seed) if split_text else None
    tested = np.arange(len(raw)) if split is None else split.test_part(raw)
    leaks = leaks_from(card, path.name, Contents(recordings).within(raw, tested), recordings, split)
    others = np.setdiff1d(np.arange(len(raw)), tested)
    windows = frames(in_angles(raw.recordings, raw, others), card.hop, card.memory)
    ready = windows
    if not card.preprocessing.nothing:
        ready = frames([preprocess(one, card.preprocessing) for one in windows.recordings], card.hop, card.memory)
    if windows.track.joints != card.joints:
        raise UsageError(f"{recordings[0].source}: has poses of other joints than {path} predicts")
    parts, before = [], -(-card.memory // card.hop)
    each = segments(windows, tested)
    for number, segment in enumerate(each):
        model.reset(np.nan_to_num(windows.angles[segment[0]]))
        warm = 0 if model.tracks else before
        parts.append(model.steps(samples_of(ready, segment, warm))[warm:])
        progress(number + 1, len(each))
    poses = np.concatenate(parts)
    mean = np.nanmean(windows.angles[others if len(others) else tested], axis=0)
    live = measure(windows, tested, smoothed(windows, tested, poses, Smoothing()), mean)
    result = {
        "decoder": "pose",
        "model": card.model,
        "hop_ms": 1e3 * card.hop / card.signal.rate_hz,
        **measure(windows, tested, poses, mean).as_json(),
        "smoothed": live.core(),
        "confidence": {"surer_half_mae_rad": None, "other_half_mae_rad": None},
        "held_out": by_person(windows, tested, poses, mean),
        "split": "" if split is None else split.text,
        "split_said": "everything that was given is tested" if split is None else split.description,
        "leaks": bool(leaks or (split and split.leaks)),
        "warnings": leaks,
        "ignored": ignored_sentence(card.ignored),
    }
    return Followed(result, windows, tested, poses)
