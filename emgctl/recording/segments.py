"""Where a recording has samples, and which label it has where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgctl.dsp.runs import runs, true_runs
from emgctl.recording.room import blocks
from emgctl.types import Recording, Samples


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch with one label: its name, from when to when in seconds, and the number of its repetition or -1."""

    label: str
    begin_s: float
    end_s: float
    repetition: int


def segments(samples: Samples) -> list[tuple[int, int]]:
    """First and end of each stretch of samples ``(T, C)`` that are there; lost ones are NaN on every channel."""
    there = np.zeros(len(samples), np.bool_)
    for part in blocks(*samples.shape):
        there[part] = ~np.isnan(samples[part]).all(axis=1)
    return true_runs(there)


def lost_samples(recording: Recording) -> NDArray[np.bool_]:
    """Which samples are missing on any channel, ``(T,)``."""
    lost = np.zeros(len(recording.samples), np.bool_)
    for part in blocks(*recording.samples.shape):
        lost[part] = np.isnan(recording.samples[part]).any(axis=1)
    return lost


def labelled_segments(recordings: Sequence[Recording], begin: int, end: int) -> dict[str, list[tuple[int, int]]]:
    """First and end of each segment of a label, by its name, of recordings in a row.

    Only samples ``begin`` to ``end`` of all recordings count, numbered from ``begin`` on.
    """
    found: dict[str, list[tuple[int, int]]] = {}
    offset = -begin
    for one in recordings:
        if one.labels is not None:
            for first, last in runs(one.labels):
                place = int(one.labels[first])
                inside = max(first + offset, 0), min(last + offset, end - begin)
                if place >= 0 and inside[0] < inside[1]:
                    found.setdefault(one.label_names[place], []).append(inside)
        offset += len(one.samples)
    return found


def spans(recording: Recording, begin_s: float = 0.0) -> list[Span]:
    """The labelled stretches in the order of time; ``begin_s`` is the time of the first sample."""
    rate_hz, labels = recording.signal.rate_hz, recording.labels
    if labels is None:
        return []
    repetitions = np.full(len(labels), -1) if recording.repetitions is None else recording.repetitions
    return [
        Span(recording.label_names[labels[first]], begin_s + first / rate_hz, begin_s + last / rate_hz,
             int(repetitions[first]))
        for first, last in runs(labels, repetitions) if labels[first] >= 0
    ]  # fmt: skip
