"""Small sweeps, done in the test's own process."""

from pathlib import Path
from typing import Any

import numpy as np

from emgctl.support.preconditions import no_progress
from emgctl.sweeps.folder import SweepFolder
from emgctl.sweeps.plan import SweepSettings, data_sets
from emgctl.sweeps.run import begin, go_through
from emgctl.sweeps.work import Outcome, do

GESTURES = {"rest": [], "fist": [0, 1], "open": [4, 5]}


def write_people(folder: Path, *sessions: str, seed: int = 0) -> Path:
    """A file for each session such as "ann-1", in which each gesture is held twice."""
    rng = np.random.default_rng(seed)
    for name in sessions:
        samples = rng.normal(0, 3, (1200, 8))
        labels = np.tile(np.repeat(np.arange(3), 200), 2)
        for label, strong in enumerate(GESTURES.values()):
            samples[np.ix_(labels == label, strong)] *= 2
        np.savez(
            folder / f"{name}.npz",
            samples=samples.astype(np.float32), labels=labels, repetitions=np.repeat([0, 1], 600),
            label_names=np.array(list(GESTURES)), rate_hz=200.0, unit="count",
        )  # fmt: skip
    return folder


def settings(people: Path, split="subject", models=("lda", "lda:hudgins"), **others) -> SweepSettings:
    return SweepSettings(data=data_sets([f"people=npz:{people}"]), models=models, split=split, **others)


def begun(path: Path, wanted: SweepSettings) -> SweepFolder:
    folder = SweepFolder(path)
    folder.check()
    begin(folder, wanted, no_progress)
    folder.close()
    return folder


def here(folder: SweepFolder):
    """An executor that does jobs in this process."""

    def outcomes(jobs):
        for job in jobs:
            yield do(folder, job)

    return outcomes


def figures(score: float, own: int = 0, leaks=()) -> dict[str, Any]:
    """What a training of 100 windows gives, as far as a sweep reads it."""
    fold = {"training_windows": 100, "training_windows_of_tested_people": own}
    return {
        "balanced_accuracy": score, "accuracy": score, "macro_f1": score, "windows": 20, "folds": [fold],
        "labels": list(GESTURES), "baselines": {"chance": 1 / 3},
        "leaks": bool(leaks), "warnings": list(leaks),
    }  # fmt: skip


def pretended(folder: SweepFolder, scores, failing=(), leaks=()):
    """An executor that gives each job the next of these scores, without any training."""
    scores = iter(scores)

    def outcomes(jobs):
        for job in jobs:
            if job.number in failing:
                yield Outcome(job, "failed", "no reason\nat all")
            else:
                folder.keep(job, figures(next(scores), leaks=leaks))
                yield Outcome(job, "done")

    return outcomes


def go(folder: SweepFolder, executor) -> SweepFolder:
    go_through(folder, executor, no_progress)
    return folder
