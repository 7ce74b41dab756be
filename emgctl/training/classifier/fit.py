"""Fits a classifier to windows, on the training part only; the same call gives the same weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from emgctl.errors import UsageError, did_you_mean
from emgctl.training.classifier.fitted import Fitted
from emgctl.training.classifier.lda import fit_discriminant
from emgctl.training.classifier.mobilenet import MobileNetV2
from emgctl.training.classifier.model_zoo import DEFAULT, FEATURES, FINE_TUNING, MODELS, ModelSpec
from emgctl.training.classifier.modules import (
    Average,
    Classifier,
    ForceIntensity,
    Intensity,
    Only,
    TemporalNetwork,
    dense,
)
from emgctl.training.classifier.temperature import best_temperature
from emgctl.training.classifier.train_loop import Progress, Steps, balance, train_network
from emgctl.training.data.training_set import FeatureTable, LabelledWindows, SessionScaler, with_weight
from emgctl.training.features.feature_sets import SETS, FeatureSet, Several
from emgctl.training.features.standardize import Standardize
from emgctl.training.history import History

MEMBERS = 8  # more than any model has networks, so that seeds never meet

Weights = Mapping[str, Tensor]
"""A classifier's parameters and buffers by name, as in its ``state_dict``."""
_NOT_EXPORTED = "num_batches_tracked"  # which nothing depends on


def fit_classifier(
    train: LabelledWindows,
    classes: Sequence[str],
    *,
    validation: LabelledWindows | None = None,
    model: str = DEFAULT,
    features: str = "",
    start: Weights | None = None,
    now: int | None = None,
    rest: str = "",
    seed: int = 0,
    progress: Progress | None = None,
) -> Fitted:
    """Fit a classifier.

    Features are standardized by each session's own statistics where there are several sessions with about the same
    shares of labels, so that what differs from one wearing to the next is not learned. Before the last fit, on
    everything, one without the validation windows finds each kind of head's temperature.

    Args:
        train: the windows to train on.
        classes: the labels' names.
        validation: to find temperatures with; ``emg4-mlp`` stops early by it, and is not trained on it.
        model: a name of :data:`MODELS`.
        features: a name of :data:`FEATURES`; "" for the model's own.
        start: weights of an earlier model of the same kind, from which networks continue; its temperatures are kept.
        now: the number of today's session: it counts more, and live features are
            standardized by it alone.
        rest: the class whose windows define the resting level, "" if there is none.
        seed: decides every random choice.
        progress: called with the number of steps done and their total.

    Raises:
        UsageError: the model or set of features is unknown, fewer than two classes have windows, or the earlier
            weights are of another model.
    """
    if model not in MODELS:
        raise UsageError(f"unknown model '{model}'{did_you_mean(model, MODELS)}")
    kind = MODELS[model]
    features_name = features or kind.features
    if features_name != kind.features and kind.features in ("raw", ""):
        raise UsageError(f"model '{model}' can't have features '{features_name}': it has its own")
    if features_name and features_name not in SETS:
        raise UsageError(f"unknown features '{features_name}'{did_you_mean(features_name, FEATURES)}")
    if len(np.unique(train.labels)) < 2:
        raise UsageError("a classifier needs windows of at least two labels to train on")
    with repeatable(seed):
        chosen = _features(kind, features_name, train.windows.shape[2], train.windows.shape[1])
        part = FeatureTable.of(train, chosen)
        held = None if validation is None else FeatureTable.of(validation, chosen)
        work = _Work(kind, len(classes), chosen, seed, start, now, progress)
        if kind.schedule.patience is not None:
            standardize, head = work.stopped_early(part, held)
        else:
            part, standardize, head = work.rehearsed(part, held)
        resting = part.y == classes.index(rest) if rest in classes else torch.zeros(len(part.y), dtype=torch.bool)
        forceful = int(torch.isfinite(part.force_n).sum()) > part.x.shape[2]
        intensity = ForceIntensity(part.x, part.force_n) if forceful else Intensity(part.x, resting)
        classifier = Classifier(chosen, standardize, head, intensity).eval()
    if progress is not None:
        progress(1, 1)
    networks = [one.facts() for one in classifier.modules() if isinstance(one, MobileNetV2)]
    return Fitted(
        classifier=classifier,
        features=chosen.names,
        history=work.history,
        facts={"network": networks[0]} if networks else {},
        full_force_n=intensity.full_n if isinstance(intensity, ForceIntensity) else None,
    )


def _features(kind: ModelSpec, features_name: str, channels: int, length: int) -> FeatureSet | Several:
    if features_name:
        return SETS[features_name](channels)
    return Several(list(dict.fromkeys(head.partition(":")[2] for head in kind.heads)), channels, length)


