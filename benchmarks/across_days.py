"""What keeps a classifier right on later days: nothing, a turn, adaptation without labels, one or two refresh trials.

    python benchmarks/across_days.py --data DATA            # the folder with suguru_long_term and libemg_myodisco

Suguru: 22 motions, four trials of 1.5 s a day; MyoDisCo: 10 classes, 20 trials of 2 s. Trained on all of day 1; what is
learned or looked at on a later day are its first trials, what is tested are the others (all, where nothing is learned).
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgctl.calibration.rotation import find_rotation
from emgctl.inference.adaptation import shift_to
from emgctl.inference.model import Model, rotation_order
from emgctl.recording.datasets import read_dataset
from emgctl.recording.windows import cut
from emgctl.training.classifier.trainer import ClassifierConfig, ClassifierTrainer
from emgctl.training.data.splits import newest, parse_split
from emgctl.training.evaluation.metrics import measure
from emgctl.training.evaluation.windowed import features_of
from emgctl.training.experiment import train
from emgctl.training.export.warm_start import PretrainedModel
from emgctl.training.plan import Plan
from emgctl.types import Recording

WINDOW_MS, HOP_MS = 200.0, 50.0


def quiet(what: str, done: int, total: int) -> None:
    """No progress."""


def only(recordings: Sequence[Recording], repetitions: Sequence[int]) -> list[Recording]:
    """The recordings with nothing but these repetitions labelled."""
    kept = []
    for one in recordings:
        assert one.labels is not None
        assert one.repetitions is not None
        chosen = np.isin(one.repetitions, repetitions)
        if chosen.any():
            kept.append(replace(one, labels=np.where(chosen, one.labels, -1).astype(np.int16)))
    return kept


def fit(
    recordings: Sequence[Recording], folder: Path, model: str, start: PretrainedModel | None = None
) -> PretrainedModel:
    """A model of all recordings; the last source is the new one when it goes on from an earlier model."""
    split = newest(recordings[-1].source) if start else parse_split("blocked")
    config = ClassifierConfig(model=model, window_ms=WINDOW_MS, hop_ms=HOP_MS)
    trainer = ClassifierTrainer(config, start if model != "lda" else None, worn_now=start is not None)
    path = folder / "m.onnx"
    train(recordings, trainer, Plan(split, final="all"), quiet).export(path)
    return PretrainedModel.read(path)


def accuracy(earlier: PretrainedModel, recordings: Sequence[Recording], adapt: bool = False, turn: int = 0) -> float:
    """Balanced accuracy of a model on recordings."""
    model = Model.load(earlier.path)
    windows = cut(recordings, model.card.window, model.card.hop).with_labels(model.card.labels)
    samples = windows.samples[:, :, rotation_order(model.card.signal.channels, turn)]
    shift = shift_to(features_of(model, samples)) if adapt else None
    predicted: NDArray[np.int64] = model.run_batch(samples, shift)[0].argmax(axis=1)
    return measure(windows, np.arange(len(windows)), predicted).balanced_accuracy


def sessions(argument: str, exclude: Sequence[str] = ()) -> dict[str, list[Recording]]:
    """The first subject's recordings by session, in the order of the files."""
    recordings = [one for one in read_dataset(argument) if not set(exclude) & set(one.label_names)]
    subject = sorted({one.subject for one in recordings})[0]
    found: dict[str, list[Recording]] = {}
    for one in recordings:
        if one.subject == subject:
            found.setdefault(one.session, []).append(one)
    return found


def meet(name: str, days: dict[str, list[Recording]], options: argparse.Namespace, folder: Path) -> None:
    """Print a line for each later day of a data set."""
    first, *later = days
    print(f"{name}, trained on {first}, model {options.model}; balanced accuracy in %")
    base = fit(days[first], folder, options.model)
    base = PretrainedModel.read(base.path.rename(folder / "base.onnx"))
    gesture = options.gesture or base.card.labels[1]
    for day in later:
        own = days[day]
        trials = sorted({int(n) for one in own if one.repetitions is not None for n in np.unique(one.repetitions)})
        folds = [trials[k :: len(trials) if len(trials) < 5 else 4] for k in range(min(len(trials), 4))]
        within = np.mean(
            [
                accuracy(fit(only(own, sorted({*trials} - {*held})), folder, options.model), only(own, held))
                for held in folds
            ]
        )
        turn = find_rotation(days[first], only(own, trials[:1]), gesture)
        figures = [
            f"nothing {100 * accuracy(base, own):.1f}",
            f"turned by {turn.electrodes} {100 * accuracy(base, own, turn=turn.electrodes):.1f}",
            f"adapted {100 * accuracy(base, own, adapt=True):.1f}",
        ]
        for count in (1, 2):
            test, model = only(own, trials[count:]), fit([*days[first], *only(own, trials[:count])], folder,
                                                         options.model, base)  # fmt: skip
            figures.append(f"refresh {count}: {100 * accuracy(model, test):.1f}")
        print(f"{day}: within the day {100 * float(within):.1f}; {', '.join(figures)}", flush=True)


def main() -> None:
    """Print a line for each day."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", default="lda-mlp", help="as for emgctl calibrate")
    parser.add_argument("--gesture", default="", help="what is held to find the turn; default: the second motion")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        meet("suguru sub1", sessions(f"suguru:{options.data / 'suguru_long_term'}"), options, Path(name))
        meet("myodisco S1", sessions(f"libemg:{options.data / 'libemg_myodisco' / 'S1'}"), options, Path(name))


if __name__ == "__main__":
    main()
