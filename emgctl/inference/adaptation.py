"""Adapts to slow signal changes at run time, without labels: dried electrodes, sweat, a shifted armband.

When an armband is put on again, the standardized features have a different mean and spread than in training. Their
running mean and spread are normalized out (adaptive batch normalization: Li et al. 2016; for surface EMG Cote-Allard
et al. 2019), within bounds, and only as long as this does not reduce the decoder's confidence.
"""

from __future__ import annotations

import logging
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from emgctl.inference.model import FeatureNormalization
from emgctl.plugin import Options

log = logging.getLogger(__name__)
LARGEST_GAIN = 2.0
CONFIDENCE_S = 20.0  # averaging time of confidence


class Adaptation(Options):
    """The decoder's ``adaptation`` section; without it, nothing is adapted.

    ``prior_s``: how many seconds the training statistics count for: more means slower adaptation. ``bound``: how far a
    feature's mean may move, in standard deviations. ``fall``: if mean confidence falls by more than this below its
    value before adaptation, everything is reset to training for the rest of the run.
    """

    prior_s: Annotated[float, Field(ge=5, le=3600)] = 60.0
    bound: Annotated[float, Field(gt=0, le=5)] = 1.5
    fall: Annotated[float, Field(gt=0, le=1)] = 0.15


class Adapter:
    """Running statistics of standardized features ``(F,)``, which have mean 0 and deviation 1 in training."""

    def __init__(self, options: Adaptation, features: int, hop_s: float) -> None:
        self._options = options
        self._memory = max(1.0, options.prior_s / hop_s)
        self._mean = np.zeros(features, np.float64)
        self._square = np.ones(features, np.float64)
        self._trust = 1 / max(1.0, CONFIDENCE_S / hop_s)
        self._confidence: float | None = None
        self._before: float | None = None
        self._seen = 0
        self.rolled_back = False
        self.shift = unchanged(features)

    def observe(self, features: NDArray[np.float32], confidence: float) -> None:
        """Add one window's standardized features and the confidence of its decision."""
        if self.rolled_back or not np.isfinite(features).all():
            return
        self._seen += 1
        # the mean over the training share and everything since, until both are equally long; then a moving mean
        weight = 1 / (self._memory + min(self._seen, self._memory))
        self._mean += weight * (features - self._mean)
        self._square += weight * (features.astype(np.float64) ** 2 - self._square)
        self.shift = shift_of(self._mean, self._square - self._mean**2, self._options.bound)
        self._watch(confidence)

    def _watch(self, confidence: float) -> None:
        level = confidence if self._confidence is None else self._confidence
        self._confidence = level + self._trust * (confidence - level)
        if self._seen * self._trust < 1:  # the first seconds, with hardly any adaptation yet
            self._before = self._confidence
        elif self._before is not None and self._confidence < self._before - self._options.fall:
            log.warning(
                "adaptation reset: confidence fell from %.0f to %.0f %%",
                100 * self._before,
                100 * self._confidence,
            )
            self.rolled_back = True
            self.shift = unchanged(len(self._mean))


def unchanged(features: int) -> FeatureNormalization:
    """The shift that leaves features unchanged."""
    return FeatureNormalization(np.zeros(features, np.float32), np.ones(features, np.float32))


def shift_of(mean: NDArray[np.float64], variance: NDArray[np.float64], bound: float) -> FeatureNormalization:
    """The shift that normalizes features with this mean and variance, ``(F,)``, to training, within bounds."""
    deviation = np.clip(np.sqrt(np.maximum(variance, 0.0)), 1 / LARGEST_GAIN, LARGEST_GAIN)
    return FeatureNormalization(np.clip(mean, -bound, bound).astype(np.float32), (1 / deviation).astype(np.float32))


def shift_to(features: NDArray[np.float32], bound: float = Adaptation().bound) -> FeatureNormalization:
    """The shift for a whole session's standardized features ``(N, F)``."""
    return shift_of(features.mean(axis=0, dtype=np.float64), features.var(axis=0, dtype=np.float64), bound)
