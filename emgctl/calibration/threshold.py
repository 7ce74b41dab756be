"""How certain a gesture has to be, so that rest is seldom taken for one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgctl.inference.decision_stream import DecisionStream
from emgctl.inference.postprocessing import PostProcessing
from emgctl.recording.windows import Indices, Windows
from emgctl.training.evaluation.accuracy import accuracy
from emgctl.training.evaluation.cues import activations

LEAST_REST_S = 5.0
THRESHOLDS = tuple(round(0.4 + 0.05 * step, 2) for step in range(12))


@dataclass(frozen=True, slots=True)
class Threshold:
    """What demanding a confidence of ``enter`` gives: false activations a minute of rest, and recall of gestures.

    ``accepted_per_minute`` is the most that was acceptable; even the highest threshold may give more.
    """

    enter: float
    false_per_minute: float
    recall: float
    rest_s: float
    accepted_per_minute: float

    @property
    def reached(self) -> bool:
        """Whether there are no more false activations than were acceptable."""
        return self.false_per_minute <= self.accepted_per_minute

    def __str__(self) -> str:
        given = (
            f"a gesture has to be {100 * self.enter:.0f} % certain: in {self.rest_s:g} s of held-out rest that gives "
            f"{self.false_per_minute:g} false activations a minute, and {100 * self.recall:.0f} % of the gestures"
        )
        if self.reached:
            return given
        return (
            f"the goal of at most {self.accepted_per_minute:g} false activations a minute was not reached; {given} "
            "(smoothing or min_dwell_s in decoder.postprocessing gives fewer)"
        )


def choose_enter(
    windows: Windows,
    tested: Indices,
    probabilities: NDArray[np.float32],
    rest: str,
    options: PostProcessing,
    accepted_per_minute: float,
) -> Threshold | None:
    """The lowest threshold with at most so many false activations a minute, by windows the model has not learnt.

    Args:
        windows: all windows.
        tested: which of them were held out, ``(M,)``.
        probabilities: the model's, ``(M, labels)``.
        rest: the label of rest.
        options: the rest of the post-processing.
        accepted_per_minute: how many false activations are acceptable.

    Returns:
        The highest one, which is not ``reached``, where none is enough; None where too little rest was held out to say.
    """
    labels, rate_hz = windows.label_names, windows.signal.rate_hz
    resting = windows.labels[tested] == labels.index(rest)
    rest_s = float(resting.sum()) * windows.hop / rate_hz
    if rest_s < LEAST_REST_S:
        return None
    resting_label, found = labels.index(rest), None
    smoothed = _smoothed(windows, tested, probabilities, options)
    for enter in THRESHOLDS:
        tried = options.model_copy(update={"enter": enter, "stay": min(options.stay, enter)})
        decided = smoothed.decided(tried, labels, rest)
        false = float((activations(decided, resting_label) & resting).sum()) * 60 / rest_s
        truth = windows.labels[tested]
        recall = accuracy(truth[~resting], decided[~resting]) if (~resting).any() else 0.0
        found = Threshold(enter, round(false, 2), round(recall, 4), round(rest_s, 1), accepted_per_minute)
        if false <= accepted_per_minute:
            break
    return found


def _smoothed(
    windows: Windows, tested: Indices, probabilities: NDArray[np.float32], options: PostProcessing
) -> DecisionStream:
    """The windows' probabilities, which are smoothed anew wherever a window does not follow the one before it."""
    recording, start = windows.recording[tested], windows.start[tested]
    follows = (np.diff(recording) == 0) & (np.diff(start) == windows.hop)
    ends_s = (start + windows.length) / windows.signal.rate_hz
    begins = [0, *(np.flatnonzero(~follows) + 1).tolist()]
    return DecisionStream.of(probabilities, np.ones(len(tested), np.float32), ends_s, begins, options)
