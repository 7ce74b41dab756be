"""Accuracy and recall of predicted labels; NaN stands for what nothing was tested of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.recording.windows import Indices


def accuracy(truth: NDArray[Any], predicted: NDArray[Any]) -> float:
    """The share of predictions that are right; NaN if there are none."""
    return float((truth == predicted).mean()) if len(truth) else math.nan


def recall(truth: Indices, predicted: Indices, count: int) -> NDArray[np.float64]:
    """The share of each of ``count`` labels that was predicted as such, ``(count,)``; NaN for one without a truth."""
    there = np.bincount(truth, minlength=count)
    hits = np.bincount(truth[truth == predicted], minlength=count)
    found: NDArray[np.float64] = np.divide(hits, there, out=np.full(count, np.nan), where=there > 0)
    return found


def balanced_accuracy(shares: NDArray[np.float64]) -> float:
    """The mean recall of the labels that were tested (Brodersen et al. 2010); NaN if there are none."""
    tested = shares[np.isfinite(shares)]
    return float(tested.mean()) if len(tested) else math.nan


def or_none(value: float) -> float | None:
    """A figure as result files have it: None for NaN."""
    return None if math.isnan(value) else value


def by_label(shares: NDArray[np.float64], names: Sequence[str]) -> dict[str, float | None]:
    """The recall under each label's name; None for a label that was not tested."""
    return {name: or_none(value) for name, value in zip(names, shares.tolist(), strict=True)}
