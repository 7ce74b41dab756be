"""Scales of the two parts of the space, for calibrated probabilities among any classes.

Chosen on data held out from a first fit: they minimize the log loss over random subsets of all sizes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgctl.recording.windows import Indices
from emgctl.training.contrastive.modules import SHRINKAGE
from emgctl.training.contrastive.subset_accuracy import Scores, subsets

RATIO = 0.015  # of the linear part's scale to the network's; accuracy hardly changes between 0.006 and 0.025
FOR_OTHERS = (0.015, 0.05, 0.15, 0.5)  # a network generalizes less to other people, so the ratio is determined
WORTH = 0.005  # reduction of the loss required for more weight of the network across people
FEWEST = 2  # training people required to judge how a network generalizes across people
LINEAR, NETWORK = np.geomspace(0.01, 1.0, 25), np.geomspace(2.0, 30.0, 25)
SHRINKAGES = (SHRINKAGE, 2 * SHRINKAGE, 4 * SHRINKAGE, 8 * SHRINKAGE)  # the first applies if no other people are tested
SUBSETS_A_SIZE = 6
_Case = tuple[Scores, Scores, Indices, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Weights:
    """``linear`` and ``network``: scales of the parts' products; ``alone``: the linear part's scale if used alone.

    ``shrinkage``: of the covariance within classes.
    """

    linear: float = 0.12
    network: float = 8.0
    alone: float = 0.12
    shrinkage: float = SHRINKAGE


@dataclass(frozen=True, slots=True)
class HeldOutScores:
    """Predictions for held-out windows of the classes ``truth`` and of ``person``, ``(N,)``.

    ``linear`` ``(N, K)`` by shrinkage, ``cosines`` ``(N, K)``; ``people`` is the number of training people.
    """

    linear: Mapping[float, Scores]
    cosines: Scores
    truth: Indices
    person: Indices
    people: int


def weigh(held_out: Sequence[HeldOutScores], others: bool) -> Weights:
    """Choose the weights from the held-out predictions of each fit.

    If other people are tested (``others``), half of whom are in the training data of each fit, the shrinkage is also
    determined: half of the best one for half of them. So is the ratio of the parts: among those with about the lowest
    loss, the one closest to the linear part alone, which is also used alone if there are few training people.
    """
    cases = {shrinkage: _cases(held_out, shrinkage) for shrinkage in (held_out[0].linear if held_out else ())}
    if not cases or not any(cases.values()):
        return Weights()
    alones = {one: min((_loss(some, a, 0.0), a) for a in LINEAR) for one, some in cases.items()}
    shrinkage = min(SHRINKAGES[1:], key=lambda one: alones[one][0]) / 2 if others else SHRINKAGE
    found, alone = cases[shrinkage], alones[shrinkage][1]
    if not others:
        network = min(NETWORK, key=lambda b: _loss(found, RATIO * b, b))
        return Weights(float(RATIO * network), float(network), float(alone), shrinkage)
    ratios = FOR_OTHERS if min(one.people for one in held_out) >= FEWEST else ()
    pairs = [min(((a, a / ratio) for a in LINEAR), key=lambda one: _loss(found, *one)) for ratio in ratios]
    pairs.append((alone, 0.0))
    losses = [_loss(found, *one) for one in pairs]
    both, network = next(
        one for one, loss in reversed(list(zip(pairs, losses, strict=True))) if loss <= (1 + WORTH) * min(losses)
    )
    return Weights(float(both), float(network), float(alone), shrinkage)


def _cases(held_out: Sequence[HeldOutScores], shrinkage: float) -> list[_Case]:
    """Random subsets of the classes, for each person."""
    found = []
    for one in held_out:
        linear = one.linear[shrinkage]
        for person in np.unique(one.person):
            mine = one.person == person
            there = np.unique(one.truth[mine]).tolist()
            found += [
                _case(linear[mine], one.cosines[mine], one.truth[mine], chosen)
                for size in range(2, len(there) + 1)
                for chosen in subsets(there, size, SUBSETS_A_SIZE)[:SUBSETS_A_SIZE]
            ]
    return found


def _case(linear: Scores, cosines: Scores, truth: Indices, chosen: tuple[int, ...]) -> _Case:
    """The scores of both parts among the chosen classes, the true class's index, and weights to balance classes."""
    place = np.full(linear.shape[1], -1)
    place[list(chosen)] = np.arange(len(chosen))
    inside = np.flatnonzero(place[truth] >= 0)
    target = place[truth[inside]]
    weight = 1 / np.maximum(np.bincount(target, minlength=len(chosen)), 1)[target]
    columns = list(chosen)
    return linear[inside][:, columns], cosines[inside][:, columns], target, weight / max(weight.sum(), 1e-9)


def _loss(cases: list[_Case], a: float, b: float) -> float:
    total = 0.0
    for linear, cosines, target, weight in cases:
        logits = a * linear + b * cosines
        logits = logits - logits.max(axis=1, keepdims=True)
        log = logits[np.arange(len(target)), target] - np.log(np.exp(logits).sum(axis=1))
        total -= float(weight @ log)
    return total / len(cases)
