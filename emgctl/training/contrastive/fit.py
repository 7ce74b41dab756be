"""Fits the dual encoder of decoder ``contrastive`` on the training part only, reproducibly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from emgctl.errors import UsageError
from emgctl.inference.prototypes import PoseEncoder, PrototypeSet
from emgctl.recording.windows import Indices, Windows
from emgctl.support.batches import batches
from emgctl.support.evenly_spaced import evenly_spaced
from emgctl.training.classifier.fit import repeatable
from emgctl.training.classifier.fitted import Fitted
from emgctl.training.classifier.modules import Intensity
from emgctl.training.contrastive.batches import EpisodeSampler
from emgctl.training.contrastive.modules import (
    SHRINKAGE,
    DualEncoder,
    PrototypeHead,
    SignalEncoder,
    Whitening,
    linear_scores,
)
from emgctl.training.contrastive.score_fusion import SHRINKAGES, HeldOutScores, weigh
from emgctl.training.contrastive.train_loop import ContrastiveConfig, WorkerContext, train_pair
from emgctl.training.data.splits import Fold, near
from emgctl.training.data.training_set import ROUNDED_WINDOWS, FeatureTable, SessionScaler, rounding_error
from emgctl.training.features.rms_history import WindowFeatures
from emgctl.training.history import History

SPACE, HIDDEN, DROPOUT = 64, (512, 256), 0.4
SCALED_WINDOWS = 3000  # used to estimate the scales
RIDGE = 0.3  # of the regression on poses, per window
MANY_REPETITIONS = 3
NOISE_FOR_OTHERS = 1.0  # standard deviations: differences between people exceed those between repetitions
LEVELS = 4096  # windows used to estimate the levels of rest and effort
_BATCH = 4096


def fit_contrastive(
    windows: Windows,
    fold: Fold,
    rest: str = "",
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
    settings: ContrastiveConfig | None = None,
    checkpoint: Path | None = None,
) -> Fitted:
    """Fit a dual encoder on the training and validation windows of a fold.

    Before the final fit, another one without the last repetition, or without the validation windows if there are fewer
    than three repetitions, determines the scales of the two parts of the space, so that the probabilities among any
    subset of the classes are calibrated. If other people are tested, there are two such fits, each on half the people.

    Args:
        windows: the windows, part of which is used for training; their memory is part of the model.
        fold: which part to train on.
        rest: the class whose windows give the level of rest, "" if there is none.
        seed: seed of every random choice.
        progress: called with the number of steps done and the total.
        settings: of the contrastive training; None for the defaults, with more noise if other people are tested.
        checkpoint: a file to continue from after an interruption.

    Raises:
        UsageError: fewer than two classes have windows.
    """
    if len(np.unique(windows.labels[fold.train])) < 2:
        raise UsageError("training needs windows of at least two labels")
    usual = ContrastiveConfig(noise=NOISE_FOR_OTHERS) if fold.others else ContrastiveConfig()
    settings, place = settings or usual, WorkerContext.found()
    described = WindowFeatures(windows.signal.channels, windows.length, windows.memory)
    chosen = fold.trained_on
    rehearsals = _rehearsals(windows, fold, chosen)
    rounds = len(rehearsals) + 1
    history: History = {}

    def tell(round_: int) -> Callable[[int, int], None] | None:
        return None if progress is None else lambda done, of: progress(round_ * of + done, rounds * of)

    def pairing(chosen: Indices, curves: History, round_: int, shrinkage: float) -> _Pairing:
        part = describe(windows, chosen, described)
        sets = EpisodeSampler(part.y, part.sessions, torch.from_numpy(windows.repetition[chosen]))
        pair = PrototypeHead(_encoder(described), len(windows.label_names), SPACE)
        kept = None if checkpoint is None else checkpoint.with_name(f"{checkpoint.name}.{round_ + 1}")
        scales = SessionScaler(part, together=fold.others)
        how = (settings, seed + round_, curves, tell(round_), place, kept)
        return _Pairing(described, part, scales, sets, pair, shrinkage, how)

    def scores_of(round_: int, without: Indices, held: Indices) -> HeldOutScores:
        # not evenly_spaced: single precision chooses slightly other windows, and models must stay the same
        held = held[torch.linspace(0, len(held) - 1, min(len(held), SCALED_WINDOWS // len(rehearsals))).long().numpy()]
        made = pairing(without, {}, round_, SHRINKAGE)
        person = windows.person[held] if fold.others else np.zeros(len(held), np.int64)
        people, shrinkages = (
            len(np.unique(windows.person[without])),
            SHRINKAGES if fold.others else (SHRINKAGE,),
        )
        return made.scores_of(describe(windows, held, described), person, people, shrinkages)

    with repeatable(seed):
        weights = weigh([scores_of(number, *one) for number, one in enumerate(rehearsals)], fold.others)
        made = pairing(chosen, history, rounds - 1, weights.shrinkage)
        level = chosen[evenly_spaced(len(chosen), LEVELS)]
        resting = torch.from_numpy(np.array([name == rest for name in windows.label_names])[windows.labels[level]])
        intensity = Intensity(torch.from_numpy(windows.take(level)[:, windows.memory :]), resting)
        model = DualEncoder(
            described, made.live, made.whitening, made.means, made.pair, intensity, (weights.linear, weights.network)
        ).eval()
        encoder, poses = _poses(windows, chosen, made)
    classes = PrototypeSet(
        windows.label_names,
        made.means.numpy(),
        model.vectors.numpy(),
        np.array((weights.linear, weights.network, weights.alone), np.float32),
        trial=np.empty((0, len(windows.label_names)), np.float32),
        truth=np.empty(0, np.int64),
        encoder=encoder,
        poses=poses,
    )
    facts = {
        "train_loss": history["train_loss"][-1],
        "scales": {"linear": weights.linear, "network": weights.network, "linear_alone": weights.alone},
        "shrinkage": weights.shrinkage,
    }
    return Fitted(classifier=model, features=described.names, history=history, facts=facts, classes=classes)


_How = tuple[ContrastiveConfig, int, History, Callable[[int, int], None] | None, WorkerContext, Path | None]


class _Pairing:
    """Fit both parts of the space to a part of the data."""

    def __init__(
        self,
        described: WindowFeatures,
        part: FeatureTable,
        scales: SessionScaler,
        sets: EpisodeSampler,
        pair: PrototypeHead,
        shrinkage: float,
        how: _How,
    ) -> None:
        settings, seed, curves, progress, place, checkpoint = how
        self._described, self._scales, self._y, self._classes = described, scales, part.y, len(pair.vectors)
        self.live = self._scales.live
        z = self._scales.apply(part)
        self._linear = z[:, described.linear]
        self.whitening, self.means, self.white = self._whitened(shrinkage)
        self.pair = train_pair(
            pair, z[:, described.network].clone(), sets, settings, seed, curves, progress, place, checkpoint
        )

    def _whitened(self, shrinkage: float) -> tuple[Whitening, Tensor, Tensor]:
        """The linear part: whitening, the classes' means, and the whitened training data."""
        whitening = Whitening(self._linear, self._y, shrinkage)
        white = whitening(self._linear)
        # classes without windows are far from everything
        means = torch.full((self._classes, white.shape[1]), 1e3 / white.shape[1] ** 0.5)
        for one in torch.unique(self._y):
            means[one] = white[self._y == one].mean(dim=0)
        return whitening, means, white

    def scores_of(self, held: FeatureTable, person: Indices, people: int, shrinkages: Sequence[float]) -> HeldOutScores:
        """Predictions of both parts for held-out windows of ``person``, ``(N,)``, the linear ones by shrinkage."""
        z = self._scales.apply(held)
        linear = {}
        with torch.inference_mode():
            for one in shrinkages:
                whitening, means, _ = self._whitened(one)
                linear[one] = linear_scores(whitening(z[:, self._described.linear]), means).numpy()
            cosines = self.pair.encoder(z[:, self._described.network]) @ self.pair.classes().T
        return HeldOutScores(linear, cosines.numpy(), held.y.numpy(), person, people)


