"""How well a person's model decides windows that it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from emgctl.calibration.verdict import USABLE
from emgctl.inference.population.classifier import LinearClassifier
from emgctl.inference.population.model import Holds
from emgctl.inference.population.personal import OTHER, PersonalModel
from emgctl.training.evaluation.accuracy import accuracy, balanced_accuracy


class Score(NamedTuple):
    """Balanced accuracy (NaN where nothing was tested), and in a few words what was taken for what.

    ``labels`` are what can be decided; ``confusion`` has a row for each gesture that was made, with how many of its
    windows were decided as which.
    """

    share: float
    taken: tuple[str, ...]
    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]

    @property
    def figures(self) -> dict[str, Any]:
        """What was reached, as a training's figures name it."""
        return {
            "balanced_accuracy": self.share,
            "labels": list(self.labels),
            "confusion": list(map(list, self.confusion)),
        }

    def __str__(self) -> str:
        taken = f" ({'; '.join(self.taken[:3])})" if self.taken else ""
        return f"{100 * self.share:.0f} % right{taken}"


def decides(person: PersonalModel, gestures: Sequence[str]) -> LinearClassifier:
    """Decides among the chosen gestures; all that the population knows beside them is none of them."""
    return person.classifier((person.labels[0], *gestures), OTHER)


def score(person: PersonalModel, holds: Holds, gestures: Sequence[str]) -> Score:
    """How well a person's model decides these holds."""
    classifier = decides(person, gestures)
    shares, taken, confusion = [], [], []
    for place, name in enumerate((person.labels[0], *gestures)):
        decided = classifier.predicted(np.concatenate(holds[name]))
        shares.append(accuracy(np.full(len(decided), place), decided))
        confusion.append(tuple(map(int, np.bincount(decided, minlength=len(classifier.labels)))))
        wrong = decided[decided != place]
        if shares[-1] < USABLE and len(wrong):
            taken.append(f"{name} was taken for {classifier.labels[int(np.bincount(wrong).argmax())]}")
    return Score(balanced_accuracy(np.array(shares)), tuple(taken), classifier.labels, tuple(confusion))
