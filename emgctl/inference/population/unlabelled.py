"""Learning without labels: the clusters of free movement, taken for the gestures that the population expects there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import UsageError
from emgctl.inference.population.belief import Belief, Evidence
from emgctl.inference.population.classifier import softmax
from emgctl.inference.population.personal import PersonalModel
from emgctl.inference.population.placement import placements
from emgctl.inference.population.ring_search import RingFit, share_near

Values = NDArray[np.float64]
LEAST_S = 5.0
ROUNDS = 2  # with more, clusters begin to swap gestures
FINALISTS = 3  # placements that are followed to the end
HOLD_S = 3.0  # about how long a gesture lasts
STEP_S = 0.05  # windows further apart bring nothing more
QUIET_SHARE, LOUD_SHARE = 0.3, 0.6  # the quietest windows are taken for rest, the loudest 40 % for gestures
LOUD_NOISE = 0.3  # of the average of the loudest windows, in units of that of a repetition
CLUSTER_NOISE = 6.0  # of a cluster's average against that of a hold with a label: it may be of another gesture
TEMPER = 0.1  # of the likelihoods of single windows, which are overconfident
LEAST_WEIGHT = 1.0  # independent observations of a class, below which it follows the others


def best_explanation(
    known: PersonalModel, features: Values, hop_s: float, correlated_s: float, arm: str | None
) -> PersonalModel:
    """The personal model that explains free movement ``(N, F)`` best; ``arm`` None keeps the known placement.

    Raises:
        UsageError: there are too few windows.
    """
    if len(features) * hop_s < LEAST_S:
        raise UsageError(f"learning without labels takes {LEAST_S:g} s of movement or more")
    channels = known.prior.features.channels
    step = max(1, round(STEP_S / hop_s))
    x, step_s = features[::step], step * hop_s
    candidates = [known.ring.placement] if arm is None else placements(channels, arm)
    fits = [_Mixture(known, x[:, one.feature_order(channels)], step_s, correlated_s) for one in candidates]
    first = np.array([one.evidence() for one in fits])
    chosen = np.argsort(-first)[:FINALISTS]
    scores = []
    for place in chosen:
        for _ in range(ROUNDS):
            fits[place].improve()
        scores.append(fits[place].evidence())
    best = int(chosen[int(np.argmax(scores))])
    ring = RingFit(candidates[best], share_near(candidates, first, best, channels), fits[best].strangeness())
    return replace(known, ring=ring if arm is not None else known.ring, belief=fits[best].belief)


class _Mixture:
    """A mixture of Gaussian classes whose means are known as a belief; classes last for a while."""

    def __init__(self, known: PersonalModel, x: Values, step_s: float, correlated_s: float) -> None:
        self._known, self._x, self._independent = known, x, correlated_s / step_s
        self._stay = np.exp(-step_s / HOLD_S)
        self.belief: Belief = _roughly(known, x)
        self._start = self.belief

    def improve(self) -> None:
        """One round: which class each window is of, and then the class means from the first belief anew."""
        shares = _lasting(TEMPER * self._log_likelihoods(), self._stay)
        weights = shares.sum(axis=0)
        seen = np.flatnonzero(weights / self._independent >= LEAST_WEIGHT)
        means = (shares[:, seen].T @ self._x) / weights[seen, None]
        prior = self._known.prior
        noise = CLUSTER_NOISE * (prior.between + prior.within / (weights[seen, None, None] / self._independent))
        self.belief = self._start.updated(Evidence(seen, means, noise))

    def evidence(self) -> float:
        """The log likelihood of what was seen, counted in independent windows, and of the means under the start."""
        scores = self._log_likelihoods()
        most = scores.max(axis=1)
        mixed = most + np.log(np.exp(scores - most[:, None]).mean(axis=1))
        moved = (self.belief.mean - self._known.belief.mean).ravel()
        start = self._known.belief.covariance
        cost = 0.5 * moved @ np.linalg.solve(start, moved) if moved.any() else 0.0
        return float(mixed.sum() / self._independent - cost)

    def strangeness(self) -> float:
        """The mean squared distance of windows from the nearest class, per dimension."""
        return float(-2 * self._log_likelihoods(normalized=False).max(axis=1).mean() / self._x.shape[1])

    def _log_likelihoods(self, normalized: bool = True) -> Values:
        """Of each window and class ``(N, L)``, without constants; each class has a covariance of its own."""
        shared = self._known.covariance()
        uncertain = self.belief.class_covariances()
        scores = np.zeros((len(self._x), len(uncertain)))
        for place, (mean, more) in enumerate(zip(self.belief.mean, uncertain, strict=True)):
            factor = np.linalg.cholesky(shared + more)
            scores[:, place] = -0.5 * np.square(np.linalg.solve(factor, (self._x - mean).T)).sum(axis=0)
            if normalized:
                scores[:, place] -= np.log(np.diag(factor)).sum()
        return scores


def _lasting(scores: Values, stay: float) -> Values:
    """Probabilities ``(N, L)`` of classes that last: the forward and backward passes of a hidden Markov model."""
    count = scores.shape[1]
    powers = np.exp(scores - scores.max(axis=1, keepdims=True)) + 1e-30

    def passed(rows: Values) -> Values:
        found, state = np.empty_like(rows), np.full(count, 1 / count)
        for place, row in enumerate(rows):
            state = (stay * state + (1 - stay) / count) * row
            state /= state.sum()
            found[place] = state
        return found

    forward, backward = passed(powers), passed(powers[::-1])[::-1]
    following = np.full_like(backward, 1 / count)
    following[:-1] = stay * backward[1:] + (1 - stay) / count
    return softmax(np.log(forward * following + 1e-300))


def _roughly(known: PersonalModel, x: Values) -> Belief:
    """A first belief from two averages alone: of the quietest windows, and of the loudest."""
    prior, belief = known.prior, known.belief
    count, width = belief.mean.shape
    rows, columns = np.triu_indices(prior.features.channels)
    loud = x[:, rows == columns].mean(axis=1)
    quiet, active = np.quantile(loud, (QUIET_SHARE, LOUD_SHARE))
    means = np.stack([x[loud <= quiet].mean(axis=0), x[loud > active].mean(axis=0)])
    weights = np.zeros((2, count))
    weights[0, 0], weights[1, 1:] = 1.0, 1 / (count - 1)
    observed = np.kron(weights, np.eye(width))
    noise = np.kron(np.diag([1.0, LOUD_NOISE]), prior.between)
    gain = np.linalg.solve(observed @ belief.covariance @ observed.T + noise, observed @ belief.covariance).T
    mean = belief.mean.ravel() + gain @ (means.ravel() - observed @ belief.mean.ravel())
    covariance = belief.covariance - gain @ observed @ belief.covariance
    return Belief(mean.reshape(count, width), (covariance + covariance.T) / 2)
