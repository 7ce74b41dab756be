"""How certain a gesture has to be, so that rest is seldom taken for one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgctl.inference.postprocessing import Decisions, PostProcessing
from emgctl.recording.windows import Indices, Windows
from emgctl.training.evaluation.accuracy import accuracy

LEAST_REST_S = 5.0
THRESHOLDS = tuple(round(0.4 + 0.05 * step, 2) for step in range(12))


@dataclass(frozen=True, slots=True)
class Threshold:
    """What demanding a confidence of ``enter`` gives: false activations a minute of rest, and recall of gestures.

    ``wanted_per_minute`` is the most that was acceptable; even the highest threshold may give more.
    """

    enter: float
    false_per_minute: float
    recall: float
    rest_s: float
    wanted_per_minute: float

    @property
    def reached(self) -> bool:
        """Whether there are no more false activations than were acceptable."""
        return self.false_per_minute <= self.wanted_per_minute

    def __str__(self) -> str:
        given = (
            f"a gesture has to be {100 * self.enter:.0f} % certain: in {self.rest_s:g} s of held-out rest that gives "
            f"{self.false_per_minute:g} false activations a minute, and {100 * self.recall:.0f} % of the gestures"
        )
        if self.reached:
            return given
        return (
            f"the goal of at most {self.wanted_per_minute:g} false activations a minute was not reached; {given} "
            "(smoothing or min_dwell_s in decoder.postprocessing gives fewer)"
        )


def choose_enter(
    windows: Windows,
    tested: Indices,
    probabilities: NDArray[np.float32],
    rest: str,
    options: PostProcessing,
    wanted_per_minute: float,
) -> Threshold | None:
    """The lowest threshold with at most so many false activations a minute, by windows the model has not learnt.

    Args:
        windows: all windows.
        tested: which of them were held out, ``(M,)``.
        probabilities: the model's, ``(M, labels)``.
        rest: the label of rest.
        options: the rest of the post-processing.
        wanted_per_minute: how many false activations are acceptable.

    Returns:
        The highest one, which is not ``reached``, where none is enough; None where too little rest was held out to say.
    """
    labels, rate_hz = windows.label_names, windows.signal.rate_hz
    resting = windows.labels[tested] == labels.index(rest)
    rest_s = float(resting.sum()) * windows.hop / rate_hz
    if rest_s < LEAST_REST_S:
        return None
    found = None
    for enter in THRESHOLDS:
        stay = min(options.stay, enter)
        tried = options.model_copy(update={"enter": enter, "stay": stay})
        decided = _decide(windows, tested, probabilities, rest, tried)
        active = decided != rest
        begins = active & ~np.concatenate(([False], active[:-1]))
        false = float((begins & resting).sum()) * 60 / rest_s
        truth = np.array(labels)[windows.labels[tested]]
        recall = accuracy(truth[~resting], decided[~resting]) if (~resting).any() else 0.0
        found = Threshold(enter, round(false, 2), round(recall, 4), round(rest_s, 1), wanted_per_minute)
        if false <= wanted_per_minute:
            break
    return found


def _decide(
    windows: Windows, tested: Indices, probabilities: NDArray[np.float32], rest: str, options: PostProcessing
) -> NDArray[np.str_]:
    decisions, decided = Decisions(options, windows.label_names, rest), []
    before = (-1, 0)
    for place, row in zip(tested.tolist(), probabilities, strict=True):
        here = (int(windows.recording[place]), int(windows.start[place]))
        if here[0] != before[0] or here[1] - before[1] != windows.hop:
            decisions.reset()
        before = here
        end_s = (here[1] + windows.length) / windows.signal.rate_hz
        decided.append(decisions.decide(row, 1.0, end_s).label)
    return np.array(decided)
