"""What a model is to predict: how its windows are made, and how its predictions are measured."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from emgctl.dsp.preprocessing import Preprocessing
from emgctl.errors import UsageError, did_you_mean
from emgctl.recording.windows import Windows
from emgctl.trainer import FittedModel, Fold, Predictions, Windowing
from emgctl.training.plan import Plan
from emgctl.types import Recording, Samples

RESTS = ("rest", "no_motion", "no motion", "neutral")  # labels that mean rest unless another is named


class Target(ABC):
    """Gestures or poses: all of a training that depends on which of the two it is.

    ``counted`` is what one window is called, ``metrics`` are the figures that the card keeps.
    """

    counted: ClassVar[str]
    metrics: ClassVar[tuple[str, ...]]

    @abstractmethod
    def cut(self, recordings: Sequence[Recording], windowing: Windowing, plan: Plan) -> Windows:
        """All windows of the recordings as they are.

        Raises:
            UsageError: the data can't be cut so.
            FileError: the recordings don't belong together.
        """

    @abstractmethod
    def ready(self, fold: Fold) -> tuple[Preprocessing, Windows, tuple[int, ...]]:
        """The steps as learned in this fold, all windows after them, and the channels that are zero in these."""

    @abstractmethod
    def whole(self, everything: Fold, folds: Sequence[Fold]) -> Fold:
        """The fold on which the final model is fitted, if that is all windows."""

    @abstractmethod
    def tested(self, fitted: FittedModel, windows: Windows, fold: Fold, predicted: Predictions) -> None:
        """Take note of what a fold's model predicted of its tested windows."""

    @abstractmethod
    def figures(self, windows: Windows, folds: Sequence[Fold], predicted: Sequence[Predictions]) -> dict[str, Any]:
        """How good the predictions are; ``windows`` are those of the last fold."""

    @abstractmethod
    def card(self, windows: Windows, rest: str) -> Mapping[str, Any]:
        """The fields of the card that depend on the target."""

    @abstractmethod
    def examples(self, windows: Windows) -> Samples:
        """Real data to verify an export with."""


def rest_label(named: str | None, labels: Sequence[str]) -> str:
    """The label that means rest: the one that is named, or else one that is called so, "" if there is none.

    Raises:
        UsageError: there is no label of the name that is given.
    """
    if named is None:
        return next((label for label in labels if label.casefold() in RESTS), "")
    if named and named not in labels:
        raise UsageError(f"there is no label '{named}' to be rest{did_you_mean(named, labels)}")
    return named


def tested_in(folds: Sequence[Fold]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The numbers of all tested windows, fold by fold."""
    return np.concatenate([fold.test for fold in folds])
