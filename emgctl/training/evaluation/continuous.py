"""Evaluation of a model on continuous recordings, with and without post-processing, and what rejection would cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emgctl.errors import UsageError
from emgctl.inference.model import Model
from emgctl.inference.postprocessing import PostProcessing
from emgctl.recording.windows import Indices, in_samples, labels_in, same_signal, small_movements
from emgctl.training.data.provenance import Contents, caution_rows, leaks_from
from emgctl.training.evaluation.pair import STABLE_S, OperatingPoint, Timeline, operating_point
from emgctl.training.evaluation.pair_curve import PairCurve, pair_rows
from emgctl.training.evaluation.stream import UNKNOWN, DecodedRecording, decode_stream
from emgctl.training.evaluation.usability import UsabilityMetrics, delay_spread, measure_usability
from emgctl.training.evaluation.ways import Adapt, way_of
from emgctl.training.evaluation.windowed import check_labels, fits
from emgctl.training.text import percent
from emgctl.types import Recording

THRESHOLDS = (*(round(0.05 * step, 2) for step in range(20)), 0.97, 0.98, 0.985, 0.99, 0.992, 0.995, 0.999, 0.9999, 1.0)


@dataclass(frozen=True, slots=True)
class Continuous:
    """A model on continuous recordings: the streams, the decisions of each after post-processing, and the figures."""

    streams: tuple[DecodedRecording, ...]
    decided: tuple[Indices, ...]
    raw: UsabilityMetrics
    processed: UsabilityMetrics
    pair: PairCurve
    result: dict[str, Any]


def evaluate_continuous(
    model: Model,
    recordings: Sequence[Recording],
    postprocessing: PostProcessing,
    *,
    rest: str,
    guard_s: float,
    accepted_per_minute: float,
    hop_ms: float | None,
    adapt: Adapt,
    foreign: Sequence[str] = (),
    daily: Sequence[Recording] = (),
    target_recall: float | None = None,
    stable_s: float = STABLE_S,
    progress: Callable[[int, int], None],
) -> Continuous:
    """Decode whole recordings as ``emgctl run`` would, and count what a user would feel.

    Args:
        model: the model.
        recordings: with a label for each sample.
        postprocessing: as a profile's decoder has it.
        rest: the label of rest, "" if there is none.
        guard_s: how long a person may need to react to a cue.
        accepted_per_minute: the false activations a minute of rest that are acceptable, for choosing a threshold.
        hop_ms: a decision every so many milliseconds; None for the model's own hop.
        foreign: labels that the model may not know, of gestures that are not in its set.
        daily: recordings in which no gesture was meant at all.
        target_recall: the share of gestures that should be recognized, for choosing a threshold.
        stable_s: how long a right decision has to last, so that a gesture counts as recognized.
        adapt: "past": follow each session as live, "session": adapt to each as a whole beforehand, "learn": a personal
            model learns from what has passed; never by labels.
        progress: told how much is done, of how much.

    Raises:
        ModelError: the recordings have another signal, or labels the model does not know.
        UsageError: no labelled recording is left.
    """
    kept = [one for one in recordings if _is_evaluable(one)]
    if not kept:
        raise UsageError("no recording has labels to evaluate by")
    signal = same_signal([*kept, *daily])
    fits(model, signal, kept[0].source)
    for one in kept:
        check_labels(model, [name for name in labels_in(one) if name not in foreign])
    labels = model.card.labels
    resting = labels.index(rest) if rest in labels else UNKNOWN
    hop = model.card.hop if hop_ms is None else in_samples(hop_ms, signal, "a hop")
    steps = len(kept) + len(daily) + len(THRESHOLDS) + 2
    streams = _decoded(model, kept, hop, adapt, lambda done: progress(done, steps))
    all_day = _decoded(model, daily, hop, adapt, lambda done: progress(len(kept) + done, steps))
    timelines = [
        *(Timeline.of_cues(stream, resting, guard_s) for stream in streams),
        *(Timeline.of_daily(stream, resting) for stream in all_day),
    ]

    smoothed = [timeline.stream.smoothed(postprocessing) for timeline in timelines]
    numbers = np.array(
        [UNKNOWN if name == model.card.other else place for place, name in enumerate(labels)] + [UNKNOWN]
    )

    def decide(options: PostProcessing) -> list[Indices]:
        return [numbers[one.decided(options, labels, rest)] for one in smoothed]

    def figures(of: Sequence[DecodedRecording], decided: Sequence[Indices]) -> UsabilityMetrics:
        return measure_usability(of, decided, labels, rest, guard_s)

    raw = figures(streams, [numbers[stream.winners()] for stream in streams])
    decided = decide(postprocessing)
    processed = figures(streams, decided[: len(streams)])
    without = None
    if adapt != "none":
        plain = _decoded(model, kept, hop, "none", lambda _done: None)
        without = {
            "raw": _balanced(figures(plain, [numbers[one.winners()] for one in plain])),
            "postprocessed": _balanced(
                figures(
                    plain,
                    [numbers[one.smoothed(postprocessing).decided(postprocessing, labels, rest)] for one in plain],
                )
            ),
        }
    current = operating_point(postprocessing.enter, timelines, decided, labels, stable_s)
    points = []
    for done, threshold in enumerate(THRESHOLDS, len(timelines) + 2):
        options = postprocessing.model_copy(
            update={"enter": threshold, "stay": min(postprocessing.stay, threshold), "gestures": {}}
        )
        points.append(operating_point(threshold, timelines, decide(options), labels, stable_s))
        progress(done, steps)
    pair = PairCurve(current, tuple(points), stable_s, target_recall, accepted_per_minute)
    progress(steps, steps)
    leaks = leaks_from(model.card, model.path.name, Contents([*kept, *daily]).everything, [*kept, *daily])
    result = {
        "leaks": bool(leaks),
        "warnings": leaks,
        "raw": raw.as_json(),
        "postprocessed": processed.as_json(),
        "postprocessing": postprocessing.model_dump(exclude_defaults=True),
        "rest": rest,
        "adapt": adapt,
        "without_adaptation": without,
        "hop_ms": 1e3 * hop / signal.rate_hz,
        "recordings": [one.name for one in kept],
        "daily_recordings": [one.name for one in daily],
        "rejection": [_rejection(point) for point in points],
        "accepted_false_activations_per_minute": accepted_per_minute,
        "recommended_enter": pair.for_rest and pair.for_rest.enter,
        "pair": pair.as_json(timelines),
    }
    return Continuous(tuple(streams), tuple(decided[: len(streams)]), raw, processed, pair, result)


def _is_evaluable(recording: Recording) -> bool:
    """Whether a recording has labels, or marked small movements."""
    labels = recording.labels
    return labels is not None and bool((labels >= 0).any() or small_movements(recording).any())


def _decoded(
    model: Model, recordings: Sequence[Recording], hop: int, adapt: Adapt, progress: Callable[[int], None]
) -> list[DecodedRecording]:
    """Each recording as the model decodes it, in the order of the recordings; a session shares its adaptation."""
    wearings = [(one.subject, one.session) for one in recordings]
    ways = {
        wearing: way_of(model, adapt, hop, [one for one in recordings if (one.subject, one.session) == wearing])
        for wearing in dict.fromkeys(wearings)
    }
    streams = []
    for done, (one, wearing) in enumerate(zip(recordings, wearings, strict=True), 1):
        streams.append(decode_stream(ways[wearing], one, hop))
        progress(done)
    return streams


def _rejection(point: OperatingPoint) -> dict[str, Any]:
    """The pair at one threshold in the words of a confidence that is demanded."""
    hourly = point.per_hour["rest"]
    return {
        "enter": point.enter,
        "recall": point.recognized,
        "false_activations_per_minute": None if hourly is None else round(hourly / 60, 3),
        "onset_delay_ms": delay_spread(point.delays_s)["median"],
    }


def _balanced(metrics: UsabilityMetrics) -> dict[str, float | None]:
    found: dict[str, float | None] = metrics.as_json()["balanced_accuracy"]
    return found


def as_text(result: dict[str, Any]) -> str:
    """The figures for the terminal."""
    rows = caution_rows(result)
    for name, key in (("every window", "raw"), ("post-processed", "postprocessed")):
        part = result[key]
        balanced, false = part["balanced_accuracy"], part["false_activations_per_minute"]
        hourly = part["unintended_activations_per_hour"]
        delay, guard_s = part["onset_delay_ms"], part["guard_s"]
        rows += [
            (name, ""),
            ("  balanced", f"{percent(balanced['guarded'])} from {guard_s:g} s after each cue, "
                           f"{percent(balanced['all'])} counting all"),
            *_without(result["without_adaptation"], key),
            ("  onset delay", f"median {_number(delay['median'])} ms, p90 {_number(delay['p90'])} ms from the muscle's "
                              f"own onset; {part['onsets_missed']} of {part['onsets']} movements missed"),
            ("  false", f"{_number(false['rest'])} a minute at rest, {_number(false['movements'])} in other movements"),
            ("  unintended", f"{_number(hourly['rest'])} an hour of rest ({part['minutes']['rest']:g} min were seen)"
                             + (f", {_number(hourly['foreign'])} an hour of gestures that are not in the set "
                                f"({part['minutes']['foreign']:g} min)" if part["minutes"]["foreign"] else "")),
            ("  changes", f"{_number(part['changes_per_minute'])} a minute"),
        ]  # fmt: skip
    accepted, best = result["accepted_false_activations_per_minute"], result["recommended_enter"]
    summary = f"enter: {best:g}" if best is not None else "no threshold is enough"
    rows.append(("rejection", f"for at most {accepted:g} false activations a minute at rest: {summary}"))
    rows += pair_rows(result["pair"], result["hop_ms"])
    return "\n".join(f"{name:18} {text}".rstrip() for name, text in rows)


def _without(plain: dict[str, Any] | None, key: str) -> list[tuple[str, str]]:
    """The row that compares with the model as trained, if it was adapted."""
    if plain is None:
        return []
    return [("  as trained", f"{percent(plain[key]['guarded'])}, {percent(plain[key]['all'])} counting all")]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
