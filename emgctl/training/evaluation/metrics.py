"""What a classifier reached, in numbers that can be compared: always beside what chance would have reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from emgctl.recording.windows import Indices, Windows
from emgctl.training.evaluation.accuracy import accuracy, balanced_accuracy, by_label, recall


@dataclass(frozen=True, slots=True)
class SegmentAccuracy:
    """The accuracy of one separate stretch: a recording, or a repetition of it."""

    name: str
    accuracy: float
    windows: int


@dataclass(frozen=True, slots=True)
class Metrics:
    """The figures of tested windows, all in [0, 1].

    ``recall`` has None for a label that was not tested; ``balanced_accuracy`` is the mean of the others.
    ``confusion[i][j]`` counts windows of label i taken for label j. ``chance`` guesses all labels equally often,
    ``majority`` always says the most frequent one. ``people`` is the balanced accuracy of each person whom the
    recordings name, empty unless there are two.
    """

    accuracy: float
    balanced_accuracy: float
    macro_f1: float
    recall: dict[str, float | None]
    confusion: list[list[int]]
    windows: int
    chance: float
    majority: float
    worst_recording: SegmentAccuracy
    people: dict[str, float]

    def as_json(self) -> dict[str, Any]:
        """The figures under the keys of every result file."""
        worst = self.worst_recording
        return {
            "accuracy": self.accuracy,
            "balanced_accuracy": self.balanced_accuracy,
            "macro_f1": self.macro_f1,
            "recall": self.recall,
            "confusion": self.confusion,
            "windows": self.windows,
            "baselines": {"chance": self.chance, "majority": self.majority},
            "worst_recording": {"name": worst.name, "accuracy": worst.accuracy, "windows": worst.windows},
            "people": self.people,
        }


def measure(windows: Windows, tested: Indices, predicted: Indices) -> Metrics:
    """Compare predictions with the truth.

    Args:
        windows: all windows.
        tested: which of them were tested, ``(M,)``.
        predicted: the label predicted for each of those, ``(M,)``.
    """
    truth, names = windows.labels[tested], windows.label_names
    count = len(names)
    confusion = np.bincount(truth * count + predicted, minlength=count**2).reshape(count, count)
    counts = confusion.sum(axis=1)
    shares = recall(truth, predicted, count)
    return Metrics(
        accuracy=accuracy(truth, predicted),
        balanced_accuracy=balanced_accuracy(shares),
        macro_f1=_macro_f1(confusion),
        recall=by_label(shares, names),
        confusion=confusion.tolist(),
        windows=len(tested),
        chance=1 / count,
        majority=float(counts.max() / counts.sum()),
        worst_recording=_worst(windows, tested, truth == predicted),
        people=_people(windows, tested, predicted),
    )


def _people(windows: Windows, tested: Indices, predicted: Indices) -> dict[str, float]:
    subjects = np.array([one.subject for one in windows.recordings])[windows.recording[tested]]
    truth, names = windows.labels[tested], dict.fromkeys(subjects.tolist())
    if len(names) < 2 or "" in names:
        return {}
    found = {}
    for name in names:
        own = subjects == name
        found[name] = balanced_accuracy(recall(truth[own], predicted[own], len(windows.label_names)))
    return found


def _macro_f1(confusion: Indices) -> float:
    """The mean F1 of the labels that were tested or predicted, from the table of truth by prediction."""
    both = confusion.sum(axis=0) + confusion.sum(axis=1)
    hits = np.diagonal(confusion)
    return float((2 * hits[both > 0] / both[both > 0]).mean())


def _worst(windows: Windows, tested: Indices, right: np.ndarray[Any, np.dtype[np.bool_]]) -> SegmentAccuracy:
    group = windows.group[tested]
    count = np.bincount(group)
    share = np.bincount(group, weights=right) / np.maximum(count, 1)
    share[count == 0] = np.inf
    worst = int(np.argmin(share))
    return SegmentAccuracy(windows.group_name(worst), float(share[worst]), int(count[worst]))
