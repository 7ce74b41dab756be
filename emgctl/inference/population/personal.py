"""What is known about one person: the belief about the class means, the own covariance, and how the ring is worn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import UsageError
from emgctl.inference.model_card import OTHER as OTHER
from emgctl.inference.population.belief import Belief
from emgctl.inference.population.classifier import LinearClassifier, discriminant, grouping
from emgctl.inference.population.prior import Prior
from emgctl.inference.population.ring_search import RingFit

Values = NDArray[np.float64]
BETWEEN_SHARE, UNCERTAIN_SHARE = 0.3, 0.5  # of V and of the means' uncertainty in a window's covariance
OWN_COVARIANCE_S = 30.0  # of own data, from which on the own covariance counts for more than the population's


@dataclass(frozen=True, slots=True)
class PersonalModel:
    """A person as the population model knows them; feature arrays are in the population's electrode order.

    ``scatter`` ``(F, F)`` is the mean squared deviation of the own windows from their class averages, ``own_s`` how
    many seconds of signal it is of; ``shown`` are the gestures of which the person has given data.
    """

    prior: Prior
    ring: RingFit
    belief: Belief
    scatter: Values
    own_s: float
    shown: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """All classes the model knows, the person's own ones last."""
        return self.prior.labels

    def classifier(self, labels: Sequence[str] = (), other: str = "") -> LinearClassifier:
        """The person's linear classifier.

        Args:
            labels: the classes to predict, in this order; by default all.
            other: "" or the label that the remaining classes get together, which are then no longer taken for one of
                those asked for.

        Raises:
            UsageError: a label is unknown, or the person has to show it first.
        """
        wanted = tuple(labels) or self.labels
        for name in wanted:
            if name not in self.labels:
                raise UsageError(f"the population model knows no gesture '{name}'; give it some data of it first")
        if other in wanted:
            raise UsageError(f"'{other}' is a gesture, so it can't be the name of what is none of them")
        scored = self.labels if other else wanted
        chosen = [self.labels.index(name) for name in scored]
        weights, bias = discriminant(self.belief.mean[chosen], self.covariance(chosen))
        order = self.ring.placement.feature_order(self.prior.features.channels)
        own_order = np.zeros_like(weights)
        own_order[order] = weights
        predicted = (*wanted, other) if other else wanted
        return LinearClassifier(scored, predicted, own_order, bias, grouping(scored, predicted, other))

    def covariance(self, classes: Sequence[int] = ()) -> Values:
        """The covariance ``(F, F)`` of a window around its class mean: the population's, giving way to the own.

        With ``classes``, that of windows around what is believed to be the means of these classes.
        """
        usual = self.prior.within + BETWEEN_SHARE * self.prior.between
        if classes:
            usual = usual + UNCERTAIN_SHARE * self.belief.class_covariances()[list(classes)].mean(axis=0)
        share = self.own_s / (self.own_s + OWN_COVARIANCE_S)
        return (1 - share) * usual + share * self.scatter

    def usual_features(self, labels: Sequence[str]) -> tuple[Values, Values]:
        """Mean and deviation ``(F,)`` of the person's windows of these classes, in the order of their electrodes."""
        chosen = [self.labels.index(name) for name in labels]
        order = self.ring.placement.feature_order(self.prior.features.channels)
        center, deviation = np.zeros(len(order)), np.zeros(len(order))
        means = self.belief.mean[chosen]
        center[order] = means.mean(axis=0)
        deviation[order] = np.sqrt(means.var(axis=0) + np.diag(self.covariance(chosen)))
        return center, deviation

    def levels(self) -> tuple[float, float]:
        """RMS averaged over the electrodes, at rest and in the strongest gesture, in the signal's unit."""
        features = self.prior.features
        rows, columns = np.triu_indices(features.channels)
        matrices = np.zeros((len(self.labels), features.channels, features.channels))
        values = self.belief.mean * np.where(rows == columns, 1.0, np.sqrt(0.5))
        matrices[:, rows, columns] = matrices[:, columns, rows] = values
        powers, vectors = np.linalg.eigh(matrices)
        diagonal = np.einsum("lij,lj->li", np.square(vectors), np.exp(powers)) - features.floor
        found = np.sqrt(np.maximum(diagonal, features.floor)).mean(axis=1)
        return float(found[0]), float(max(found[1:].max(), 1.1 * found[0]))

    def widened(self, sessions: float = 1.0) -> PersonalModel:
        """After the ring was taken off and put on again: less certain by the population's session covariance.

        The own covariance is kept, but counts for no more than half.
        """
        belief = self.belief.widened(sessions * self.prior.session)
        return replace(self, belief=belief, own_s=min(self.own_s, OWN_COVARIANCE_S))
