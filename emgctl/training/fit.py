"""Fits a classifier to windows, on the training part only; the same call gives the same weights."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from emgctl.errors import UsageError, did_you_mean
from emgctl.training.discriminant import fit_discriminant
from emgctl.training.features import FeatureSet
from emgctl.training.models import Average, Classifier, Intensity, RawValues, Standardise
from emgctl.training.network import History, Progress, Schedule, Steps, balance, train_network
from emgctl.training.temperature import best_temperature
from emgctl.types import Samples

Labels = NDArray[np.int64]

DEFAULT = Schedule(
    (512, 256, 64), rate=2e-3, batch=128, epochs=50, dropout=0.4, noise=0.2, smoothing=0.05, decay=1e-4,
    steps=(400, 6000),
)  # fmt: skip
# The baseline published with the EMG-4 data (Cainvas "muscle gesture"): dense 256-64-16, Adam 1e-4, batch 32.
EMG4_MLP = Schedule((256, 64, 16), rate=1e-4, batch=32, epochs=300, patience=5)
MODELS = ("default", "mlp", "lda", "emg4-mlp")
HEADS = {"default": ("lda", "network", "network"), "mlp": ("network",), "lda": ("lda",)}
MEMBERS = 8  # more than any model has networks, so that seeds never meet
ROUNDED_WINDOWS = 256  # to find the features' rounding errors with
SAME_SHARES = 0.1  # sessions are aligned with each other only if no label's share differs by more


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted classifier in evaluation mode, its features' names, and its learning curves by name."""

    classifier: Classifier
    features: tuple[str, ...]
    history: History


@dataclass(frozen=True, slots=True)
class Labelled:
    """Windows ``(N, W, C)``, the index of each one's class and, if known, the number of its session, ``(N,)``."""

    windows: Samples
    labels: Labels
    sessions: Labels | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """The same as tensors, with the windows' features ``(N, F)`` and the rounding error of each, ``(F,)``."""

    x: Tensor
    y: Tensor
    sessions: Tensor
    features: Tensor
    rounding: Tensor

    @classmethod
    def of(cls, labelled: Labelled, features: nn.Module) -> Self:
        x = torch.from_numpy(np.ascontiguousarray(labelled.windows, np.float32))
        count = len(labelled.labels)
        sessions = np.zeros(count, np.int64) if labelled.sessions is None else labelled.sessions
        with torch.inference_mode():
            found = features(x)
            some = torch.linspace(0, count - 1, min(count, ROUNDED_WINDOWS)).long()
            rounding = (features(x[some].double()) - found[some]).abs().amax(0).float()
        return cls(x, torch.tensor(labelled.labels), torch.tensor(sessions), found.clone(), rounding.clone())

    def joined(self, other: _Part) -> _Part:
        return _Part(
            torch.cat((self.x, other.x)),
            torch.cat((self.y, other.y)),
            torch.cat((self.sessions, other.sessions)),
            torch.cat((self.features, other.features)),
            torch.maximum(self.rounding, other.rounding),
        )

    @property
    def alike(self) -> bool:
        """True when there are several sessions, with about the same share of each label."""
        sessions, classes = np.unique(self.sessions.numpy()).tolist(), int(self.y.max()) + 1
        counts = torch.stack([torch.bincount(self.y[self.sessions == one], minlength=classes) for one in sessions])
        shares = counts / counts.sum(dim=1, keepdim=True)
        return len(sessions) > 1 and float((shares.amax(0) - shares.amin(0)).max()) <= SAME_SHARES


class _Scales:
    """How each session's features are standardised: by its own statistics where sessions are alike, else by all."""

    def __init__(self, part: _Part) -> None:
        if part.alike:
            numbers = np.unique(part.sessions.numpy()).tolist()
            self._of = {one: Standardise(part.features[part.sessions == one], part.rounding) for one in numbers}
            self.live = Standardise.average(list(self._of.values()))
        else:
            self._of, self.live = {}, Standardise(part.features, part.rounding)

    def apply(self, part: _Part) -> Tensor:
        z: Tensor = self.live(part.features)
        for one, standardise in self._of.items():
            chosen = part.sessions == one
            z[chosen] = standardise(part.features[chosen])
        return z


