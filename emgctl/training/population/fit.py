"""Fits the prior over persons: sessions are turned until they agree, and then their means and differences counted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import UsageError
from emgctl.inference.population.card import PopulationCard
from emgctl.inference.population.features import RingFeatures
from emgctl.inference.population.placement import Placement, placements
from emgctl.inference.population.prior import Prior
from emgctl.inference.population.prior_file import kronecker_factors
from emgctl.training.population.statistics import SessionStatistics

Values = NDArray[np.float64]
LEAST_PEOPLE = 3
ROUNDS = 10  # of turning; five are enough for forty people
PRODUCT_SHARE, DIAGONAL_SHARE = 0.8, 0.1  # of the regularized covariance of persons; the rest is as counted


def fit_prior(sessions: Sequence[SessionStatistics], features: RingFeatures, card: PopulationCard) -> Prior:
    """The prior over persons of a population.

    The covariance of persons has far more entries than there are people. It is regularized towards a Kronecker
    product of a covariance between classes and one between features, which is what people who differ in the same
    way for every gesture would have, and towards independent classes.

    Raises:
        UsageError: there are too few people.
    """
    people = list(dict.fromkeys(one.subject for one in sessions))
    if len(people) < LEAST_PEOPLE:
        raise UsageError(f"a population takes recordings of {LEAST_PEOPLE} people or more, not {len(people)}")
    orders = [one.feature_order(features.channels) for one in aligned(sessions, features.channels)]
    means = np.stack([one.means[:, order] for one, order in zip(sessions, orders, strict=True)])
    within = sum((one.within[np.ix_(order, order)] for one, order in zip(sessions, orders, strict=True)), 0.0)
    between = sum((one.between[np.ix_(order, order)] for one, order in zip(sessions, orders, strict=True)), 0.0)
    counts = {name: sum(one.subject == name for one in sessions) for name in people}
    weights = np.array([1 / counts[one.subject] for one in sessions]) / len(people)
    mean = np.einsum("n,ncf->cf", weights, means)
    differences = (means - mean).reshape(len(sessions), -1)
    spread = _regularized((differences * weights[:, None]).T @ differences, len(mean))
    return Prior(
        card.labels,
        features,
        mean,
        spread,
        _session_covariance(sessions, differences, len(mean)),
        np.asarray(between) / sum(one.between_count for one in sessions),
        np.asarray(within) / sum(one.within_count for one in sessions),
        card,
    )


def aligned(sessions: Sequence[SessionStatistics], channels: int) -> list[Placement]:
    """How each session's ring was worn, such that the class means of all agree best."""
    found = [Placement(0, one.mirrored) for one in sessions]
    orders = {one: one.feature_order(channels) for one in placements(channels)}
    for _ in range(ROUNDS):
        turned = np.stack([one.means[:, orders[place]] for one, place in zip(sessions, found, strict=True)])
        mean = turned.mean(axis=0)
        variance = np.square(turned - mean).mean(axis=(0, 1))
        before = found
        found = []
        for one in sessions:
            candidates = placements(channels, "left" if one.mirrored else "right")
            costs = [float((np.square(one.means[:, orders[place]] - mean) / variance).sum()) for place in candidates]
            found.append(candidates[int(np.argmin(costs))])
        if found == before:
            break
    return found


def _regularized(counted: Values, classes: int) -> Values:
    width = len(counted) // classes
    blocks = counted.reshape(classes, width, classes, width)
    alone = np.zeros_like(blocks)
    for one in range(classes):
        alone[one, :, one, :] = blocks[one, :, one, :]
    product = np.kron(*kronecker_factors(counted, classes))
    mixed = (
        PRODUCT_SHARE * product
        + DIAGONAL_SHARE * alone.reshape(counted.shape)
        + (1 - PRODUCT_SHARE - DIAGONAL_SHARE) * counted
    )
    return np.asarray(mixed + 1e-4 * np.trace(mixed) / len(mixed) * np.eye(len(mixed)))


def _session_covariance(sessions: Sequence[SessionStatistics], differences: Values, classes: int) -> Values:
    """How the class means of one person differ between sessions, as a Kronecker product."""
    total, freedom = np.zeros((differences.shape[1],) * 2), 0
    for name in dict.fromkeys(one.subject for one in sessions):
        own = differences[[place for place, one in enumerate(sessions) if one.subject == name]]
        residual = own - own.mean(axis=0)
        total += residual.T @ residual
        freedom += len(own) - 1
    if not freedom:
        raise UsageError("no person has two sessions, so how much a session changes is unknown")
    return np.asarray(np.kron(*kronecker_factors(total / freedom, classes)))
