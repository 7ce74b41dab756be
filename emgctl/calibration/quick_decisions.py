"""How certain a gesture has to be after a quick calibration: what was measured on people the population did not know.

Ten seconds of own data are far too short to count activations an hour, so the rates are those of other people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emgctl.inference.population.classifier import LinearClassifier
from emgctl.inference.population.model import PopulationModel
from emgctl.inference.postprocessing import PostProcessing
from emgctl.training.evaluation.pair import Timeline, operating_point
from emgctl.training.evaluation.stream import UNKNOWN, DecodedRecording
from emgctl.types import Recording

DECISION_S = 0.01  # a decision at every packet of an armband
SMOOTHING, WINDOWS = "evidence", round(0.25 / DECISION_S)
GUARD_S = 0.5
PEOPLE = 27


@dataclass(frozen=True, slots=True)
class MeasuredPoint:
    """A threshold: activations an hour of rest and of other movements, the share of gestures recognized.

    Of ``PEOPLE`` who showed rest, fist, flexion and extension for 2 s each (benchmarks/rejection.py).
    """

    enter: float
    rest: float
    foreign: float
    recognized: float

    def options(self, stay: float, dwell_s: float) -> PostProcessing:
        """The post-processing with this threshold."""
        return PostProcessing(
            smoothing="evidence", smoothing_windows=WINDOWS, enter=self.enter, stay=stay, min_dwell_s=dwell_s
        )

    def sentences(self, accepted_per_minute: float, own: tuple[int, int]) -> list[str]:
        """What it gives, for the person."""
        given = (
            f"{self.rest:.0f} activations an hour of rest and {self.foreign:.0f} an hour of other hand movements, and "
            f"{self.recognized:.0f} % of their gestures were recognized within a second; of yours here, {own[0]} of "
            f"{own[1]}"
        )
        goal = f"at most {accepted_per_minute:g} false activations a minute"
        if self.rest <= 60 * accepted_per_minute:
            return [f"for {goal}: {PEOPLE} other people had {given}"]
        return [
            f"the goal of {goal} was not reached: {PEOPLE} other people had {given}; a wake gesture gives fewer "
            "(docs/mapping.md)"
        ]


MEASURED = (
    MeasuredPoint(0.6, 98.8, 348.7, 97.5),
    MeasuredPoint(0.8, 83.7, 301.5, 97.1),
    MeasuredPoint(0.9, 73.1, 267.3, 97.0),
    MeasuredPoint(0.95, 61.7, 245.7, 97.0),
    MeasuredPoint(0.97, 53.1, 224.0, 96.6),
    MeasuredPoint(0.98, 41.8, 194.5, 96.3),
    MeasuredPoint(0.985, 35.6, 161.2, 95.6),
    MeasuredPoint(0.988, 31.1, 120.2, 94.0),
    MeasuredPoint(0.99, 26.4, 87.6, 91.5),
    MeasuredPoint(0.991, 22.1, 69.5, 89.0),
    MeasuredPoint(0.992, 17.5, 47.0, 82.6),
)


def chosen_for(accepted_per_minute: float) -> MeasuredPoint:
    """The lowest threshold with acceptably few activations a minute of rest; the highest if none has."""
    return next((point for point in MEASURED if point.rest <= 60 * accepted_per_minute), MEASURED[-1])


def recognized_own(
    recordings: Sequence[Recording],
    classifier: LinearClassifier,
    population: PopulationModel,
    rest: str,
    options: PostProcessing,
) -> tuple[int, int]:
    """How many of the prompted gestures are recognized, of how many.

    Args:
        recordings: of the prompts.
        classifier: the person's, whose first label is rest.
        population: computes the features.
        rest: what the recordings call rest.
        options: the post-processing.
    """
    timelines, decided, labels = [], [], (rest, *classifier.labels[1:])
    hop = max(1, round(DECISION_S * population.features.rate_hz))
    for one in recordings:
        if one.labels is None:
            continue
        features, ends = population.features.of_signal(one.samples, hop)
        numbers = np.array(
            [labels.index(name) if name in labels[:-1] else UNKNOWN for name in one.label_names] + [UNKNOWN]
        )
        probabilities = classifier.probabilities(features).astype(np.float32)
        stream = DecodedRecording(
            one, ends - 1, numbers[one.labels[ends - 1]], probabilities, np.ones(len(ends), np.float32)
        )
        timelines.append(Timeline.of_cues(stream, 0, GUARD_S))
        decided.append(stream.smoothed(options).decided(options, labels, rest))
    gestures = operating_point(options.enter, timelines, decided, labels).gestures.values()
    return sum(found for found, _ in gestures), sum(count for _, count in gestures)
