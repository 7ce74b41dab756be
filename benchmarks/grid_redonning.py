"""A grid that is put on anew, and electrodes that fail, on FlexEMG's recordings (16 x 4 around the forearm, 1 kHz).

    python benchmarks/grid_redonning.py --data DATA

DATA is the folder that holds flexemg_64ch. Trained on session 1, trials 1 to 7; what is said of session 3 uses none of
its labels unless one repetition of each gesture is named. Balanced accuracy of 200 ms windows, every 50 ms.
"""

import argparse
import itertools
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import balanced_accuracy_score

from emgctl.dsp.preprocessing import preprocess
from emgctl.inference.adaptation import shift_to
from emgctl.inference.model import Model
from emgctl.recording.datasets import read_dataset
from emgctl.recording.windows import cut
from emgctl.training.data.splits import parse_split
from emgctl.training.evaluation.grid_shift import find_move
from emgctl.training.experiment import train
from emgctl.training.export.onnx import export
from emgctl.training.plan import Plan

SEEDS = range(10)


def windows_of(model, recordings):
    """Labelled windows after the model's preprocessing, their labels in its order, and their trials."""
    cleaned = [preprocess(one, model.card.preprocessing) for one in recordings]
    windows = cut(cleaned, model.card.window, model.card.hop)
    place = np.array([model.card.labels.index(name) for name in windows.label_names])
    return windows.samples, place[windows.labels], windows.repetition


def accuracy(model, recordings, adapt=False):
    samples, labels, _ = windows_of(model, recordings)
    shift = shift_to(model.run_batch(samples)[2]) if adapt else None
    return balanced_accuracy_score(labels, model.run_batch(samples, shift)[0].argmax(axis=1))


def spoilt(recordings, share, how, seed):
    """The same electrodes of all recordings dead, or full of noise as strong as they themselves."""
    rng = np.random.default_rng(seed)
    count = recordings[0].signal.channels
    bad, found = rng.choice(count, round(share * count), replace=False), []
    for one in recordings:
        x = one.samples.copy()
        for place in bad:
            own = x[:, place] - x[:, place].mean()
            x[:, place] = x[0, place] if how == "dead" else rng.normal(x[:, place].mean(), own.std(), len(x))
        found.append(replace(one, samples=x))
    return found


def one_repetition(now, earlier=None):
    """In every choice of one repetition of each label of ``now``: an LDA of these and of the earlier session, if any.

    It is tested on all repetitions that were not chosen.
    """
    f, y, trial = now
    reached = []
    for choice in itertools.product(np.unique(trial), repeat=len(np.unique(y))):
        chosen = trial == np.array(choice)[y]
        fx, fy = f[chosen], y[chosen]
        if earlier is not None:
            fx, fy = np.concatenate([earlier[0], *3 * [fx]]), np.concatenate([earlier[1], *3 * [fy]])
        lda = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.1, priors=[0.2] * 5).fit(fx, fy)
        reached.append(balanced_accuracy_score(y[~chosen], lda.predict(f[~chosen])))
    return reached


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data / "flexemg_64ch"
    one, three = (read_dataset(f"flexemg:{folder / name}") for name in ("001-Session1Train", "001-Session3Test"))
    plan = Plan("grid", parse_split("repetition:8,9,10", 0), 200.0, 50.0, decoder="grid", wraps=True)
    trained = train(one, plan, lambda *_: None)
    with tempfile.TemporaryDirectory() as place:
        export(trained.fitted.classifier, trained.card, trained.examples, Path(place) / "m.onnx")
        model = Model.load(Path(place) / "m.onnx")
    held = [recording for recording in one if recording.repetitions[0] >= 8]
    print(f"session 1, trials 8-10: {accuracy(model, held):.2%}")
    for share, how in itertools.product((0.10, 0.25), ("dead", "noise")):
        reached = [accuracy(model, spoilt(held, share, how, seed)) for seed in SEEDS]
        what = f"{share:.0%} of the electrodes {how}"
        print(f"  {what}: mean {np.mean(reached):.2%}, worst of {len(reached)} {min(reached):.2%}")
    print(f"session 3, as trained: {accuracy(model, three):.2%}; adapted to it: {accuracy(model, three, True):.2%}")
    samples, labels, _ = windows_of(model, one)
    earlier = model.run_batch(samples)[2], labels
    samples, labels, trial = windows_of(model, three)
    tell("  one repetition of each alone", one_repetition((model.run_batch(samples)[2], labels, trial)))
    for part in ([0], [1], [2], [0, 1, 2]):
        model.set_grid_offset(0, 0)
        move = find_move(model, [three[number] for number in part])
        model.set_grid_offset(move.rows, move.columns)
        where = f"moved by {move.rows} rows, {move.columns} columns, found in {len(part)} trial(s) without labels"
        print(f"  {where}: {accuracy(model, three):.2%}; adapted too: {accuracy(model, three, True):.2%}")
    tell("  that, and one repetition of each", one_repetition((model.run_batch(samples)[2], labels, trial), earlier))


def tell(what, reached):
    print(f"{what}: worst of {len(reached)} choices {min(reached):.2%}, mean {np.mean(reached):.2%}")


if __name__ == "__main__":
    main()
