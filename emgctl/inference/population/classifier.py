"""The linear classifier of one person, and its scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
LEAST_SHARE = 1e-6  # of the mean variance, added to a covariance so that it has an inverse


@dataclass(frozen=True, slots=True)
class LinearClassifier:
    """Class scores ``features @ weights + bias``, whose softmax are probabilities.

    ``weights`` ``(F, K)`` apply to features in the order of the person's electrodes. ``scored`` are the K classes;
    ``labels`` (M) those that are predicted; ``grouped`` ``(K, M)`` adds the probabilities of the classes that are
    one label, as all of those that are "other".
    """

    scored: tuple[str, ...]
    labels: tuple[str, ...]
    weights: Values
    bias: Values
    grouped: Values

    def probabilities(self, features: Values) -> Values:
        """Of each label, ``(N, M)``, for features ``(N, F)``."""
        shares: Values = softmax(features @ self.weights + self.bias) @ self.grouped
        return shares

    def predicted(self, features: Values) -> NDArray[np.int64]:
        """Index of the likeliest label of each window ``(N,)``."""
        return np.asarray(self.probabilities(features).argmax(axis=1), np.int64)


def discriminant(means: Values, covariance: Values) -> tuple[Values, Values]:
    """Weights ``(F, K)`` and bias ``(K,)`` of the linear discriminant of Gaussian classes of one covariance."""
    width = len(covariance)
    weights = np.linalg.solve(covariance + LEAST_SHARE * np.trace(covariance) / width * np.eye(width), means.T)
    return weights, -0.5 * (means * weights.T).sum(axis=1)


def softmax(scores: Values) -> Values:
    """Probabilities ``(N, K)``."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def grouping(scored: tuple[str, ...], labels: tuple[str, ...], other: str) -> Values:
    """The matrix ``(K, M)`` that adds classes which are no label to the label ``other``."""
    matrix = np.zeros((len(scored), len(labels)))
    for row, name in enumerate(scored):
        matrix[row, labels.index(name if name in labels else other)] = 1.0
    return matrix
