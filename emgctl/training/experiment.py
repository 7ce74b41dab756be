"""Training from beginning to end: cut, split, fit, test, and fit the model that is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from emgctl import __version__
from emgctl.dsp.preprocessing import Preprocessing, preprocess
from emgctl.errors import UsageError, did_you_mean
from emgctl.inference.model_card import CardSignal, ModelCard
from emgctl.recording.windows import Indices, Windows, cut, in_samples, same_signal
from emgctl.training.data.preprocess_spec import LEAVE_AS_IT_IS, for_grids, learn_in
from emgctl.training.data.provenance import Contents, datasets, leaks_from, seen, with_earlier
from emgctl.training.data.silent_channels import ignored_sentence, silenced
from emgctl.training.data.splits import Fold, hold_out_tail
from emgctl.training.evaluation.force import measure_force
from emgctl.training.evaluation.metrics import measure
from emgctl.training.fold_fitter import FoldFitter, predict
from emgctl.training.plan import Plan
from emgctl.types import Recording, Samples

if TYPE_CHECKING:
    from emgctl.training.classifier.fit import Fitted

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done and how much there is."""

EXAMPLES = 64
RESTS = ("rest", "no_motion", "no motion", "neutral")  # labels that mean rest unless another is named


@dataclass(frozen=True, slots=True)
class Trained:
    """The model that is kept, its card, what the folds reached, and real windows to verify an export with.

    ``tested`` ``(M,)`` are the numbers of the tested windows, ``probabilities`` ``(M, L)`` what the folds' models said.
    """

    fitted: Fitted
    card: ModelCard
    result: dict[str, Any]
    windows: Windows
    tested: Indices
    probabilities: NDArray[np.float32]

    @property
    def examples(self) -> Samples:
        """A few windows, ``(N, W, C)``."""
        windows = self.windows
        return windows.take(np.linspace(0, len(windows) - 1, min(len(windows), EXAMPLES)).astype(int))


def train(recordings: Sequence[Recording], plan: Plan, progress: Progress) -> Trained:
    """Fit and test every fold, and then settle on the model that is kept.

    With one fold that is the fold's own model, so that evaluating it on the same split gives the same figures; with
    several, or where ``plan.final`` says "all", it is fitted anew on all windows.

    Raises:
        UsageError: the data can't be cut or split so, or hold one label only.
        FileError: the recordings don't belong together.
    """
    provenance = datasets(recordings)
    signal = same_signal(recordings)
    length, hop = in_samples(plan.window_ms, signal, "a window"), in_samples(plan.hop_ms, signal, "a hop")
    if plan.decoder == "grid" and signal.grid is None:
        raise UsageError("decoder 'grid' needs to know how the electrodes lie, and these recordings don't say")
    if plan.for_grid and plan.preprocess == LEAVE_AS_IT_IS:
        plan = replace(plan, preprocess=for_grids(signal.rate_hz))
    memory = in_samples(plan.memory_ms, signal, "a memory") if plan.memory_ms else 0
    windows = cut(recordings, length, hop, round(plan.guard_s * signal.rate_hz), memory)
    prepared, fitter = _Prepared(windows, plan), FoldFitter(plan)
    labels = windows.label_names
    if len(labels) < 2:
        raise UsageError(f"all windows have the label '{labels[0]}'; a classifier needs at least two")
    if plan.final == "train" and plan.split.several:
        raise UsageError(f"split '{plan.split.text}' has several training parts, so the model can't be that of one")
    rest = rest_label(plan.rest, labels)
    if plan.start is not None:
        plan.start.check(labels, signal, length)
    final_on_all = plan.split.several or plan.final == "all"

    folds = plan.split.folds(windows)
    contents, start = Contents(recordings), plan.start.card if plan.start else None
    tested = np.concatenate([fold.test for fold in folds])
    leaks = [] if plan.split.leaks else contents.leaks_between(windows, folds)
    if plan.start is not None:
        leaks += leaks_from(plan.start.card, plan.start.path.name, contents.within(windows, tested), recordings)
    rounds = len(folds) + final_on_all
    said: list[NDArray[np.float32]] = []
    levels, full_n, fitted = [], [], None
    for number, fold in enumerate(folds, 1):
        what = fold.name or "training"
        steps, ready, ignored = prepared.by(fold)
        fitted = fitter.fit(ready, fold, rest, rounds, partial(progress, f"{number}/{rounds} {what}"))
        fitted.classifier.ignore(ignored, signal.channels)
        probabilities, intensity = predict(fitted.classifier, ready, fold.test)
        said.append(probabilities)
        levels.append(intensity)
        full_n.append(getattr(fitted.classifier.intensity, "full_n", 1.0))
    result = _result(windows, folds, [one.argmax(axis=1) for one in said], plan, leaks)
    kept = folds[0]
    if final_on_all:
        kept = whole = replace(everything(windows), others=all(fold.others for fold in folds))
        steps, ready, ignored = prepared.by(whole)
        fitted = fitter.fit(ready, whole, rest, rounds, partial(progress, f"{rounds}/{rounds} on everything"))
        fitted.classifier.ignore(ignored, signal.channels)
    assert fitted is not None  # noqa: S101 - every split has a fold
    if (force := measure_force(windows, [fold.test for fold in folds], levels, full_n)) is not None:
        result["force"] = force
    result |= {
        "model": fitter.model,
        "compared": fitter.compared,
        "start": plan.start.path.name if plan.start else "",
        "final": "all" if final_on_all else "train",
        "features": list(fitted.features),
        **fitted.facts,
        "preprocessing": steps.model_dump(exclude_defaults=True),
        "ignored": ignored_sentence(ignored),
        "ignored_channels": [one + 1 for one in ignored],
        "datasets": [dataset.model_dump() for dataset in provenance],
    }
    if fitted.classes is not None:
        from emgctl.training.contrastive.subset_baseline import compare

        result |= compare(ready, folds, said)
        fitted = replace(fitted, classes=fitted.classes.with_validation(np.concatenate(said), windows.labels[tested]))
    card = ModelCard(
        emgctl=__version__,
        kind=plan.decoder,
        signal=CardSignal(channels=signal.channels, rate_hz=signal.rate_hz, unit=signal.unit, grid=signal.grid),
        wraps=plan.wraps,
        window=memory + length,
        hop=hop,
        memory=memory,
        labels=labels,
        rest=rest,
        features=fitted.features,
        preprocessing=steps,
        model=fitter.model,
        feature_set=fitter.features,
        recipe=plan.recipe or plan.model,
        full_force_n=getattr(fitted.classifier.intensity, "full_n", None),
        seed=plan.seed,
        split=plan.split.text + (", then fitted on all windows" if final_on_all else ""),
        metrics={key: result[key] for key in ("accuracy", "balanced_accuracy", "macro_f1")},
        datasets=with_earlier(provenance if final_on_all else datasets(learnt_recordings(windows, kept)), start),
        guard_s=plan.guard_s,
        leaks=result["leaks"],
        ignored=ignored,
        seen=seen(contents.within(windows, kept.learnt), start),
    )
    return Trained(fitted, card, result, ready, tested, np.concatenate(said))


