"""What a user feels of a decoder on continuous recordings: delays, flicker and movements that were not meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from emgctl.dsp.onset import envelope, onset
from emgctl.dsp.runs import changes
from emgctl.recording.windows import Indices, small_movements
from emgctl.training.evaluation.accuracy import accuracy, balanced_accuracy, by_label, or_none, recall
from emgctl.training.evaluation.cues import (
    ANTICIPATION_S,
    activations,
    anticipations,
    cued_gestures,
    is_foreign,
    seconds_around,
)
from emgctl.training.evaluation.stream import UNKNOWN, DecodedRecording

STAYS = 3  # decisions in a row, before a gesture counts as found


@dataclass(frozen=True, slots=True)
class UsabilityMetrics:
    """Figures of decisions over streams.

    ``guarded`` leaves out the decisions up to ``guard_s`` after a change of label, when a person is still reacting;
    ``all`` counts them, too. Delays are from the muscle's own onset (of those that have one) to the first of three
    correct decisions in a row, and from the cue. An *activation* is a decision for a gesture that follows one for
    something else. It is false at rest, or false in another movement, when it comes later than ``guard_s`` after the
    last change of label, is not the label, and is not the next label within ``guard_s`` before its cue. While a
    ``foreign`` gesture is made, one whose label is not the model's, every activation is unintended. Small movements
    (:class:`~emgctl.types.Recording`) are neither rest nor another movement.
    """

    guard_s: float
    accuracy_all: float | None
    accuracy_guarded: float | None
    balanced_all: float | None
    balanced_guarded: float | None
    recall_all: dict[str, float | None]
    recall_guarded: dict[str, float | None]
    onsets: int
    onsets_missed: int
    delays_s: list[float] = field(repr=False)
    cue_delays_s: list[float] = field(repr=False)
    changes: int
    activations_at_rest: int
    activations_in_movements: int
    activations_in_foreign: int
    minutes: float
    minutes_at_rest: float
    minutes_in_movements: float
    minutes_in_foreign: float

    def as_json(self) -> dict[str, Any]:
        """The figures, the units in the keys."""
        return {
            "guard_s": self.guard_s,
            "balanced_accuracy": {"guarded": self.balanced_guarded, "all": self.balanced_all},
            "accuracy": {"guarded": self.accuracy_guarded, "all": self.accuracy_all},
            "recall": {"guarded": self.recall_guarded, "all": self.recall_all},
            "onsets": self.onsets,
            "onsets_missed": self.onsets_missed,
            "onset_delay_ms": delay_spread(self.delays_s),
            "cue_delay_ms": delay_spread(self.cue_delays_s),
            "changes_per_minute": _per(self.changes, self.minutes),
            "false_activations_per_minute": {
                "rest": _per(self.activations_at_rest, self.minutes_at_rest),
                "movements": _per(self.activations_in_movements, self.minutes_in_movements),
            },
            "unintended_activations_per_hour": {
                "rest": _per(self.activations_at_rest, self.minutes_at_rest / 60),
                "foreign": _per(self.activations_in_foreign, self.minutes_in_foreign / 60),
            },
            "minutes": {
                "all": round(self.minutes, 3),
                "rest": round(self.minutes_at_rest, 3),
                "movements": round(self.minutes_in_movements, 3),
                "foreign": round(self.minutes_in_foreign, 3),
            },
        }


def measure_usability(
    streams: Sequence[DecodedRecording], decided: Sequence[Indices], labels: tuple[str, ...], rest: str, guard_s: float
) -> UsabilityMetrics:
    """The figures of decisions.

    Args:
        streams: the recordings as they were decoded.
        decided: the label of each decision of each stream, as an index into ``labels`` (-1: none of them).
        labels: the labels' names.
        rest: the label of rest, "" if there is none.
        guard_s: how long a person may need to react.
    """
    resting = labels.index(rest) if rest in labels else UNKNOWN
    truth, predicted, guarded = [], [], []
    delays: list[float] = []
    cue_delays: list[float] = []
    onsets = missed = flips = at_rest = in_movements = in_foreign = 0
    minutes = minutes_rest = minutes_moving = minutes_foreign = 0.0
    for stream, decisions in zip(streams, decided, strict=True):
        if not len(stream.last):
            continue
        since_s, until_s = seconds_around(stream)
        known = stream.truth != UNKNOWN
        truth.append(stream.truth[known])
        predicted.append(decisions[known])
        guarded.append(since_s[known] >= guard_s)
        flips += len(changes(decisions))
        hop_min = float(np.median(np.diff(stream.last))) / stream.rate_hz / 60 if len(stream.last) > 1 else 0.0
        quiet, calm = stream.truth == resting, since_s >= guard_s
        calm &= ~small_movements(stream.recording)[stream.last]
        minutes += hop_min * len(decisions)
        minutes_rest += hop_min * int((quiet & calm).sum())
        minutes_moving += hop_min * int((~quiet & known & calm).sum())
        foreign = is_foreign(stream)
        minutes_foreign += hop_min * int(foreign.sum())
        begun = activations(decisions, resting)
        in_foreign += int((begun & foreign).sum())
        wrong = begun & (decisions != stream.truth) & known
        false = wrong & calm & ~anticipations(stream, decisions, until_s < guard_s)
        at_rest += int((false & quiet).sum())
        in_movements += int((false & ~quiet & known).sum())
        rate_hz = stream.rate_hz
        level = envelope(stream.recording.samples, rate_hz)
        resting_level = level[stream.last[quiet & calm]]
        for begin, end, label in cued_gestures(stream, resting):
            onsets += 1
            found = _found(stream, decisions, label, begin, end)
            if found is None:
                missed += 1
                continue
            cue_delays.append((found - begin) / rate_hz)
            first = onset(level, resting_level, max(begin - round(ANTICIPATION_S * rate_hz), 0), end, rate_hz)
            if first is not None:
                delays.append((found - first) / rate_hz)
    joined, outcomes, keep = (np.concatenate([np.empty(0, np.int64), *part]) for part in (truth, predicted, guarded))
    kept = keep.astype(np.bool_)
    recall_all = recall(joined, outcomes, len(labels))
    recall_guarded = recall(joined[kept], outcomes[kept], len(labels))
    return UsabilityMetrics(
        guard_s=guard_s,
        accuracy_all=or_none(accuracy(joined, outcomes)),
        accuracy_guarded=or_none(accuracy(joined[kept], outcomes[kept])),
        balanced_all=or_none(balanced_accuracy(recall_all)),
        balanced_guarded=or_none(balanced_accuracy(recall_guarded)),
        recall_all=by_label(recall_all, labels),
        recall_guarded=by_label(recall_guarded, labels),
        onsets=onsets,
        onsets_missed=missed,
        delays_s=delays,
        cue_delays_s=cue_delays,
        changes=flips,
        activations_at_rest=at_rest,
        activations_in_movements=in_movements,
        activations_in_foreign=in_foreign,
        minutes=minutes,
        minutes_at_rest=minutes_rest,
        minutes_in_movements=minutes_moving,
        minutes_in_foreign=minutes_foreign,
    )


def _found(stream: DecodedRecording, decisions: Indices, label: int, begin: int, end: int) -> int | None:
    """The last sample of the first of several correct decisions in a row, None if there is none."""
    inside = np.flatnonzero((stream.last >= begin) & (stream.last < end))
    right = decisions[inside] == label
    for place in range(len(right) - STAYS + 1):
        if right[place : place + STAYS].all():
            return int(stream.last[inside[place]])
    return None


def delay_spread(delays_s: Sequence[float]) -> dict[str, float | int | None]:
    """How many delays there are, their median and 90th percentile in milliseconds."""
    if not delays_s:
        return {"count": 0, "median": None, "p90": None}
    median, p90 = np.percentile(1e3 * np.asarray(delays_s), [50, 90])
    return {"count": len(delays_s), "median": round(float(median), 1), "p90": round(float(p90), 1)}


def _per(count: int, minutes: float) -> float | None:
    return round(count / minutes, 3) if minutes else None
