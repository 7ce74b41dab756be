"""A personal model of ``emgctl.inference.population`` computed by numpy, which has what ONNX lacks: eigenvalues.

Its graph needs 280 operators for the logarithm of a matrix of 8 x 8; numpy takes a quarter of the time for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from emgctl.inference.model_card import ModelCard
from emgctl.inference.onnx_fields import GRAPH_INITIALIZER, MODEL_GRAPH, fields, floats

FEATURES = ("log_covariance",)
Values = NDArray[Any]


@dataclass(frozen=True, slots=True)
class LogCovariance:
    """Decodes what is in ``window`` ``(1, W, C)`` by the arrays of a model file.

    ``high_pass`` ``(T, W)`` filters it and divides by the root of T. ``triangle`` ``(C * C, F)`` takes features from a
    symmetric matrix; ``weights`` ``(F, K)`` score classes, and ``grouped`` ``(K, L)`` adds up those of one label.
    """

    window: NDArray[np.float32]
    high_pass: Values
    floor: Values
    triangle: Values
    center: Values
    per_deviation: Values
    weights: Values
    bias: Values
    grouped: Values
    level_at_rest: float
    per_level: float

    @classmethod
    def of(cls, data: bytes, card: ModelCard, window: NDArray[np.float32]) -> Self | None:
        """The one of a model file's content, None if the model is of another kind."""
        if card.features != FEATURES:
            return None
        graphs = [content for place, content, _ in fields(data) if place == MODEL_GRAPH]
        found = [floats(content) for place, content, _ in fields(graphs[0]) if place == GRAPH_INITIALIZER]
        arrays = {name: values.astype(np.float64) for name, values in found if values is not None}
        length, channels, labels = *window.shape[1:], len(card.labels)
        return cls(
            window,
            arrays["filter"].reshape(-1, length),
            arrays["floor"].reshape(channels, channels),
            arrays["triangle"].reshape(channels * channels, -1),
            arrays["center"],
            arrays["per_deviation"],
            arrays["weights"].reshape(len(arrays["center"]), -1),
            arrays["bias"],
            arrays["grouped"].reshape(-1, labels),
            float(arrays["level_at_rest"][0]),
            float(arrays["per_level"][0]),
        )

    def run(self) -> list[NDArray[np.float32]]:
        """Probabilities ``(L,)`` and intensity."""
        filtered = self.high_pass @ self.window[0]
        covariance = filtered.T @ filtered
        values, vectors = np.linalg.eigh(covariance + self.floor)
        raw = ((vectors * np.log(values)) @ vectors.T).ravel() @ self.triangle
        scores = (raw - self.center) * self.per_deviation @ self.weights + self.bias
        powers = np.exp(scores - scores.max())
        level = float(np.sqrt(covariance.diagonal()).mean())
        intensity = min(max((level - self.level_at_rest) * self.per_level, 0.0), 1.0)
        probabilities = (powers / powers.sum()) @ self.grouped
        return [probabilities.astype(np.float32), np.float32(intensity)]
