"""Fits the dual encoder of decoder ``contrastive``, on the training part only; the same call gives the same weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from emgctl.contrast import Classes, PoseEncoder
from emgctl.errors import UsageError
from emgctl.training.contrastive import DualEncoder, Pair, SignalEncoder, Whitening, linear_scores
from emgctl.training.cut import Indices, Windows
from emgctl.training.encoder import Contrast, Place, train_pair
from emgctl.training.fit import Fitted, repeatable
from emgctl.training.models import Intensity
from emgctl.training.network import History
from emgctl.training.parts import ROUNDED_WINDOWS, Part, Scales, rounding_error
from emgctl.training.sets import Sets
from emgctl.training.splits import Fold, near
from emgctl.training.subsets import Scores, subsets
from emgctl.training.trace import Described

SPACE, HIDDEN, DROPOUT = 64, (512, 256), 0.4
RATIO = 0.015  # of the linear part's scale to the network's: accuracy hardly changes between 0.006 and 0.025
FOR_OTHERS = (0.015, 0.05, 0.15, 0.5, 1.5, 5.0)  # a network says less of other people, so the ratio is found
USUAL = (0.12, 8.0, 0.12)  # scales, where there is nothing to find them with
LINEAR, NETWORK = np.geomspace(0.01, 1.0, 25), np.geomspace(2.0, 30.0, 25)
SCALED_WINDOWS = 3000  # to find scales with
SUBSETS_A_SIZE = 6
RIDGE = 0.3  # of the regression from poses, for each window
MANY_REPETITIONS = 3
LEVELS = 4096  # windows to find the levels of rest and effort with
_BATCH = 4096


def fit_contrastive(
    windows: Windows,
    fold: Fold,
    rest: str = "",
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
    settings: Contrast | None = None,
    checkpoint: Path | None = None,
) -> Fitted:
    """Fit a dual encoder on the training and validation windows of a fold.

    Before the fit on everything, one without the last repetition, or where there are fewer than three without the
    validation windows, finds what the two parts of the space are multiplied by, so that the probabilities among the
    classes of any subset mean what they say. Where other people are tested, it is one without the last person.

    Args:
        windows: of which a part is learnt; their memory is part of the model.
        fold: which part.
        rest: the class whose windows tell the level of rest, "" if there is none.
        seed: decides every random choice.
        progress: told how many steps are done, of how many.
        settings: of the contrastive training.
        checkpoint: a file to go on from after the training was broken off.

    Raises:
        UsageError: fewer than two classes have windows.
    """
    if len(np.unique(windows.labels[fold.train])) < 2:
        raise UsageError("a decoder needs windows of at least two labels to learn from")
    settings, place = settings or Contrast(), Place.found()
    described = Described(windows.signal.channels, windows.length, windows.memory)
    chosen = fold.learnt
    without, held = _rehearsal(windows, fold, chosen)
    rounds, scales = 1 + bool(len(held)), USUAL
    history: History = {}

    def tell(round_: int) -> Callable[[int, int], None] | None:
        return None if progress is None else lambda done, of: progress(round_ * of + done, rounds * of)

    def pairing(chosen: Indices, part: Part, curves: History, round_: int) -> _Pairing:
        sets = Sets(part.y, part.sessions, torch.from_numpy(windows.repetition[chosen]))
        pair = Pair(_encoder(described), len(windows.label_names), SPACE)
        kept = None if checkpoint is None else checkpoint.with_name(f"{checkpoint.name}.{round_ + 1}")
        scales = Scales(part, together=fold.others)
        return _Pairing(
            described, part, scales, sets, pair, (settings, seed + round_, curves, tell(round_), place, kept)
        )

    with repeatable(seed):
        if rounds > 1:
            rehearsed = describe(windows, without, described)
            scales = pairing(without, rehearsed, {}, 0).scales_by(describe(windows, held, described), fold.others)
        made = pairing(chosen, describe(windows, chosen, described), history, rounds - 1)
        level = chosen[np.linspace(0, len(chosen) - 1, min(len(chosen), LEVELS)).astype(int)]
        resting = torch.from_numpy(np.array([name == rest for name in windows.label_names])[windows.labels[level]])
        intensity = Intensity(torch.from_numpy(windows.take(level)[:, windows.memory :]), resting)
        model = DualEncoder(
            described, made.live, made.whitening, made.means, made.pair, intensity, (scales[0], scales[1])
        ).eval()
        encoder, poses = _poses(windows, chosen, made)
    classes = Classes(
        windows.label_names,
        made.means.numpy(),
        model.vectors.numpy(),
        np.array(scales, np.float32),
        trial=np.empty((0, len(windows.label_names)), np.float32),
        truth=np.empty(0, np.int64),
        encoder=encoder,
        poses=poses,
    )
    facts = {
        "train_loss": history["train_loss"][-1],
        "scales": {"linear": scales[0], "network": scales[1], "linear_alone": scales[2]},
    }
    return Fitted(model, described.names, history, facts, classes)


_How = tuple[Contrast, int, History, Callable[[int, int], None] | None, Place, Path | None]
_Case = tuple[Scores, Scores, Indices, NDArray[np.float64]]


class _Pairing:
    """Both parts of the space, fitted to a part."""

    def __init__(self, described: Described, part: Part, scales: Scales, sets: Sets, pair: Pair, how: _How) -> None:
        settings, seed, curves, progress, place, checkpoint = how
        self._described, self._scales = described, scales
        self.live = self._scales.live
        z = self._scales.apply(part)
        linear = z[:, described.linear]
        self.whitening = Whitening(linear, part.y)
        white = self.whitening(linear)
        classes = len(pair.vectors)
        # a class without windows is far from everything
        self.means = torch.full((classes, white.shape[1]), 1e3 / white.shape[1] ** 0.5)
        for one in sets.present:
            self.means[one] = white[part.y == one].mean(dim=0)
        self.white = white
        self.pair = train_pair(
            pair, z[:, described.network].clone(), sets, settings, seed, curves, progress, place, checkpoint
        )

    def scales_by(self, held: Part, others: bool) -> tuple[float, float, float]:
        """What the products of the two parts are multiplied by, and those of the linear part alone.

        They have the least log loss on held-out windows, over random subsets of all sizes; their ratio is found too
        where these are of ``others``.
        """
        some = torch.linspace(0, len(held.y) - 1, min(len(held.y), SCALED_WINDOWS)).long()
        z, truth = self._scales.apply(held)[some], held.y[some].numpy()
        with torch.inference_mode():
            linear = linear_scores(self.whitening(z[:, self._described.linear]), self.means)
            cosines = self.pair.encoder(z[:, self._described.network]) @ self.pair.classes().T
        chosen = [
            one
            for size in range(2, len(self.means) + 1)
            for one in subsets(sorted(set(truth.tolist())), size, SUBSETS_A_SIZE)[:SUBSETS_A_SIZE]
        ]
        cases = [_case(linear.numpy(), cosines.numpy(), truth, one) for one in chosen]
        cases = [one for one in cases if len(one[2])]
        if not cases:
            return USUAL
        alone = min(LINEAR, key=lambda a: _loss(cases, a, 0.0))
        if others:
            pairs = [(a, a / ratio) for a in LINEAR for ratio in FOR_OTHERS]
        else:
            pairs = [(RATIO * b, b) for b in NETWORK]
        both, network = min(pairs, key=lambda one: _loss(cases, *one))
        return float(both), float(network), float(alone)


def _rehearsal(windows: Windows, fold: Fold, chosen: Indices) -> tuple[Indices, Indices]:
    """What is learnt, and what is held out to find scales with: a person, a repetition, or the validation part."""
    person = windows.person[chosen]
    if fold.others and len(np.unique(person)) > 1:
        return chosen[person != person[-1]], chosen[person == person[-1]]
    repetition, labels = windows.repetition[chosen], windows.labels[chosen]
    if len(fold.validation) and len(np.unique(repetition[repetition >= 0])) >= MANY_REPETITIONS:
        last = np.zeros(len(windows), np.bool_)
        last[chosen[repetition == repetition.max()]] = True
        apart = ~last[chosen] & ~near(windows, last, windows.length + windows.memory)[chosen]
        if len(np.unique(labels[apart])) == len(np.unique(labels)):
            return chosen[apart], chosen[last[chosen]]
    return fold.train, fold.validation


def describe(windows: Windows, chosen: Indices, described: Described) -> Part:
    """The features of some windows, taken a few at a time; the windows themselves are left where they are."""
    with torch.inference_mode():
        parts = [
            described(torch.from_numpy(windows.take(chosen[first : first + _BATCH])))
            for first in range(0, len(chosen), _BATCH)
        ]
        some = chosen[np.linspace(0, len(chosen) - 1, min(len(chosen), ROUNDED_WINDOWS)).astype(int)]
        rounding = rounding_error(described, torch.from_numpy(windows.take(some)))
    y, sessions = torch.from_numpy(windows.labels[chosen]), torch.from_numpy(windows.session[chosen])
    return Part(torch.empty(0), y, sessions, torch.cat(parts).clone(), rounding, torch.empty(0))


def _encoder(described: Described) -> SignalEncoder:
    width = described.network.stop - described.network.start
    return SignalEncoder(width, SPACE, HIDDEN, DROPOUT)


def _case(linear: Scores, cosines: Scores, truth: Indices, chosen: tuple[int, ...]) -> _Case:
    """The scores of both parts among the chosen classes, and the true one's place, weighted so that classes count."""
    place = np.full(linear.shape[1], -1)
    place[list(chosen)] = np.arange(len(chosen))
    inside = np.flatnonzero(place[truth] >= 0)
    wanted = place[truth[inside]]
    weight = 1 / np.maximum(np.bincount(wanted, minlength=len(chosen)), 1)[wanted]
    columns = list(chosen)
    return linear[inside][:, columns], cosines[inside][:, columns], wanted, weight / max(weight.sum(), 1e-9)


def _loss(cases: list[_Case], a: float, b: float) -> float:
    total = 0.0
    for linear, cosines, wanted, weight in cases:
        logits = a * linear + b * cosines
        logits = logits - logits.max(axis=1, keepdims=True)
        log = logits[np.arange(len(wanted)), wanted] - np.log(np.exp(logits).sum(axis=1))
        total -= float(weight @ log)
    return total / len(cases)


def _poses(windows: Windows, chosen: Indices, made: _Pairing) -> tuple[PoseEncoder | None, NDArray[np.float32] | None]:
    """The regression from poses to places, and the middle pose of each class; None where there are no poses."""
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
    ridge[-1, -1] = 1e-6 * len(y)  # the constant is not shrunk
    solved = np.linalg.solve(weighted.T @ spread + ridge, weighted.T @ white)
    poses = np.stack([np.median(values[y == one], axis=0) if counts[one] else mean for one in range(len(counts))])
    encoder = PoseEncoder(track.joints, *(one.astype(np.float32) for one in (mean, scale, solved)))
    return encoder, poses.astype(np.float32)
