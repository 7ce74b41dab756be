"""``--model auto``: compares models on windows of the training part, within a time budget."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from emgctl.recording.windows import Indices, Windows
from emgctl.training.classifier.model_zoo import POPULATION
from emgctl.training.data.splits import Fold, Mask, hold_out_tail
from emgctl.training.evaluation.metrics import measure

SHARE = 0.25  # of the training windows of a single wearing
# the quick ones first, so that a small budget has compared something
CANDIDATES = (
    ("lda", "default"),
    (POPULATION, ""),
    ("lda", "hudgins"),
    ("lda", "tdpsd"),
    ("lda", "tangent"),
    ("lda", "ar"),
    ("lda", "spectral"),
    ("lda", "log_rms"),
    ("mlp", "default"),
    ("ensemble", "default"),
    ("ensemble-simple", ""),
    ("tcn", ""),
)


@dataclass(frozen=True, slots=True)
class Compared:
    """A candidate, what it reached, and how long it took; None: the budget was spent before."""

    model: str
    features: str
    balanced_accuracy: float | None
    seconds: float


def choose(
    windows: Windows,
    fold: Fold,
    budget_s: float,
    answer: Callable[[str, str, Fold], Indices],
    progress: Callable[[int, int], None],
    candidates: Sequence[tuple[str, str]] = CANDIDATES,
) -> tuple[str, str, list[dict[str, Any]]]:
    """The model and features that are best on windows held out of the training part, and what was compared.

    Where there are several wearings the last one is held out, because the next one is what counts; else the last
    quarter of every label and file is.

    Args:
        windows: all windows.
        fold: whose training and validation windows are used; its test windows are not.
        budget_s: no candidate is begun after this many seconds, except the first one.
        answer: fits a model with features on a fold, and predicts the label of each of its test windows.
        progress: called with the number of candidates done and their total.
        candidates: the models, each with its features, that can be used for these windows.
    """
    among = np.zeros(len(windows), np.bool_)
    among[fold.train] = among[fold.validation] = True
    train, test = _divide(windows, among)
    train, validation = hold_out_tail(windows, train)
    inner = Fold(fold.name, *(np.flatnonzero(one) for one in (train, validation, test)))
    begun_s, found = time.monotonic(), list[Compared]()
    for done, (model, features) in enumerate(candidates, 1):
        started_s = time.monotonic()
        reached = None
        if not found or started_s - begun_s < budget_s:
            reached = measure(windows, inner.test, answer(model, features, inner)).balanced_accuracy
        found.append(Compared(model, features, reached, round(time.monotonic() - started_s, 2)))
        progress(done, len(candidates))
    best = max(found, key=lambda one: one.balanced_accuracy or 0.0)
    return best.model, best.features, [asdict(one) for one in found]


def _divide(windows: Windows, among: Mask) -> tuple[Mask, Mask]:
    wearings = np.unique(windows.session[among])
    last = among & (windows.session == wearings[-1])
    known = np.unique(windows.labels[among & ~last])
    if len(wearings) > 1 and np.isin(windows.labels[last], known).all():
        return among & ~last, last
    return hold_out_tail(windows, among, SHARE)