def _rehearsals(windows: Windows, fold: Fold, chosen: Indices) -> list[tuple[Indices, Indices]]:
    """Split into training and held-out data for the weights: half the people, a repetition, or the validation part.

    If half the people are held out, only classes that the other half also performed are used.
    """
    person, labels = windows.person[chosen], windows.labels[chosen]
    people = np.unique(person)
    if fold.others and len(people) > 1:
        found = []
        for half in (people[::2], people[1::2]):
            held = np.isin(person, half)
            known = np.unique(labels[~held])
            held_known = held & np.isin(labels, known)
            if len(known) > 1 and held_known.any():
                found.append((chosen[~held], chosen[held_known]))
        if found:
            return found
    repetition = windows.repetition[chosen]
    if len(fold.validation) and len(np.unique(repetition[repetition >= 0])) >= MANY_REPETITIONS:
        last = np.zeros(len(windows), np.bool_)
        last[chosen[repetition == repetition.max()]] = True
        apart = ~last[chosen] & ~near(windows, last, windows.length + windows.memory)[chosen]
        if len(np.unique(labels[apart])) == len(np.unique(labels)):
            return [(chosen[apart], chosen[last[chosen]])]
    return [(fold.train, fold.validation)] if len(fold.validation) else []


def describe(windows: Windows, chosen: Indices, described: WindowFeatures) -> FeatureTable:
    """The features of some windows, computed in batches to save memory."""
    with torch.inference_mode():
        parts = [described(torch.from_numpy(windows.take(chosen[part]))) for part in batches(len(chosen), _BATCH)]
        some = chosen[evenly_spaced(len(chosen), ROUNDED_WINDOWS)]
        rounding = rounding_error(described, torch.from_numpy(windows.take(some)))
    y, sessions = torch.from_numpy(windows.labels[chosen]), torch.from_numpy(windows.session[chosen])
    return FeatureTable(torch.empty(0), y, sessions, torch.cat(parts).clone(), rounding, torch.empty(0))


