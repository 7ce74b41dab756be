"""The benefit of choosing some of many grasps: curves over the number chosen, compared to an LDA with masked scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from emgctl.recording.windows import Indices, Windows
from emgctl.training.classifier.fit import repeatable
from emgctl.training.classifier.lda import fit_discriminant
from emgctl.training.contrastive.fit import describe
from emgctl.training.contrastive.subset_accuracy import Scores, curve, subsets
from emgctl.training.data.splits import Fold
from emgctl.training.features.rms_history import WindowFeatures
from emgctl.training.features.standardize import Standardize

SMALLEST = 1e-30  # probability, keeps the logarithm finite
BINS = 10  # confidence bins


def compare(windows: Windows, folds: Sequence[Fold], predictions: Sequence[Scores]) -> dict[str, Any]:
    """Curves of the contrastive decoder and of the masked LDA on the same tested windows.

    Args:
        windows: all windows.
        folds: their folds.
        predictions: the predictions of each fold's model, probabilities ``(M, K)``.

    Returns:
        As :func:`subset_figures`.
    """
    tested = np.concatenate([fold.test for fold in folds])
    each = [beside_lda(windows, *one) for one in zip(folds, predictions, strict=True)]
    return subset_figures(each, windows.labels[tested], windows.person[tested])


def beside_lda(windows: Windows, fold: Fold, probabilities: Scores) -> dict[str, Scores]:
    """A model's predictions for a fold's tested windows, ``(M, K)``, as scores next to those of the masked LDA."""
    return {"contrastive": np.log(probabilities + SMALLEST), **masked_lda(windows, fold)}


def subset_figures(each: Sequence[dict[str, Scores]], truth: Indices, people: Indices) -> dict[str, Any]:
    """Curves of scores by name, fold by fold, for windows of these classes and people.

    Returns:
        ``curves`` by name and size, and ``calibration_error`` of the contrastive scores by size.
    """
    scores = {name: np.concatenate([one[name] for one in each]) for name in each[0]}
    log, present = scores["contrastive"], np.unique(truth).tolist()
    return {
        "curves": {name: curve(one, truth, people=people) for name, one in scores.items()},
        "calibration_error": {
            size: float(np.mean([calibration_error(log, truth, one) for one in subsets(present, size, 30)[:30]]))
            for size in (2, 4, 8)
            if size <= len(present)
        },
    }


def masked_lda(windows: Windows, fold: Fold) -> dict[str, Scores]:
    """The scores ``(M, K)`` of an LDA with equal priors for the tested windows, without and with memory."""
    described = WindowFeatures(windows.signal.channels, windows.length, windows.memory)
    part, held = describe(windows, fold.trained_on, described), describe(windows, fold.test, described)
    inside = described.linear.stop - described.trace.remembered
    found = {}
    with repeatable(0):
        for name, last in (("masked_lda", inside), ("masked_lda_memory", described.linear.stop)):
            if name != "masked_lda" and not windows.memory:
                continue
            standardize = Standardize(part.features[:, :last], part.rounding[:last])
            layer = fit_discriminant(standardize(part.features[:, :last]), part.y, len(windows.label_names))
            with torch.inference_mode():
                found[name] = layer(standardize(held.features[:, :last])).numpy()
    return found


def calibration_error(log: Scores, truth: Indices, chosen: Sequence[int]) -> float:
    """The expected calibration error among chosen classes: the gap between confidence and accuracy, over ten bins.

    All classes have equal weight, as in balanced accuracy.
    """
    inside = np.isin(truth, chosen)
    logits = log[inside][:, list(chosen)]
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    sure = odds.max(axis=1) / odds.sum(axis=1)
    right = np.asarray(chosen)[logits.argmax(axis=1)] == truth[inside]
    places = np.minimum((sure * BINS).astype(int), BINS - 1)
    weight = 1 / np.bincount(truth[inside])[truth[inside]]
    apart = np.bincount(places, weight * (sure - right), minlength=BINS)
    return float(np.abs(apart).sum() / weight.sum())
