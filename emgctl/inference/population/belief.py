"""What is known about the class means of one person: a Gaussian, updated by what the person shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Class averages of a person: indices ``classes`` ``(K,)``, ``means`` ``(K, F)``, ``noise`` ``(K, F, F)``."""

    classes: NDArray[np.int64]
    means: Values
    noise: Values

    def noise_matrix(self) -> Values:
        """The covariance ``(K F, K F)`` of all averages; they are independent."""
        count, width = self.means.shape
        matrix = np.zeros((count * width, count * width))
        for place, block in enumerate(self.noise):
            matrix[place * width : (place + 1) * width, place * width : (place + 1) * width] = block
        return matrix


@dataclass(frozen=True, slots=True)
class Belief:
    """Class means ``mean`` ``(L, F)`` with their ``covariance`` ``(L F, L F)``."""

    mean: Values
    covariance: Values

    def predicted(self, evidence: Evidence) -> tuple[Values, Values]:
        """Mean and covariance of the averages that are expected before they are seen, flat."""
        rows = self._rows(evidence.classes)
        return self.mean[evidence.classes].ravel(), self.covariance[np.ix_(rows, rows)] + evidence.noise_matrix()

    def updated(self, evidence: Evidence) -> Belief:
        """After the evidence (a Kalman update): classes that were not shown follow those that were."""
        rows = self._rows(evidence.classes)
        expected, spread = self.predicted(evidence)
        shown = self.covariance[rows]
        gain = np.linalg.solve(spread, shown).T
        mean = self.mean.ravel() + gain @ (evidence.means.ravel() - expected)
        covariance = self.covariance - gain @ shown
        return Belief(mean.reshape(self.mean.shape), (covariance + covariance.T) / 2)

    def widened(self, covariance: Values) -> Belief:
        """Less certain by a ``covariance`` ``(L F, L F)``, as after the ring was put on again."""
        return Belief(self.mean, self.covariance + covariance)

    def class_covariances(self) -> Values:
        """The uncertainty of each class mean alone, ``(L, F, F)``."""
        count, width = self.mean.shape
        blocks = self.covariance.reshape(count, width, count, width)
        return np.asarray(np.einsum("cfcg->cfg", blocks), np.float64)

    def _rows(self, classes: NDArray[np.int64]) -> NDArray[np.int64]:
        width = self.mean.shape[1]
        return np.asarray((classes[:, None] * width + np.arange(width)).ravel(), np.int64)