class _Work:
    """The fitting of one model's heads, one after the other."""

    def __init__(
        self,
        kind: ModelSpec,
        classes: int,
        features: FeatureSet | Several,
        seed: int,
        start: Weights | None,
        now: int | None,
        progress: Progress | None,
    ) -> None:
        self._kind, self._classes, self._features, self._seed = kind, classes, features, seed
        self._start, self._now = start, now
        self._progress, self._done, self._rounds = progress, 0, 1
        self.history: History = {}

    def stopped_early(self, part: FeatureTable, held: FeatureTable | None) -> tuple[Standardize, Average]:
        """One network, stopped by the validation part, on which it is not trained."""
        standardize = Standardize(part.features, part.rounding)
        watched = None if held is None else (standardize(held.features), held.y)
        network = self._network(0, standardize(part.features), part.y, watched, self.history)
        return standardize, Average([network], [1.0])

    def rehearsed(self, part: FeatureTable, held: FeatureTable | None) -> tuple[FeatureTable, Standardize, Average]:
        """All heads on everything, with temperatures from a fit without the validation part."""
        heads = self._kind.heads
        temperatures = [1.0] * len(heads)
        if self._start is not None:
            temperatures = _earlier(self._start, "head.temperatures").flatten().tolist()
        rehearse = held is not None and self._start is None
        rehearsed = list(dict.fromkeys(heads)) if rehearse else []
        self._rounds = sum(not one.startswith("lda") for one in (*heads, *rehearsed))
        if held is not None:
            if rehearse:
                found = self._rehearse(rehearsed, part, held)
                temperatures = [found[one] for one in heads]
            part = part.joined(held)
        scales = SessionScaler(part, self._now)
        z, y = with_weight(scales.apply(part), part, self._now)
        curves = self.history if held is None or not rehearse else {}
        made = [self._logits(place, one, z, y, None, curves) for place, one in enumerate(heads)]
        return part, scales.live, Average(made, temperatures)

    def _rehearse(self, heads: Sequence[str], part: FeatureTable, held: FeatureTable) -> dict[str, float]:
        scales = SessionScaler(part, self._now)
        z, y = with_weight(scales.apply(part), part, self._now)
        z_held, weight = scales.apply(held), balance(part.y, self._classes)
        found = {}
        for one in heads:
            fitted = self._logits(self._kind.heads.index(one), one, z, y, (z_held, held.y), self.history)
            with torch.inference_mode():
                found[one] = best_temperature(fitted(z_held), held.y, weight)
        return found

    def _logits(
        self, place: int, head: str, z: Tensor, y: Tensor, watched: tuple[Tensor, Tensor] | None, curves: History
    ) -> nn.Module:
        first, last = self._place(head, z)
        if head.startswith("lda"):
            return self._only(fit_discriminant(z[:, first:last], y, self._classes), first, last, z)
        torch.manual_seed(self._seed * MEMBERS + self._done)
        return self._network(place, z, y, watched, curves)

    def _network(
        self, place: int, z: Tensor, y: Tensor, watched: tuple[Tensor, Tensor] | None, curves: History
    ) -> nn.Module:
        schedule, steps = self._kind.schedule, Steps(self._progress, self._done, self._rounds)
        self._done += 1
        head = self._kind.heads[place]
        first, last = self._place(head, z)
        if head == "tcn":
            channels = self._features.channels
            network: nn.Module = TemporalNetwork(
                channels, z.shape[1] // channels, self._classes, schedule.hidden, schedule.dropout
            )
        elif head.startswith("mobilenetv2"):
            try:
                network = MobileNetV2(z.shape[1], self._classes, float(head.rpartition("-")[2]))
            except ValueError as error:
                raise UsageError(f"model '{head}' needs windows of one sample of a grid: {error}") from error
        else:
            network = dense((last - first, *schedule.hidden, self._classes), schedule.dropout)
        network = self._only(network, first, last, z)
        if self._start is not None:
            schedule, prefix = schedule if schedule.cosine else FINE_TUNING, f"head.heads.{place}."
            names = [name for name in network.state_dict() if not name.endswith(_NOT_EXPORTED)]
            network.load_state_dict({name: _earlier(self._start, prefix + name) for name in names}, strict=False)
        if self._start is not None and isinstance(network, MobileNetV2):
            network.freeze()
        return train_network(network, z, y, self._classes, schedule, watched, curves, steps)

    def _place(self, head: str, z: Tensor) -> tuple[int, int]:
        """Which of the features a head gets."""
        name = head.partition(":")[2]
        return self._features.places[name] if name and isinstance(self._features, Several) else (0, z.shape[1])

    @staticmethod
    def _only(head: nn.Module, first: int, last: int, z: Tensor) -> nn.Module:
        return head if last - first == z.shape[1] else Only(head, first, last)


def _earlier(start: Mapping[str, Tensor], name: str) -> Tensor:
    if name not in start:
        raise UsageError(
            "the earlier model is of another kind and cannot be used as a starting point; train without it"
        )
    return start[name]


@contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """One thread and a fixed seed, so that sums are always added in the same order."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