def learnt_recordings(windows: Windows, fold: Fold) -> list[Recording]:
    """All recordings of the files of which the fold's model has seen a window."""
    seen = np.unique(windows.recording[np.concatenate((fold.train, fold.validation))])
    sources = {windows.recordings[number].source for number in seen}
    return [recording for recording in windows.recordings if recording.source in sources]


class _Prepared:
    """Windows of the preprocessed recordings; what its steps learn they learn from the training windows of a fold."""

    def __init__(self, raw: Windows, plan: Plan) -> None:
        self._raw, self._plan = raw, plan
        self._steps, self._windows, self._ignored = Preprocessing(), raw, tuple[int, ...]()

    def by(self, fold: Fold) -> tuple[Preprocessing, Windows, tuple[int, ...]]:
        """The steps as learnt in this fold, all windows after them, and the channels that are zero in these."""
        raw = self._raw
        steps, ignored = learn_in(self._plan.preprocess, raw, np.concatenate((fold.train, fold.validation)))
        if (steps, ignored) != (self._steps, self._ignored):
            recordings = silenced([preprocess(recording, steps) for recording in raw.recordings], ignored)
            guard = round(self._plan.guard_s * raw.signal.rate_hz)
            windows = cut(recordings, raw.length, raw.hop, guard, raw.memory)
            self._steps, self._windows, self._ignored = steps, windows, ignored
        return self._steps, self._windows, self._ignored


def everything(windows: Windows) -> Fold:
    """The fold in which all windows are learnt and none is tested."""
    train, validation = hold_out_tail(windows, np.ones(len(windows), np.bool_))
    return Fold("", np.flatnonzero(train), np.flatnonzero(validation), np.empty(0, np.int64))


def _result(
    windows: Windows, folds: Sequence[Fold], predicted: Sequence[Indices], plan: Plan, leaks: list[str]
) -> dict[str, Any]:
    tested = np.concatenate([fold.test for fold in folds])
    each = [measure(windows, fold.test, labels) for fold, labels in zip(folds, predicted, strict=True)]
    trained = np.bincount(windows.labels[folds[0].train], minlength=len(windows.label_names))
    return {
        "decoder": plan.decoder,
        "model": plan.model,
        "recipe": plan.recipe,
        "seed": plan.seed,
        "labels": list(windows.label_names),
        "window_ms": plan.window_ms,
        "hop_ms": plan.hop_ms,
        "guard_s": plan.guard_s,
        "memory_ms": plan.memory_ms,
        **measure(windows, tested, np.concatenate(predicted)).as_json(),
        "left_out": str(windows.left_out),
        "training_labels": dict(zip(windows.label_names, trained.tolist(), strict=True)),
        "split": plan.split.text,
        "split_said": plan.split.said,
        "leaks": plan.split.leaks or bool(leaks),
        "warnings": leaks,
        "folds": [
            {"name": fold.name, "accuracy": m.accuracy, "balanced_accuracy": m.balanced_accuracy, "windows": m.windows}
            for fold, m in zip(folds, each, strict=True)
        ],
    }


def rest_label(named: str | None, labels: Sequence[str]) -> str:
    """The label that means rest: the one that is named, or else one that is called so, "" if there is none.

    Raises:
        UsageError: there is no label of the name that is given.
    """
    if named is None:
        return next((label for label in labels if label.casefold() in RESTS), "")
    if named and named not in labels:
        raise UsageError(f"there is no label '{named}' to be rest{did_you_mean(named, labels)}")
    return named
