"""Fits the model of a plan on the training part of a fold, and asks it for the answers to the tested part."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from emgctl.recording.windows import Indices, Windows
from emgctl.training.classifier.model_search import choose
from emgctl.training.classifier.model_zoo import AUTO
from emgctl.training.data.splits import Fold

if TYPE_CHECKING:
    from torch import nn

    from emgctl.training.classifier.fit import Fitted
    from emgctl.training.plan import Plan

_BATCH = 4096


def predict(
    classifier: nn.Module, windows: Windows, tested: Indices
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The probabilities ``(M, L)`` and the intensity ``(M,)`` of each tested window."""
    import torch

    with torch.inference_mode():
        parts = [
            [one.numpy() for one in classifier(torch.from_numpy(windows.take(tested[first : first + _BATCH])))[:2]]
            for first in range(0, len(tested), _BATCH)
        ]
    return np.concatenate([one for one, _ in parts]), np.concatenate([level for _, level in parts])


class FoldFitter:
    """Fits the plan's model, or the one that is chosen anew in every fold."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.model, self.features = plan.model, plan.features
        self.compared: list[dict[str, Any]] = []
        self._fits = 0

    def fit(self, windows: Windows, fold: Fold, rest: str, rounds: int, progress: Callable[[int, int], None]) -> Fitted:
        """Fit on the training part of a fold."""
        if self._plan.model == AUTO:

            def answer(model: str, features: str, inner: Fold) -> Indices:
                fitted = self._fit(windows, inner, rest, model, features, None)
                said: Indices = predict(fitted.classifier, windows, inner.test)[0].argmax(axis=1)
                return said

            budget_s = self._plan.budget_s / rounds
            self.model, self.features, self.compared = choose(windows, fold, budget_s, answer, progress)
        return self._fit(windows, fold, rest, self.model, self.features, progress)

    def _fit(
        self,
        windows: Windows,
        fold: Fold,
        rest: str,
        model: str,
        features: str,
        progress: Callable[[int, int], None] | None,
    ) -> Fitted:
        plan = self._plan
        if plan.decoder == "contrastive":
            from emgctl.training.contrastive.fit import fit_contrastive

            self._fits += 1
            kept = plan.checkpoint and plan.checkpoint.with_name(f"{plan.checkpoint.name}.{self._fits}")
            return fit_contrastive(windows, fold, rest, plan.seed, progress, checkpoint=kept)

        from emgctl.training.classifier.fit import fit_classifier
        from emgctl.training.data.augment import augmented
        from emgctl.training.data.training_set import LabelledWindows

        sessions, force_n = windows.session, windows.force_n

        def part(chosen: Indices) -> LabelledWindows:
            return LabelledWindows(windows.take(chosen), windows.labels[chosen], sessions[chosen], force_n[chosen])

        learnt = part(fold.train)
        if plan.for_grid and windows.signal.grid is not None:
            learnt = augmented(learnt, windows.signal.grid, plan.wraps, plan.seed)

        return fit_classifier(
            learnt,
            windows.label_names,
            validation=part(fold.validation) if len(fold.validation) else None,
            model=model,
            features=features,
            start=plan.start.weights if plan.start else None,
            now=int(sessions[windows.recording == windows.recording.max()][0]) if plan.worn_now else None,
            rest=rest,
            seed=plan.seed,
            progress=progress,
        )
