"""Fits a classifier to windows, on the training part only; the same call gives the same weights."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from emgctl.errors import UsageError, did_you_mean
from emgctl.training.features import FeatureSet
from emgctl.training.models import Average, Classifier, Intensity, RawValues, Standardise, dense
from emgctl.types import Samples

History = dict[str, list[float]]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted classifier in evaluation mode, its features' names, and its learning curves by name."""

    classifier: Classifier
    features: tuple[str, ...]
    history: History


@dataclass(frozen=True, slots=True)
class Schedule:
    """How a network is trained. ``patience`` None: all ``epochs``, with a one-cycle rate; else early stopping."""

    hidden: tuple[int, ...]
    rate: float
    batch: int
    epochs: int
    dropout: float = 0.0
    noise: float = 0.0
    smoothing: float = 0.0
    decay: float = 0.0
    patience: int | None = None


DEFAULT = Schedule((512, 256, 64), rate=2e-3, batch=128, epochs=50, dropout=0.4, noise=0.2, smoothing=0.05, decay=1e-4)
# The baseline published with the EMG-4 data (Cainvas "muscle gesture"): dense 256-64-16, Adam 1e-4, batch 32.
EMG4_MLP = Schedule((256, 64, 16), rate=1e-4, batch=32, epochs=300, patience=5)
ENSEMBLE = 2
SHRINKAGE = 0.02  # of the pooled covariance towards its diagonal, as far as an LDA on few repetitions needs it
MODELS = ("default", "mlp", "lda", "emg4-mlp")


def fit_classifier(
    windows: Samples,
    labels: NDArray[np.int64],
    classes: Sequence[str],
    *,
    validation: tuple[Samples, NDArray[np.int64]] | None = None,
    groups: NDArray[np.int64] | None = None,  # noqa: ARG001 - for models that choose by leave-one-group-out
    rate_hz: float = 200.0,  # noqa: ARG001 - for features that depend on it
    model: str = "default",
    rest: str = "",
    seed: int = 0,
    progress: Progress | None = None,
) -> Fitted:
    """Fit a classifier.

    Args:
        windows: ``(N, W, C)``.
        labels: ``(N,)``, indices into ``classes``.
        classes: the labels' names.
        validation: windows and labels to watch; only ``emg4-mlp`` stops by them, the others learn from them too.
        groups: which windows belong together, ``(N,)``.
        rate_hz: the signal's rate.
        model: "default" (an average of two networks), "mlp" (one), "lda", or "emg4-mlp" (the published baseline).
        rest: the class whose windows tell the level of rest, "" if there is none.
        seed: decides every random choice.
        progress: told how many steps are done, of how many.

    Raises:
        UsageError: the model is unknown, or fewer than two classes have windows.
    """
    if model not in MODELS:
        raise UsageError(f"unknown model '{model}'{did_you_mean(model, MODELS)}")
    if len(np.unique(labels)) < 2:
        raise UsageError("a classifier needs windows of at least two labels to learn from")
    baseline = model == "emg4-mlp"
    if validation is not None and not baseline:  # the schedule is fixed, so nothing has to be held out
        windows, labels = np.concatenate((windows, validation[0])), np.concatenate((labels, validation[1]))
        validation = None
    x, y = _tensors(windows, labels)
    with _repeatable(seed):
        features: nn.Module = RawValues() if baseline else FeatureSet(x.shape[2])
        with torch.inference_mode():
            raw = features(x)
        standardise = Standardise(raw.clone())
        z = standardise(raw.clone())
        resting = y == classes.index(rest) if rest in classes else torch.zeros(len(y), dtype=torch.bool)
        intensity = Intensity(x, resting)
        held = None
        if validation is not None:
            vx, vy = _tensors(*validation)
            held = (standardise(features(vx)), vy)
        history: History = {}
        if model == "lda":
            heads: list[nn.Module] = [_lda(z, y, len(classes))]
        else:
            schedule, count = (EMG4_MLP if baseline else DEFAULT), (ENSEMBLE if model == "default" else 1)
            heads = []
            for member in range(count):
                torch.manual_seed(seed * ENSEMBLE + member)
                steps = _Steps(progress, member * schedule.epochs, count * schedule.epochs)
                heads.append(_network(z, y, len(classes), schedule, held, history, steps))
        classifier = Classifier(features, standardise, Average(heads), intensity).eval()
    if progress is not None:
        progress(1, 1)
    return Fitted(classifier, tuple(features.names), history)  # type: ignore[arg-type]


