"""The pair over the whole range of thresholds, and the threshold for a target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emgctl.training.evaluation.pair import STATES, WITHIN_S, OperatingPoint, Timeline

STATE_NAMES = {
    "rest": "rest",
    "small_movements": "small movements",
    "foreign": "foreign gestures",
    "daily": "daily activities",
}


@dataclass(frozen=True, slots=True)
class PairCurve:
    """Activations an hour and gestures recognized, with the threshold in use (``current``) and with all others.

    ``recall`` is the share of gestures to be recognized (None: any), ``per_minute`` how many activations
    a minute of rest are acceptable.
    """

    current: OperatingPoint
    points: tuple[OperatingPoint, ...]
    stable_s: float
    recall: float | None
    per_minute: float

    @property
    def for_recall(self) -> OperatingPoint | None:
        """The highest threshold that recognizes that share; None if none does."""
        enough = [
            point
            for point in self.points
            if self.recall is not None and point.recognized is not None and point.recognized >= self.recall
        ]
        return enough[-1] if enough else None

    @property
    def for_rest(self) -> OperatingPoint | None:
        """The lowest threshold with acceptably few activations at rest; None if none has."""
        return next((point for point in self.points if (point.per_hour["rest"] or 0.0) <= 60 * self.per_minute), None)

    def as_json(self, timelines: Sequence[Timeline]) -> dict[str, Any]:
        """The figures, the units in the keys."""
        gestures = [gesture for timeline in timelines for gesture in timeline.gestures]
        by_recall, by_rest = self.for_recall, self.for_rest
        return {
            "within_s": WITHIN_S,
            "stable_s": self.stable_s,
            "gestures": len(gestures),
            "gestures_without_onset": sum(gesture.onset is None for gesture in gestures),
            "minutes": {state: round(60 * self.current.hours[state], 3) for state in STATES},
            "current": self.current.as_json(),
            "curve": [point.as_json() for point in self.points],
            "target_recognized": self.recall,
            "at_target_recognized": by_recall and by_recall.as_json(),
            "accepted_activations_per_hour_of_rest": 60 * self.per_minute,
            "at_accepted_activations": by_rest and by_rest.as_json(),
        }


def pair_rows(pair: Mapping[str, Any], hop_ms: float) -> list[tuple[str, str]]:
    """The pair for the terminal: names and texts."""
    seen = [f"{minutes:g} min of {STATE_NAMES[state]}" for state, minutes in pair["minutes"].items() if minutes]
    rule = f"right within {pair['within_s']:g} s of the muscle's onset, for {pair['stable_s']:g} s"
    counted = f"{pair['gestures']} gestures, {pair['gestures_without_onset']} of them timed from the cue"
    rows = [
        ("the pair", f"recognized: {rule}; {counted}; a decision every {hop_ms:g} ms"),
        ("  seen", ", ".join(seen) or "nothing in which no gesture was meant"),
        ("  as set", _point(pair["current"])),
    ]
    if pair["target_recognized"] is not None:
        name = f"  {100 * pair['target_recognized']:g} % recognized"
        rows.append((name, _point(pair["at_target_recognized"]) or "no threshold recognizes that many gestures"))
    hourly = pair["accepted_activations_per_hour_of_rest"]
    rows.append(
        (
            f"  {hourly:g} an hour",
            _point(pair["at_accepted_activations"]) or "no threshold has so few activations at rest",
        )
    )
    return rows


def _point(point: Mapping[str, Any] | None) -> str:
    """One operating point as text, "" if there is none."""
    if point is None:
        return ""
    share, delay = point["recognized"], point["delay_ms"]
    hourly = [
        f"{STATE_NAMES[state]} {value:.3g}"
        for state, value in point["activations_per_hour"].items()
        if value is not None
    ]
    texts = [
        f"enter {point['enter']:g}: {'no gestures' if share is None else f'{100 * share:.1f} % recognized'}",
        f"activations an hour: {', '.join(hourly)}" if hourly else "",
        f"delay median {delay['median']:.0f} ms, p90 {delay['p90']:.0f} ms" if delay["count"] else "",
    ]
    return "; ".join(text for text in texts if text)
