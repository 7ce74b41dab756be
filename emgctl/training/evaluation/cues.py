"""Where a person was cued to do something, and which decisions activate a gesture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from emgctl.dsp.runs import changes, runs
from emgctl.recording.windows import Indices, small_movements
from emgctl.training.evaluation.stream import UNKNOWN, DecodedRecording

ANTICIPATION_S = 0.2  # a muscle may begin a little before its cue


def seconds_around(stream: DecodedRecording) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Seconds since the last and until the next change of cue at each decision; infinite where there is none."""
    labels = stream.recording.labels
    cues = changes(labels, small_movements(stream.recording)) if labels is not None else np.empty(0, np.int64)
    edges = np.concatenate(([-np.inf], cues, [np.inf]))
    place = np.searchsorted(cues, stream.last, side="right")
    return (stream.last - edges[place]) / stream.rate_hz, (edges[place + 1] - stream.last) / stream.rate_hz


def activations(decisions: Indices, resting: int) -> NDArray[np.bool_]:
    """Where a decision for a gesture follows one for something else."""
    gesture = (decisions != resting) & (decisions != UNKNOWN)
    return np.asarray((np.diff(decisions, prepend=resting) != 0) & gesture)


def anticipations(stream: DecodedRecording, decisions: Indices, soon: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where a decision is the label that follows the present one, and its cue comes ``soon``."""
    labels = stream.truth
    cues = changes(labels)
    following = np.append(labels[cues], UNKNOWN)[np.searchsorted(cues, np.arange(len(labels)), side="right")]
    return np.asarray(soon & (decisions == following))


def is_foreign(stream: DecodedRecording) -> NDArray[np.bool_]:
    """Where a gesture is made whose label is not the model's, at each decision."""
    labels, small = stream.recording.labels, small_movements(stream.recording)
    if labels is None:
        return np.zeros(len(stream.last), np.bool_)
    return np.asarray((stream.truth == UNKNOWN) & (labels[stream.last] >= 0) & ~small[stream.last])


def cued_gestures(stream: DecodedRecording, resting: int) -> list[tuple[int, int, int]]:
    """First sample, end and label (in the model's order) of each segment that is a gesture and follows something."""
    labels, small = stream.recording.labels, small_movements(stream.recording)
    if labels is None:
        return []
    numbers = dict(zip(labels[stream.last].tolist(), stream.truth.tolist(), strict=True))
    found = [
        (begin, end, numbers.get(int(labels[begin]), UNKNOWN))
        for begin, end in runs(labels, small)[1:]
        if not small[begin]
    ]
    return [(begin, end, label) for begin, end, label in found if label not in (UNKNOWN, resting)]