def _encoder(described: WindowFeatures) -> SignalEncoder:
    width = described.network.stop - described.network.start
    return SignalEncoder(width, SPACE, HIDDEN, DROPOUT)


def _poses(windows: Windows, chosen: Indices, made: _Pairing) -> tuple[PoseEncoder | None, NDArray[np.float32] | None]:
    """The regression from poses to positions, and the mean pose of each class; None if there are no poses."""
    track = windows.pose
    if track is None:
        return None, None
    values = track.values[chosen]
    known = np.isfinite(values).all(axis=1)
    y = windows.labels[chosen][known]
    if len(np.unique(y)) < 2:
        return None, None
    values, white = values[known].astype(np.float64), made.white.numpy()[known].astype(np.float64)
    counts = np.bincount(y, minlength=len(windows.label_names))
    weight = len(y) / np.maximum(counts, 1)[y] / (counts > 0).sum()
    mean = np.average(values, axis=0, weights=weight)
    scale = np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weight)) + 1e-6
    spread = PoseEncoder.spread(((values - mean) / scale).astype(np.float32)).astype(np.float64)
    weighted = spread * weight[:, None]
    ridge = RIDGE * len(y) * np.eye(spread.shape[1])
    ridge[-1, -1] = 1e-6 * len(y)  # no shrinkage of the constant
    solved = np.linalg.solve(weighted.T @ spread + ridge, weighted.T @ white)
    poses = np.stack([np.median(values[y == one], axis=0) if counts[one] else mean for one in range(len(counts))])
    encoder = PoseEncoder(track.joints, *(one.astype(np.float32) for one in (mean, scale, solved)))
    return encoder, poses.astype(np.float32)
