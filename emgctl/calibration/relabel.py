"""From cues to labels: a person begins some time after being told to, and relaxes some time after that."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from emgctl.dsp.onset import bursts, envelope, onset
from emgctl.dsp.runs import runs
from emgctl.errors import UsageError
from emgctl.types import Recording

RELAXING_S = 0.5  # at least
STILL_RELAXING_S = 1.5  # at most, as long as the muscles say so
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class InactiveRepetition:
    """A repetition of a gesture in which no muscle worked."""

    label: str
    repetition: int

    def __str__(self) -> str:
        return f"{self.label}, repetition {self.repetition}"


def relabel_by_onset(recording: Recording, rest: str) -> tuple[Recording, list[InactiveRepetition], list[float]]:
    """Labels that follow the muscles instead of the cues.

    A gesture begins at its muscles' onset; one in which no muscle worked is not learnt. A rest begins half a second
    after its cue, or later, when the muscles are at rest. What lies between has no label.

    Args:
        recording: labelled by cues.
        rest: the label of rest.

    Returns:
        The recording with other labels, the repetitions in which nothing moved, and the reaction times in seconds.

    Raises:
        UsageError: the recording has no labels.
    """
    if recording.labels is None:
        raise UsageError(f"{recording.source}: has no labels of cues")
    rate_hz, cues = recording.signal.rate_hz, recording.labels
    labels = cues.copy()
    resting = recording.label_names.index(rest) if rest in recording.label_names else UNKNOWN
    work = envelope(recording.samples, rate_hz)
    segments = runs(cues)
    relaxing = round(RELAXING_S * rate_hz)
    quiet = np.zeros(len(cues), np.bool_)
    for begin, end in segments:
        if cues[begin] == resting:
            labels[begin : min(begin + relaxing, end) if begin else begin] = UNKNOWN
            quiet[begin + relaxing if begin else begin : end] = True
    idle, reactions_s = [], []
    for begin, end in segments:
        if cues[begin] == resting and begin:
            latest = min(begin + round(STILL_RELAXING_S * rate_hz), end)
            for _, relaxed in bursts(work, work[quiet], begin, latest, rate_hz):
                labels[begin:relaxed] = UNKNOWN
        if cues[begin] in (resting, UNKNOWN):
            continue
        first = onset(work, work[quiet], begin, end, rate_hz)
        if first is None:
            repetition = -1 if recording.repetitions is None else int(recording.repetitions[begin])
            idle.append(InactiveRepetition(recording.label_names[cues[begin]], repetition))
            first = end
        else:
            reactions_s.append((first - begin) / rate_hz)
        labels[begin:first] = UNKNOWN
    return replace(recording, labels=labels), idle, reactions_s
