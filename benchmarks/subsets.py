"""Choosing some of many grasps: the contrastive decoder beside an LDA whose scores are masked, on real recordings.

    python benchmarks/subsets.py --data DATA                  # everything, about 20 minutes on 2 cores
    python benchmarks/subsets.py --data DATA db5 unseen       # some of: db5 db1 suguru leave-person-out unseen windows
                                                              # waiting

DATA holds ninapro_db5_e1, ninapro_db1_e1 and suguru_long_term. Balanced accuracy in percent; a subset's is the mean
over people, and the mean, deviation, least and greatest are over all subsets of a size, or 144 random ones.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from windows import waiting, windows

from emgctl.dsp.preprocessing import preprocess
from emgctl.inference.adaptation import Adaptation, Adapter
from emgctl.inference.prototypes import PrototypeSet
from emgctl.recording.datasets import read_dataset
from emgctl.recording.windows import Indices, Windows, cut
from emgctl.training.contrastive.fit import NOISE_FOR_OTHERS, describe, fit_contrastive
from emgctl.training.contrastive.modules import DualEncoder
from emgctl.training.contrastive.subset_accuracy import Scores, recalls, sizes_png, subsets, table
from emgctl.training.contrastive.subset_baseline import SMALLEST, beside_lda, masked_lda, subset_figures
from emgctl.training.contrastive.train_loop import ContrastiveConfig
from emgctl.training.data.preprocess_spec import learn, parse_preprocessing
from emgctl.training.data.splits import Fold, parse_split
from emgctl.training.evaluation.accuracy import balanced_accuracy
from emgctl.types import Recording

HELD_OUT = "repetition:2,5"
LEFT_OUT = 5  # grasps that are never trained
DRAWS = 10  # of which grasps are left out
SECONDS = 5.0  # of signal that a prototype is made of


def windows_of(recordings: Sequence[Recording], memory_s: float, hop_s: float = 0.05) -> Windows:
    """Windows of 200 ms."""
    rate = recordings[0].signal.rate_hz
    return cut(recordings, round(0.2 * rate), round(hop_s * rate), memory=round(memory_s * rate))


def within_people(recordings: Sequence[Recording], split: str, memory_s: float) -> dict[str, Any]:
    """One model a person: curves of the contrastive decoder and of the masked LDA, on the same windows."""
    each, truth, people = [], [], []
    labels = tuple(dict.fromkeys(name for one in recordings for name in one.label_names))
    for number, person in enumerate(dict.fromkeys(one.subject for one in recordings)):
        windows = windows_of([one for one in recordings if one.subject == person], memory_s).with_labels(labels)
        for fold in parse_split(split).folds(windows):
            fitted = fit_contrastive(windows, fold, "rest")
            each.append(beside_lda(windows, fold, fitted.predict(windows, fold.test).values))
            truth.append(windows.labels[fold.test])
            people.append(np.full(len(fold.test), number))
    return subset_figures(each, np.concatenate(truth), np.concatenate(people))


def db5(data: Path) -> dict[str, Any]:
    """NinaPro DB5 exercise 1, five people, with and without a second of memory."""
    recordings = read_dataset(str(data / "ninapro_db5_e1"))
    return {f"memory {memory:g} s": within_people(recordings, HELD_OUT, memory) for memory in (0.0, 1.0)}


def db1(data: Path) -> dict[str, Any]:
    """NinaPro DB1 exercise 1, three people: an amplifier's envelope at 100 Hz."""
    recordings = read_dataset(str(data / "ninapro_db1_e1"))
    return {f"memory {memory:g} s": within_people(recordings, HELD_OUT, memory) for memory in (0.0, 1.0)}


def suguru(data: Path) -> dict[str, Any]:
    """22 motions of one person on one day, 1.5 s each: too short for a memory. Each of the four trials is held out."""
    recordings = [one for one in read_dataset(str(data / "suguru_long_term")) if one.session == "day1"]
    return {"day 1": within_people(recordings, "recording", 0.0)}


