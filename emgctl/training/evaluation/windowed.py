"""A model file tested on recordings, exactly as it will decode live."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.dsp.preprocessing import preprocess
from emgctl.errors import ModelError, did_you_mean
from emgctl.inference.adaptation import shift_to
from emgctl.inference.model import FeatureNormalization, Model
from emgctl.recording.windows import Indices, Windows, cut, in_samples, same_signal
from emgctl.support.batches import batches
from emgctl.training.data.provenance import Contents, datasets, leaks_from
from emgctl.training.data.silent_channels import ignored_sentence
from emgctl.training.data.splits import Split
from emgctl.training.evaluation.metrics import measure
from emgctl.training.evaluation.predictions import WindowPredictions
from emgctl.types import Recording, Samples, Signal

_BATCH = 512  # windows at a time: small enough for progress to move, large enough for speed


def evaluate(
    model: Model,
    recordings: Sequence[Recording],
    split: Split | None,
    hop_ms: float | None,
    progress: Callable[[int, int], None],
    adapt: bool = False,
    guard_s: float | None = None,
    keep: Callable[[WindowPredictions], None] | None = None,
) -> dict[str, Any]:
    """Decode recordings with a model and compare with their labels.

    Args:
        model: the model.
        recordings: what to decode, of the signal the model was trained on.
        split: whose test part to take; None for everything.
        hop_ms: a window every so many milliseconds; None for the model's own hop.
        progress: told how many windows are decoded, of how many.
        adapt: whether to adapt to the whole of each session tested, without its labels.
        guard_s: how long after each change of label windows are left out; None for as long as in training.
        keep: given what was predicted of each window.

    Returns:
        The result, under the keys of every result file; ``warnings`` says what makes its figures too good.

    Raises:
        ModelError: the recordings have another signal, or labels the model does not know.
        UsageError: the data can't be cut or split so.
    """
    card = model.card
    signal = same_signal(recordings)
    fits(model, signal, recordings[0].source)
    hop = card.hop if hop_ms is None else in_samples(hop_ms, signal, "a hop")
    guard_s = card.guard_s if guard_s is None else guard_s
    windows = cut(
        [preprocess(one, card.preprocessing) for one in recordings],
        card.window - card.memory,
        hop,
        round(guard_s * signal.rate_hz),
        card.memory,
    )
    check_labels(model, windows.label_names)
    windows = windows.with_labels(card.labels)
    tested = np.arange(len(windows)) if split is None else split.test_part(windows)
    shifts = _session_shifts(model, windows, tested) if adapt else {}
    sessions, done = windows.session[tested] if adapt else np.zeros(len(tested), np.int64), 0
    probabilities = np.empty((len(tested), len(card.labels)), np.float32)
    for session in np.unique(sessions):
        places = np.flatnonzero(sessions == session)
        for part in batches(len(places), _BATCH):
            chosen = places[part]
            found = model.run_batch(windows.take(tested[chosen]), shifts.get(int(session)))
            probabilities[chosen] = found[0]
            done += len(chosen)
            progress(done, len(tested))
    if keep is not None:
        keep(WindowPredictions(windows, tested, probabilities))
    provenance = datasets(recordings)
    leaks = leaks_from(card, model.path.name, Contents(recordings).within(windows, tested), recordings, split)
    return {
        "decoder": card.kind,
        "model": model.path.name,
        "model_sha256": model.sha256,
        "seed": card.seed,
        "labels": list(card.labels),
        "window_ms": 1000 * card.window / signal.rate_hz,
        "hop_ms": 1000 * hop / signal.rate_hz,
        "guard_s": guard_s,
        **measure(windows, tested, probabilities.argmax(axis=1)).as_json(),
        "left_out": str(windows.left_out),
        "split": split.text if split else "",
        "split_said": split.description if split else "tested on everything given",
        "leaks": bool(leaks or (split is not None and split.leaks)),
        "adapted": "to each tested session as a whole, without labels" if adapt else "",
        "warnings": leaks,
        "ignored": ignored_sentence(card.ignored),
        "datasets": [dataset.model_dump() for dataset in provenance],
    }


def _session_shifts(model: Model, windows: Windows, tested: Indices) -> dict[int, FeatureNormalization]:
    """What has changed in each tested session, by its number."""
    needs_adaptable(model)
    sessions = windows.session[tested]
    return {
        int(session): shift_to(features_of(model, windows.take(tested[sessions == session])))
        for session in np.unique(sessions)
    }


def needs_adaptable(model: Model) -> None:
    """Raise ModelError when a model was made without the inputs that adapt it."""
    if not model.adaptable:
        raise ModelError(model.path, "can't be adapted", remedy="train it anew")


def features_of(model: Model, samples: Samples) -> NDArray[np.float32]:
    """The standardised features of windows ``(N, W, C)``, ``(N, F)``."""
    return np.concatenate([model.run_batch(samples[part])[2] for part in batches(len(samples), _BATCH)])


def fits(model: Model, signal: Signal, source: str) -> None:
    """Raise ModelError when recordings have another signal than the model was trained on."""
    expected = model.card.as_signal()
    if str(expected) != str(signal):
        raise ModelError(
            model.path,
            f"was trained on {expected}, but {source} has {signal}",
            remedy="evaluate it on a signal it knows",
        )


def check_labels(model: Model, labels: Sequence[str]) -> None:
    """Raise ModelError when one of the labels is not the model's."""
    known = model.card.labels
    for name in labels:
        if name not in known:
            raise ModelError(
                model.path,
                f"does not know the label '{name}' of the recordings",
                remedy=did_you_mean(name, known)[2:],
            )
