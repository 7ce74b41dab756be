"""Evaluation of a model on continuous recordings, with and without post-processing, and what rejection would cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from emgctl.errors import UsageError
from emgctl.inference.adaptation import Adaptation, Adapter, shift_to
from emgctl.inference.model import FeatureNormalization, Model
from emgctl.inference.postprocessing import PostProcessing
from emgctl.recording.windows import Indices, in_samples, labels_in, same_signal
from emgctl.training.data.provenance import Contents, caution_rows, leaks_from
from emgctl.training.evaluation.stream import DecodedRecording, decode_stream, stream_windows
from emgctl.training.evaluation.usability import UsabilityMetrics, measure_usability
from emgctl.training.evaluation.windowed import check_labels, features_of, fits, needs_adaptable
from emgctl.training.text import percent
from emgctl.types import Recording

Adapt = Literal["none", "past", "session"]
THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(20))


@dataclass(frozen=True, slots=True)
class Continuous:
    """A model on continuous recordings: the streams, the decisions of each after post-processing, and the figures."""

    streams: tuple[DecodedRecording, ...]
    decided: tuple[Indices, ...]
    raw: UsabilityMetrics
    processed: UsabilityMetrics
    result: dict[str, Any]


def evaluate_continuous(
    model: Model,
    recordings: Sequence[Recording],
    postprocessing: PostProcessing,
    *,
    rest: str,
    guard_s: float,
    wanted_per_minute: float,
    hop_ms: float | None,
    adapt: Adapt,
    foreign: Sequence[str] = (),
    progress: Callable[[int, int], None],
) -> Continuous:
    """Decode whole recordings as ``emgctl run`` would, and count what a user would feel.

    Args:
        model: the model.
        recordings: with a label for each sample.
        postprocessing: as a profile's decoder has it.
        rest: the label of rest, "" if there is none.
        guard_s: how long a person may need to react to a cue.
        wanted_per_minute: the false activations a minute of rest that are acceptable, for choosing a threshold.
        hop_ms: a decision every so many milliseconds; None for the model's own hop.
        foreign: labels that the model may not know, of gestures that are not in its set.
        adapt: "past": follow each session as live, "session": adapt to each as a whole beforehand; never by labels.
        progress: told how much is done, of how much.

    Raises:
        ModelError: the recordings have another signal, or labels the model does not know.
        UsageError: no labelled recording is left.
    """
    kept = [one for one in recordings if one.labels is not None and (one.labels >= 0).any()]
    if not kept:
        raise UsageError("no recording has labels to evaluate by")
    signal = same_signal(kept)
    fits(model, signal, kept[0].source)
    for one in kept:
        check_labels(model, [name for name in labels_in(one) if name not in foreign])
    labels = model.card.labels
    hop = model.card.hop if hop_ms is None else in_samples(hop_ms, signal, "a hop")
    steps = len(kept) + len(THRESHOLDS) + 2
    streams = []
    wearings = [(one.subject, one.session) for one in kept]
    ways = {wearing: _Way(model, hop, adapt, kept, wearing) for wearing in dict.fromkeys(wearings)}
    for done, (one, wearing) in enumerate(zip(kept, wearings, strict=True), 1):
        way = ways[wearing]
        streams.append(decode_stream(model, one, hop, way.adapter, way.shift))
        progress(done, steps)

    def figures(decided: Sequence[Indices]) -> UsabilityMetrics:
        return measure_usability(streams, decided, labels, rest, guard_s)

    raw = figures([stream.winners() for stream in streams])
    decided = [stream.decided(postprocessing, labels, rest) for stream in streams]
    processed = figures(decided)
    curve = []
    for done, threshold in enumerate(THRESHOLDS, len(kept) + 2):
        options = postprocessing.model_copy(
            update={"enter": threshold, "stay": min(postprocessing.stay, threshold), "gestures": {}}
        )
        curve.append(_point(threshold, figures([stream.decided(options, labels, rest) for stream in streams]), rest))
        progress(done + 1, steps)
    progress(steps, steps)
    enough = [point for point in curve if (point["false_activations_per_minute"] or 0.0) <= wanted_per_minute]
    leaks = leaks_from(model.card, model.path.name, Contents(kept).everything, kept)
    result = {
        "leaks": bool(leaks),
        "warnings": leaks,
        "raw": raw.as_json(),
        "postprocessed": processed.as_json(),
        "postprocessing": postprocessing.model_dump(exclude_defaults=True),
        "rest": rest,
        "adapt": adapt,
        "recordings": [one.name for one in kept],
        "rejection": curve,
        "wanted_false_activations_per_minute": wanted_per_minute,
        "recommended_enter": enough[0]["enter"] if enough else None,
    }
    return Continuous(tuple(streams), tuple(decided), raw, processed, result)


class _Way:
    """How the recordings of one session are decoded: followed by an adapter, with a shift, or as trained."""

    def __init__(
        self, model: Model, hop: int, adapt: Adapt, recordings: Sequence[Recording], wearing: tuple[str, str]
    ) -> None:
        self.adapter: Adapter | None = None
        self.shift: FeatureNormalization | None = None
        if adapt == "none":
            return
        needs_adaptable(model)
        if adapt == "past":
            self.adapter = Adapter(Adaptation(), model.features, hop / model.card.signal.rate_hz)
            return
        own = [one for one in recordings if (one.subject, one.session) == wearing]
        self.shift = shift_to(np.concatenate([features_of(model, stream_windows(model, one, hop)[1]) for one in own]))


def _point(threshold: float, felt: UsabilityMetrics, rest: str) -> dict[str, Any]:
    gestures = [value for name, value in felt.recall_guarded.items() if name != rest and value is not None]
    summary = felt.as_json()
    return {
        "enter": threshold,
        "recall": sum(gestures) / len(gestures) if gestures else None,
        "false_activations_per_minute": summary["false_activations_per_minute"]["rest"],
        "false_activations_in_movements_per_minute": summary["false_activations_per_minute"]["movements"],
        "onset_delay_ms": summary["onset_delay_ms"]["median"],
    }


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
            ("  onset delay", f"median {_number(delay['median'])} ms, p90 {_number(delay['p90'])} ms from the muscle's "
                              f"own onset; {part['onsets_missed']} of {part['onsets']} movements missed"),
            ("  false", f"{_number(false['rest'])} a minute at rest, {_number(false['movements'])} in other movements"),
            ("  unintended", f"{_number(hourly['rest'])} an hour of rest ({part['minutes']['rest']:g} min were seen)"
                             + (f", {_number(hourly['foreign'])} an hour of gestures that are not in the set "
                                f"({part['minutes']['foreign']:g} min)" if part["minutes"]["foreign"] else "")),
            ("  changes", f"{_number(part['changes_per_minute'])} a minute"),
        ]  # fmt: skip
    wanted, best = result["wanted_false_activations_per_minute"], result["recommended_enter"]
    summary = f"enter: {best:g}" if best is not None else "no threshold is enough"
    rows.append(("rejection", f"for at most {wanted:g} false activations a minute at rest: {summary}"))
    return "\n".join(f"{name:18} {text}".rstrip() for name, text in rows)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