def leave_person_out(data: Path) -> dict[str, Any]:
    """Trained on others, tested on repetitions 2 and 5 of a person; without and with what is personal, of repetition 1.

    adaptive: running statistics of this person's features, causal, without labels. prototypes: each grasp's place by
    the person's repetition 1, beside an LDA trained on that repetition alone. normalised: each channel by its running
    RMS over 10 s, in training and testing, and an LDA of the same.
    """
    found = {}
    for name in ("ninapro_db1_e1", "ninapro_db5_e1"):
        recordings = read_dataset(str(data / name))
        each, truth, whose = [], [], []
        for number, person in enumerate(dict.fromkeys(one.subject for one in recordings)):
            windows = windows_of(recordings, 0.0)
            mine = np.array([one.subject == person for one in recordings])[windows.recording]
            tested = np.flatnonzero(mine & np.isin(windows.repetition, (2, 5)))
            others = Fold("", np.flatnonzero(~mine), np.empty(0, np.int64), tested, others=True)
            scores = _personal(windows, others, np.flatnonzero(mine & (windows.repetition == 1)))
            steps = learn(parse_preprocessing("normalise:10"), windows.take(others.train), windows.signal)
            even = windows_of([preprocess(one, steps) for one in recordings], 0.0)
            scores["lda, normalised"] = masked_lda(even, others)["masked_lda"]
            scores |= {f"{name}, normalised": one for name, one in _both(even, others)[0].items()}
            each.append(scores)
            truth.append(windows.labels[tested])
            whose.append(np.full(len(tested), number))
        found[name] = subset_figures(each, np.concatenate(truth), np.concatenate(whose))
    return found


def _personal(windows: Windows, others: Fold, one_repetition: Indices) -> dict[str, Scores]:
    """Scores of the tested windows by everything that can be personal without training a network."""
    both, model, classes = _both(windows, others)
    found = masked_lda(windows, others) | both
    z, every = _standardized(model, windows, others.test), list(range(len(classes.labels)))
    own = _embedded(model, _standardized(model, windows, one_repetition))
    mine = classes
    for place, label in enumerate(classes.labels):
        mine = mine.with_prototype(label, own[windows.labels[one_repetition] == place])
    found["prototypes"] = _log(mine, every, _embedded(model, z))
    alone = replace(others, train=one_repetition, validation=one_repetition[:0])
    found["lda, 1 repetition"] = masked_lda(windows, alone)["masked_lda"]
    return found


def _both(windows: Windows, others: Fold) -> tuple[dict[str, Scores], DualEncoder, PrototypeSet]:
    """Scores of the tested windows as trained, and with adaptive statistics; the model and its classes."""
    fitted = fit_contrastive(windows, others, "rest", settings=ContrastiveConfig(epochs=10, noise=NOISE_FOR_OTHERS))
    model, classes = fitted.classifier, fitted.classes
    assert isinstance(model, DualEncoder)
    assert classes is not None
    z, hop_s = _standardized(model, windows, others.test), windows.hop / windows.signal.rate_hz
    every = list(range(len(classes.labels)))
    found = {"contrastive": _log(classes, every, _embedded(model, z))}
    found["adaptive"] = _log(classes, every, _embedded(model, _adapted(z, hop_s)))
    return found, model, classes


def _standardized(model: DualEncoder, windows: Windows, chosen: Indices) -> torch.Tensor:
    return model.standardize(describe(windows, chosen, model.features).features)


def _adapted(z: torch.Tensor, hop_s: float) -> torch.Tensor:
    """Features as the decoder's ``adaptation`` gives them: each by what came before it."""
    adapter = Adapter(Adaptation(fall=1.0), z.shape[1], hop_s)
    rows = []
    for row in z.numpy():
        rows.append((row - adapter.shift.shift) * adapter.shift.gain)
        adapter.observe(row, 1.0)
    return torch.from_numpy(np.stack(rows))


def _embedded(model: DualEncoder, z: torch.Tensor) -> NDArray[np.float32]:
    with torch.inference_mode():
        white = model.whitening(z[:, model.features.linear])
        return torch.cat((white, model.encoder(z[:, model.features.network])), dim=1).numpy()


def _log(classes: PrototypeSet, places: Sequence[int], embedding: NDArray[np.float32]) -> Scores:
    return np.log(classes.chosen(places).probabilities(embedding) + SMALLEST)


def unseen(data: Path) -> dict[str, Any]:
    """Grasps left out of training and told apart among themselves: by their glove poses only, or by a few seconds.

    The pose of a grasp is the glove's median in the training repetitions. nearest pose: the pose is regressed from the
    signal (ridge), and the nearest of the grasps' poses taken.
    """
    found = {}
    for name in ("ninapro_db5_e1", "ninapro_db1_e1"):
        for memory_s in (0.0, 1.0):
            each: dict[tuple[str, int], list[float]] = {}
            for recording in read_dataset(str(data / name)):
                windows = windows_of([recording], memory_s)
                fold = parse_split(HELD_OUT).folds(windows)[0]
                grasps = [place for place, label in enumerate(windows.label_names) if label != "rest"]
                for draw in range(DRAWS):
                    left = np.random.default_rng((7, draw)).choice(grasps, LEFT_OUT, replace=False).tolist()
                    for key, value in _left_out(windows, fold, left).items():
                        each.setdefault(key, []).append(value)
            found[f"{name}, memory {memory_s:g} s"] = {
                how: {size: _interval(each[how, size]) for size in range(2, LEFT_OUT + 1)}
                for how in ("pose", "nearest pose", "prototype", "chance")
            }
    return found


