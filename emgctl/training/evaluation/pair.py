"""Two figures that show how a decoder behaves in use: unintended activations, and gestures recognized."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.dsp.onset import bursts, envelope
from emgctl.dsp.runs import runs
from emgctl.recording.windows import Indices, small_movements
from emgctl.training.evaluation.cues import (
    ANTICIPATION_S,
    activations,
    anticipations,
    cued_gestures,
    is_foreign,
    seconds_around,
)
from emgctl.training.evaluation.stream import DecodedRecording
from emgctl.training.evaluation.usability import delay_spread

STATES = ("rest", "small_movements", "foreign", "daily")
"""What a person may do without meaning any gesture of the model."""

WITHIN_S = 1.0  # from the muscle's onset, a gesture that is decided later was not recognized
STABLE_S = 0.3  # anything shorter appears as flicker
_EARLY_S = 1.0  # how long before its cue a muscle's onset is looked for


@dataclass(frozen=True, slots=True)
class CuedGesture:
    """A gesture that was cued: its label, its first sample and the muscle's onset, None if that is unknown."""

    label: int
    begin: int
    onset: int | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a decoded recording holds, whatever the threshold: where no gesture was meant, and the cued gestures.

    ``states`` has for each of :data:`STATES` where it counts, ``(N,)``; ``soon`` is where the next cue is near.
    """

    stream: DecodedRecording
    resting: int
    states: dict[str, NDArray[np.bool_]] = field(repr=False)
    soon: NDArray[np.bool_] = field(repr=False)
    gestures: tuple[CuedGesture, ...]

    @classmethod
    def of_cues(cls, stream: DecodedRecording, resting: int, guard_s: float) -> Timeline:
        """The timeline of a recording with cues.

        Args:
            stream: the recording as it was decoded.
            resting: the index of rest among the model's labels, -1 if it has none.
            guard_s: how long a person may need to react: until then, neither rest nor small movements count.
        """
        since_s, until_s = seconds_around(stream)
        calm, small = since_s >= guard_s, small_movements(stream.recording)[stream.last]
        rest = (stream.truth == resting) & (resting >= 0) & calm & ~small
        states = {"rest": rest, "small_movements": small & calm, "foreign": is_foreign(stream)}
        level = envelope(stream.recording.samples, stream.rate_hz)
        quiet = level[stream.last[rest & (until_s >= guard_s)]]  # some people begin before the cue
        gestures = [
            CuedGesture(label, begin, _onset(level, quiet, begin, end, stream.rate_hz))
            for begin, end, label in cued_gestures(stream, resting)
        ]
        return cls(stream, resting, states, until_s < guard_s, tuple(gestures))

    @classmethod
    def of_daily(cls, stream: DecodedRecording, resting: int) -> Timeline:
        """The timeline of a recording in which no gesture was meant; its labels do not matter."""
        count = len(stream.last)
        return cls(stream, resting, {"daily": np.ones(count, np.bool_)}, np.zeros(count, np.bool_), ())

    @property
    def hours(self) -> dict[str, float]:
        """How long each state lasted, in hours."""
        last = self.stream.last
        hop_s = float(np.median(np.diff(last))) / self.stream.rate_hz if len(last) > 1 else 0.0
        return {state: hop_s * int(where.sum()) / 3600 for state, where in self.states.items()}

    def activations(self, decisions: Indices) -> dict[str, int]:
        """How often a gesture was activated in each state; at rest, without the next one shortly before its cue."""
        begun = activations(decisions, self.resting)
        counts = {state: int((begun & where).sum()) for state, where in self.states.items()}
        if "rest" in self.states:
            early = anticipations(self.stream, decisions, self.soon)
            counts["rest"] = int((begun & self.states["rest"] & ~early).sum())
        return counts

    def recognized(self, decisions: Indices, stable_s: float) -> list[int | None]:
        """The last sample of the first stable right decision for each gesture, None where it came too late or not."""
        last, rate_hz = self.stream.last, self.stream.rate_hz
        if len(last) < 2:
            return [None] * len(self.gestures)
        hop = int(np.diff(last).min())
        unbroken = np.concatenate(([0], np.cumsum(np.diff(last) > hop)))
        held_until = np.empty(len(last), np.int64)  # the decision that holds, holds until the next one
        for begin, end in runs(decisions, unbroken):
            held_until[begin:end] = last[end - 1] + hop
        stable = held_until - last >= stable_s * rate_hz
        found = []
        for gesture in self.gestures:
            origin = gesture.begin if gesture.onset is None else gesture.onset
            first = min(gesture.begin - round(ANTICIPATION_S * rate_hz), origin)
            inside = np.arange(*np.searchsorted(last, [first, origin + round(WITHIN_S * rate_hz) + 1]))
            right = inside[(decisions[inside] == gesture.label) & stable[inside]]
            found.append(int(last[right[0]]) if len(right) else None)
        return found


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Both figures at one threshold, ``enter``: ``gestures`` has how many of each were recognized, of how many."""

    enter: float
    gestures: dict[str, tuple[int, int]]
    delays_s: tuple[float, ...] = field(repr=False)
    activations: dict[str, int]
    hours: dict[str, float]

    @property
    def recognized(self) -> float | None:
        """The share of the gestures that were recognized, None if there were none."""
        cued = sum(count for _, count in self.gestures.values())
        return sum(found for found, _ in self.gestures.values()) / cued if cued else None

    @property
    def per_hour(self) -> dict[str, float | None]:
        """Activations an hour of each state, None where it was not seen."""
        return {
            state: self.activations[state] / self.hours[state] if self.hours[state] else None for state in self.hours
        }

    def as_json(self) -> dict[str, Any]:
        """The figures, the units in the keys."""
        share, hourly = self.recognized, self.per_hour
        return {
            "enter": self.enter,
            "recognized": None if share is None else round(share, 4),
            "recognized_by_gesture": {name: round(found / cued, 4) for name, (found, cued) in self.gestures.items()},
            "delay_ms": delay_spread(self.delays_s),
            "activations": self.activations,
            "activations_per_hour": {
                state: None if value is None else round(value, 2) for state, value in hourly.items()
            },
        }