@dataclass(slots=True)
class _Steps:
    progress: Progress | None
    before: int
    total: int

    def done(self, epoch: int) -> None:
        if self.progress is not None:
            self.progress(self.before + epoch, self.total)


def _network(
    z: Tensor,
    y: Tensor,
    classes: int,
    schedule: Schedule,
    held: tuple[Tensor, Tensor] | None,
    history: History,
    steps: _Steps,
) -> nn.Module:
    network = dense((z.shape[1], *schedule.hidden, classes), schedule.dropout)
    weight = None if schedule.patience else _balance(y, classes)  # the baseline is as published: unweighted
    loss_of = nn.CrossEntropyLoss(weight, label_smoothing=schedule.smoothing)
    optimiser = torch.optim.AdamW(network.parameters(), schedule.rate, weight_decay=schedule.decay)
    batch = min(schedule.batch, len(z))
    batches = len(z) // batch if schedule.patience is None else -(-len(z) // batch)
    cycle = None
    if schedule.patience is None:
        cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, schedule.rate, total_steps=batches * schedule.epochs)
    best, best_loss, waited = copy.deepcopy(network.state_dict()), float("inf"), 0
    for epoch in range(schedule.epochs):
        network.train()
        total = torch.zeros(())
        for chosen in torch.split(torch.randperm(len(z)), batch)[:batches]:
            noisy = z[chosen] + schedule.noise * torch.randn(len(chosen), z.shape[1]) if schedule.noise else z[chosen]
            optimiser.zero_grad()
            loss = loss_of(network(noisy), y[chosen])
            loss.backward()
            optimiser.step()
            if cycle is not None:
                cycle.step()
            total += loss.detach() * len(chosen)
        _note(history, "train_loss", float(total) / len(z))
        steps.done(epoch + 1)
        if held is None:
            continue
        network.eval()
        with torch.inference_mode():
            scores = network(held[0])
            watched = float(loss_of(scores, held[1]))
        _note(history, "validation_loss", watched)
        _note(history, "validation_accuracy", float((scores.argmax(1) == held[1]).float().mean()))
        if schedule.patience is not None:
            if watched < best_loss:
                best, best_loss, waited = copy.deepcopy(network.state_dict()), watched, 0
            elif (waited := waited + 1) >= schedule.patience:
                break
    if held is not None and schedule.patience is not None:
        network.load_state_dict(best)
    return network.eval()


def _lda(z: Tensor, y: Tensor, classes: int) -> nn.Module:
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    present = torch.unique(y).tolist()
    fitted = LinearDiscriminantAnalysis(solver="eigen", shrinkage=SHRINKAGE).fit(z.numpy(), y.numpy())
    layer = nn.Linear(z.shape[1], classes)
    coefficients, intercepts = fitted.coef_, fitted.intercept_
    if len(present) == 2:  # scikit-learn keeps one row, the odds of the second class
        coefficients, intercepts = np.vstack((0 * coefficients, coefficients)), np.append(0.0, intercepts)
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.fill_(-1e4)  # a class without windows is never chosen
        layer.weight[present] = torch.from_numpy(coefficients).float()
        layer.bias[present] = torch.from_numpy(intercepts).float()
    return layer


def _balance(y: Tensor, classes: int) -> Tensor:
    counts = torch.bincount(y, minlength=classes).float()
    return len(y) / counts.clamp_min(1) / (counts > 0).sum()


def _tensors(windows: Samples, labels: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(np.ascontiguousarray(windows, np.float32)), torch.from_numpy(labels.astype(np.int64))


def _note(history: History, name: str, value: float) -> None:
    history.setdefault(name, []).append(value)


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