def fit_classifier(
    train: Labelled,
    classes: Sequence[str],
    *,
    validation: Labelled | None = None,
    model: str = "default",
    rest: str = "",
    seed: int = 0,
    progress: Progress | None = None,
) -> Fitted:
    """Fit a classifier.

    Features are standardised by each session's own statistics where there are several sessions with about the same
    shares of labels, so that what differs from one wearing to the next is not learnt. Before the last fit, on
    everything, one without the validation windows finds each kind of head's temperature.

    Args:
        train: what to learn from.
        classes: the labels' names.
        validation: to find temperatures with; ``emg4-mlp`` stops by it, and does not learn from it.
        model: "default" (an average of an LDA and two networks), "mlp" (one network), "lda", or "emg4-mlp" (the
            published baseline).
        rest: the class whose windows tell the level of rest, "" if there is none.
        seed: decides every random choice.
        progress: told how many steps are done, of how many.

    Raises:
        UsageError: the model is unknown, or fewer than two classes have windows.
    """
    if model not in MODELS:
        raise UsageError(f"unknown model '{model}'{did_you_mean(model, MODELS)}")
    if len(np.unique(train.labels)) < 2:
        raise UsageError("a classifier needs windows of at least two labels to learn from")
    baseline = model == "emg4-mlp"
    with _repeatable(seed):
        features: nn.Module = RawValues() if baseline else FeatureSet(train.windows.shape[2])
        part = _Part.of(train, features)
        held = None if validation is None else _Part.of(validation, features)
        history: History = {}
        if baseline:
            standardise, head = _baseline(part, held, len(classes), history, progress)
        else:
            part, standardise, head = _default(part, held, len(classes), model, seed, history, progress)
        resting = part.y == classes.index(rest) if rest in classes else torch.zeros(len(part.y), dtype=torch.bool)
        classifier = Classifier(features, standardise, head, Intensity(part.x, resting)).eval()
    if progress is not None:
        progress(1, 1)
    return Fitted(classifier, tuple(features.names), history)  # type: ignore[arg-type]


def _baseline(
    part: _Part, held: _Part | None, classes: int, history: History, progress: Progress | None
) -> tuple[Standardise, Average]:
    standardise = Standardise(part.features, part.rounding)
    watched = None if held is None else (standardise(held.features), held.y)
    z = standardise(part.features)
    network = train_network(z, part.y, classes, EMG4_MLP, watched, history, Steps(progress, 0, 1))
    return standardise, Average([network], [1.0])


def _default(
    part: _Part, held: _Part | None, classes: int, model: str, seed: int, history: History, progress: Progress | None
) -> tuple[_Part, Standardise, Average]:
    kinds = HEADS[model]
    rehearsed = list(dict.fromkeys(kinds)) if held is not None else []
    rounds, done = (kinds + tuple(rehearsed)).count("network"), 0

    def head(kind: str, z: Tensor, y: Tensor, watched: tuple[Tensor, Tensor] | None, curves: History) -> nn.Module:
        nonlocal done
        if kind == "lda":
            return fit_discriminant(z, y, classes)
        torch.manual_seed(seed * MEMBERS + done)
        done += 1
        return train_network(z, y, classes, DEFAULT, watched, curves, Steps(progress, done - 1, rounds))

    temperatures = dict.fromkeys(kinds, 1.0)
    scales = _Scales(part)
    if held is not None:
        z, z_held, weight = scales.apply(part), scales.apply(held), balance(part.y, classes)
        for kind in rehearsed:
            fitted = head(kind, z, part.y, (z_held, held.y), history)
            with torch.inference_mode():
                temperatures[kind] = best_temperature(fitted(z_held), held.y, weight)
        part = part.joined(held)
        scales = _Scales(part)
    z = scales.apply(part)
    heads = [head(kind, z, part.y, None, history if held is None else {}) for kind in kinds]
    return part, scales.live, Average(heads, [temperatures[kind] for kind in kinds])


@contextmanager
def _repeatable(seed: int) -> Iterator[None]:
    """One thread and a fixed seed, so that sums are always added in the same order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
