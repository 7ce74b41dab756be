"""Training from beginning to end: cut, split, fit, test, and fit the model that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Generic

import numpy as np
from numpy.typing import NDArray

from emgctl import __version__
from emgctl.inference.model_card import CardSignal, ModelCard
from emgctl.recording.windows import Indices, Windows, same_signal
from emgctl.trainer import Fold, M, Predictions, Trainer, TrainingTask
from emgctl.training.data.preprocess_spec import LEAVE_AS_IT_IS, parse_preprocessing
from emgctl.training.data.provenance import Contents, datasets, leaks_before, leaks_from, seen, with_earlier
from emgctl.training.data.silent_channels import ignored_sentence
from emgctl.training.data.splits import hold_out_tail
from emgctl.training.gestures import Gestures
from emgctl.training.plan import Plan, Progress
from emgctl.training.pose.poses import Poses
from emgctl.training.target import Target, rest_label, tested_in
from emgctl.types import Recording, Samples

TARGETS: dict[str, type[Target]] = {"gestures": Gestures, "poses": Poses}


@dataclass(frozen=True, slots=True)
class Trained(Generic[M]):
    """The model that is kept, its card, what the folds reached, and real data to verify an export with.

    ``tested`` ``(M,)`` are the numbers of the tested windows, ``predicted`` what the folds' models predicted of them.
    """

    trainer: Trainer[M]
    fitted: M
    card: ModelCard
    result: dict[str, Any]
    windows: Windows
    tested: Indices
    predicted: Predictions
    examples: Samples

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """Of each label for the tested windows, ``(M, L)``."""
        return self.predicted.values

    def export(self, path: Path) -> None:
        """Write the model's file.

        Raises:
            FileError: it can't be written.
            ModelError: the exported model predicts differently; nothing is written.
        """
        self.trainer.export(self.fitted, self.card, self.examples, path)


def train(recordings: Sequence[Recording], trainer: Trainer[M], plan: Plan, progress: Progress) -> Trained[M]:
    """Fit and test every fold, and then settle on the model that is kept.

    With one fold that is the fold's own model, so that evaluating it on the same split gives the same figures; with
    several, or where ``plan.final`` says "all", it is fitted anew on all windows.

    Raises:
        UsageError: the data can't be cut or split so, or do not suit the trainer.
        FileError: the recordings don't belong together.
        ModelError: the model that training starts from does not fit the data.
    """
    provenance, signal = datasets(recordings), same_signal(recordings)
    if plan.preprocess == LEAVE_AS_IT_IS:
        plan = replace(plan, preprocess=parse_preprocessing(trainer.usual_preprocessing(signal)))
    target = TARGETS[trainer.target]()
    raw = target.cut(recordings, trainer.windowing(signal), plan)
    rest = rest_label(plan.rest, raw.label_names)
    folds, final_on_all = plan.split.folds(raw), plan.split.several or plan.final == "all"
    contents, tested, start = Contents(recordings), tested_in(folds), trainer.start and trainer.start[1]
    leaks = [] if plan.split.leaks else contents.leaks_between(raw, folds)
    if trainer.start is not None:
        leaks += leaks_from(trainer.start[1], trainer.start[0].name, contents.within(raw, tested), recordings)
    rounds, predicted, kept = len(folds) + final_on_all, list[Predictions](), folds[0]
    for number, fold in enumerate(folds, 1):
        steps, ready, ignored = target.ready(fold)
        report = partial(progress, f"{number}/{rounds} {fold.name or 'training'}")
        fitted = trainer.fit(TrainingTask(ready, fold, rest, plan.seed, ignored, rounds, report, steps))
        predicted.append(fitted.predict(ready, fold.test))
        target.tested(fitted, ready, fold, predicted[-1])
    leaks += leaks_before(fitted.card_fields.get("seen_before", ""), "the model", contents.within(raw, tested))
    figures = target.figures(ready, folds, predicted)
    if final_on_all:
        kept = target.whole(everything(raw), folds)
        steps, ready, ignored = target.ready(kept)
        report = partial(progress, f"{rounds}/{rounds} on everything")
        fitted = trainer.fit(TrainingTask(ready, kept, rest, plan.seed, ignored, rounds, report, steps))
    fitted, more = trainer.after_test(fitted, ready, folds, predicted)
    result = {
        "decoder": trainer.kind,
        "recipe": "",
        "seed": plan.seed,
        "split": plan.split.text,
        "split_said": plan.split.description,
        **figures,
        "leaks": plan.split.leaks or bool(leaks),
        "warnings": leaks,
        "model": fitted.model,
        "start": trainer.start[0].name if trainer.start else "",
        "final": "all" if final_on_all else "train",
        "features": list(fitted.features),
        **fitted.facts,
        "preprocessing": steps.model_dump(exclude_defaults=True),
        "ignored": ignored_sentence(ignored),
        "ignored_channels": [one + 1 for one in ignored],
        "datasets": [dataset.model_dump() for dataset in provenance],
        **more,
    }
    fields = {
        "emgctl": __version__,
        "kind": trainer.kind,
        "signal": CardSignal(channels=signal.channels, rate_hz=signal.rate_hz, unit=signal.unit, grid=signal.grid),
        **target.card(ready, rest),
        "features": fitted.features,
        "preprocessing": steps,
        "model": fitted.model,
        "feature_set": fitted.feature_set,
        "full_force_n": fitted.full_force_n,
        "seed": plan.seed,
        "split": plan.split.text + (f", then fitted on all {target.counted}" if final_on_all else ""),
        "metrics": {key: result[key] for key in target.metrics},
        "datasets": with_earlier(provenance if final_on_all else datasets(training_recordings(raw, kept)), start),
        "leaks": result["leaks"],
        "ignored": ignored,
        "seen": seen(contents.within(raw, kept.trained_on), start),
        **fitted.card_fields,
    }
    together = Predictions(*map(np.concatenate, zip(*predicted, strict=True)))
    card, examples = ModelCard(**fields), target.examples(ready)
    return Trained(trainer, fitted, card, result, ready, tested, together, examples)


def training_recordings(windows: Windows, fold: Fold) -> list[Recording]:
    """All recordings of the files of which the fold's model has seen a window."""
    seen = np.unique(windows.recording[np.concatenate((fold.train, fold.validation))])
    sources = {windows.recordings[number].source for number in seen}
    return [recording for recording in windows.recordings if recording.source in sources]


def everything(windows: Windows) -> Fold:
    """The fold in which all windows are learnt and none is tested."""
    train, validation = hold_out_tail(windows, np.ones(len(windows), np.bool_))
    return Fold("", np.flatnonzero(train), np.flatnonzero(validation), np.empty(0, np.int64))
