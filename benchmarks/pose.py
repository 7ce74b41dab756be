"""The pose decoder on real recordings, beside the mean pose, a ridge regression and extremely randomised trees.

    python benchmarks/pose.py --data DATA                   # everything, about half an hour on 2 cores
    python benchmarks/pose.py --data DATA db5 markers       # some of: db5 db1 leave-person-out markers

DATA holds ninapro_db5_e1, ninapro_db1_e1 and finger_kinematics. One model a person, repetitions 2 and 5 held out, and
nothing of them is known to what is learned; errors in degrees, "below" is the share below always the mean pose. The
trees and the ridge get the same standardised features of the same windows as the decoder's first stage.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from emgctl.recording.datasets import read_dataset
from emgctl.training.data.preprocess_spec import parse_preprocessing
from emgctl.training.data.splits import parse_split
from emgctl.training.experiment import Trained, train
from emgctl.training.plan import Plan
from emgctl.training.pose.frames import PoseFrames
from emgctl.training.pose.frontend import RollingFront
from emgctl.training.pose.metrics import measure
from emgctl.training.pose.stacking import Described
from emgctl.training.pose.trainer import FittedPoses, PoseConfig, PoseTrainer
from emgctl.types import Recording

HELD_OUT = "repetition:2,5"
TREES = 100


def _trained(recordings: Sequence[Recording], split: str, **more: Any) -> Trained[FittedPoses]:
    return train(recordings, PoseTrainer(PoseConfig(**more)), Plan(parse_split(split)), lambda *_: None)


def _beside(trained: Trained[FittedPoses], split: str, trees: bool) -> dict[str, Any]:
    """What the same windows give to other regressions."""
    from sklearn.ensemble import ExtraTreesRegressor

    windows, front = PoseFrames.of(trained.windows), trained.fitted.network.front
    assert isinstance(front, RollingFront)
    fold = parse_split(split).folds(windows)[0]
    fitted = fold.trained_on[np.isfinite(windows.angles[fold.trained_on]).all(axis=1)]
    described = Described(windows, front)
    with torch.inference_mode():
        z = [front.standardize(described.features(part, 0)).clamp(-6, 6) for part in (fitted, fold.test)]
    pose, mean = windows.angles, np.nanmean(windows.angles[fitted], axis=0)
    joints = pose.shape[1]
    network = trained.fitted.network
    ridge = (z[1] @ front.weights[:, :joints] * network.scale + network.mean).detach().numpy()
    found = {"ridge": ridge}
    if trees:
        forest = ExtraTreesRegressor(TREES, min_samples_leaf=3, max_features=0.2, n_jobs=2, random_state=0)
        found["trees"] = forest.fit(z[0].numpy(), pose[fitted]).predict(z[1].numpy()).astype(np.float32)
    return {name: _figures(measure(windows, fold.test, predicted, mean).core()) for name, predicted in found.items()}


def _knowing(trained: Trained[FittedPoses], split: str) -> dict[str, float]:
    """What who knew the movement that is made, but not the person, would reach: the median pose of it of the others."""
    windows = PoseFrames.of(trained.windows)
    fold = parse_split(split).folds(windows)[0]
    pose, labels = windows.angles, windows.labels
    of = [
        np.nanmedian(pose[fold.trained_on[labels[fold.trained_on] == one]], axis=0)
        for one in range(len(windows.label_names))
    ]
    predicted, mean = np.stack(of)[labels[fold.test]], np.nanmean(pose[fold.trained_on], axis=0)
    return _figures(measure(windows, fold.test, predicted, mean).core())


def _figures(core: dict[str, Any]) -> dict[str, float]:
    return {
        "error_deg": float(np.degrees(core["mae_rad"])),
        "below": core["mae_vs_mean_pose"],
        "r2": core["r2"],
        "speed_rad_s": core["speed"],
        "jerk_rad_s3": core["jerk"],
    }


def _one(recordings: Sequence[Recording], split: str = HELD_OUT, trees: bool = True, **more: Any) -> dict[str, Any]:
    trained = _trained(recordings, split, **more)
    result = trained.result
    found = {"pose": _figures(result), "live": _figures(result["smoothed"]), **_beside(trained, split, trees)}
    found["knowing the movement"] = _knowing(trained, split)
    return found | {"true": {"speed_rad_s": result["true_speed"], "jerk_rad_s3": result["true_jerk"]}}


def _mean(each: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {who: {key: float(np.mean([one[who][key] for one in each])) for key in each[0][who]} for who in each[0]}


def _people(folder: Path, **more: Any) -> dict[str, Any]:
    recordings = read_dataset(str(folder))
    each = {}
    for person in dict.fromkeys(one.subject for one in recordings):
        each[person] = _one([one for one in recordings if one.subject == person], **more)
        print(folder.name, person, json.dumps(each[person]), flush=True)
    return {"mean": _mean(list(each.values())), "each": each}


def db5(data: Path) -> dict[str, Any]:
    """NinaPro DB5 exercise 1: five people, 16 channels, 22 sensors of a glove."""
    return _people(data / "ninapro_db5_e1")


def db1(data: Path) -> dict[str, Any]:
    """NinaPro DB1 exercise 1: three people, 10 envelopes; of ten repetitions three are held out."""
    return _people(data / "ninapro_db1_e1", split="repetition:2,5,8")


def markers(data: Path) -> dict[str, Any]:
    """One person's marked fingers: trial 4 learned, trial 5 tested."""
    return _one(read_dataset(f"markers:{data / 'finger_kinematics'}"), "repetition:5", rest="")


def leave_person_out(data: Path) -> dict[str, Any]:
    """NinaPro DB5: four people learned, all of the fifth tested; and a person's first repetition alone."""
    recordings = read_dataset(str(data / "ninapro_db5_e1"))
    each = {}
    for person in dict.fromkeys(one.subject for one in recordings):
        steps = parse_preprocessing("normalise:30")
        each[person] = _one(recordings, f"subject:{person}", trees=False, preprocess=steps)
        own = [one for one in recordings if one.subject == person]
        alone = _trained(own, "repetition:2,3,4,5,6").result
        each[person]["one repetition of one's own"] = _figures(alone)
        print(person, json.dumps(each[person]), flush=True)
    return {"mean": _mean(list(each.values())), "each": each}


def main() -> None:
    """Run what was named."""
    parts = {"db5": db5, "db1": db1, "markers": markers, "leave-person-out": leave_person_out}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*parts, []])
    parser.add_argument("--data", type=Path, required=True)
    words = parser.parse_args()
    print(json.dumps({name: parts[name](words.data) for name in words.parts or parts}, indent=2))


if __name__ == "__main__":
    main()