def _left_out(windows: Windows, fold: Fold, left: Sequence[int]) -> dict[tuple[str, int], float]:
    fitted = fold.trained_on
    known = fitted[~np.isin(windows.labels[fitted], left)]
    # the network part is not asked where a class is known by its pose only, so it need not be trained for long
    others = replace(fold, train=known, validation=known[:0], between=known[:0])
    fitted = fit_contrastive(windows, others, "rest", settings=ContrastiveConfig(epochs=10))
    model, classes = fitted.classifier, fitted.classes
    assert isinstance(model, DualEncoder)
    assert classes is not None
    assert classes.encoder is not None
    track = windows.pose
    assert track is not None
    poses = {one: np.median(track.values[fitted[windows.labels[fitted] == one]], axis=0) for one in left}
    tested = fold.test[np.isin(windows.labels[fold.test], left)]
    z = _standardized(model, windows, tested)
    embedding, truth = _embedded(model, z), np.searchsorted(sorted(left), windows.labels[tested])
    by_pose, by_signal = classes, classes
    for one in sorted(left):
        by_pose = by_pose.with_pose(f"new {one}", poses[one])
        some = fitted[windows.labels[fitted] == one][: round(SECONDS * windows.signal.rate_hz / windows.hop)]
        by_signal = by_signal.with_prototype(f"new {one}", _embedded(model, _standardized(model, windows, some)))
    places = [by_pose.labels.index(f"new {one}") for one in sorted(left)]
    scores = {
        "pose": by_pose.chosen(places).probabilities(embedding),
        "prototype": by_signal.chosen(places).probabilities(embedding),
        "nearest pose": _nearest(model, windows, known, z, np.stack([poses[one] for one in sorted(left)])),
    }
    found = {}
    for size in range(2, len(left) + 1):
        found["chance", size] = 1 / size
        for how, one in scores.items():
            all_sets = subsets(range(len(left)), size)
            found[how, size] = float(np.mean([balanced_accuracy(recalls(one, truth, chosen)) for chosen in all_sets]))
    return found


def _nearest(model: DualEncoder, windows: Windows, known: Indices, z: torch.Tensor, poses: NDArray[Any]) -> Scores:
    from sklearn.linear_model import RidgeCV

    track = windows.pose
    assert track is not None
    mean, scale = track.values[known].mean(axis=0), track.values[known].std(axis=0) + 1e-6
    features = _standardized(model, windows, known)[:, model.features.linear].numpy()
    ridge = RidgeCV(np.geomspace(1, 1e5, 6)).fit(features, (track.values[known] - mean) / scale)
    predicted = ridge.predict(z[:, model.features.linear].numpy())
    apart = predicted[:, None] - ((poses - mean) / scale)[None]
    return -np.square(apart).sum(axis=2).astype(np.float32)


def _interval(values: Sequence[float]) -> dict[str, float]:
    """The mean and its 95 % interval, by drawing people and left-out grasps anew (bootstrap)."""
    chance, whole = np.random.default_rng(0), np.asarray(values)
    means = chance.choice(whole, (2000, len(whole))).mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return {"mean": float(whole.mean()), "low": float(low), "high": float(high), "trials": len(whole)}


PARTS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "windows": windows,
    "waiting": waiting,
    "db5": db5,
    "db1": db1,
    "suguru": suguru,
    "unseen": unseen,
    "leave-person-out": leave_person_out,
}


def main() -> None:
    """Measure what is asked for, and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--pictures", type=Path, help="write the curves as PNG into this folder")
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS])
    arguments = parser.parse_args()
    whole = {}
    for name in arguments.parts or PARTS:
        whole[name] = PARTS[name](arguments.data)
        for title, figures in whole[name].items():
            if isinstance(figures, dict) and "curves" in figures:
                print(f"\n{name}, {title}\n{table(figures['curves'])}", flush=True)
                print({key: value for key, value in figures.items() if key != "curves"} or "")
                if arguments.pictures:
                    (arguments.pictures / f"{name} {title}.png").write_bytes(
                        sizes_png(figures["curves"], f"{name}, {title}")
                    )
            elif isinstance(figures, dict):
                print(f"\n{name}, {title}")
                for how, sizes in figures.items():
                    cells = [
                        f"{100 * one['mean']:.1f} [{100 * one['low']:.1f}, {100 * one['high']:.1f}]"
                        for one in sizes.values()
                    ]
                    print(f"{how:>14} " + "  ".join(f"{cell:>20}" for cell in cells), flush=True)
            else:
                print(name, title, figures, flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(whole, indent=2))


if __name__ == "__main__":
    main()