def operating_point(
    enter: float,
    timelines: Sequence[Timeline],
    decided: Sequence[Indices],
    labels: Sequence[str],
    stable_s: float = STABLE_S,
) -> OperatingPoint:
    """Both figures of decisions over recordings.

    Args:
        enter: the threshold that the decisions were made with.
        timelines: what the recordings hold.
        decided: the label of each decision of each recording, as an index into ``labels`` (-1: none of them).
        labels: the labels' names.
        stable_s: how long a right decision has to last.
    """
    counts, hours = dict.fromkeys(STATES, 0), dict.fromkeys(STATES, 0.0)
    found, cued = np.zeros(len(labels), int), np.zeros(len(labels), int)
    delays_s = []
    for timeline, decisions in zip(timelines, decided, strict=True):
        for state, count in timeline.activations(decisions).items():
            counts[state] += count
        for state, lasted in timeline.hours.items():
            hours[state] += lasted
        for gesture, at in zip(timeline.gestures, timeline.recognized(decisions, stable_s), strict=True):
            cued[gesture.label] += 1
            if at is not None:
                found[gesture.label] += 1
                if gesture.onset is not None:
                    delays_s.append((at - gesture.onset) / timeline.stream.rate_hz)
    gestures = {name: (int(found[place]), int(cued[place])) for place, name in enumerate(labels) if cued[place]}
    return OperatingPoint(enter, gestures, tuple(delays_s), counts, hours)


def _onset(level: NDArray[np.float64], rest: NDArray[np.float64], begin: int, end: int, rate_hz: float) -> int | None:
    """The onset of the muscle that made a gesture; None if there is none, or if the muscle never rested before it."""
    start = max(begin - round(_EARLY_S * rate_hz), 0)
    latest = begin - round(ANTICIPATION_S * rate_hz)
    first = next((first for first, last in bursts(level, rest, start, end, rate_hz) if last > latest), None)
    return None if first == start else first
