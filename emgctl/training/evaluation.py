"""A model file tested on recordings, exactly as it will decode live."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from emgctl.errors import ModelError, did_you_mean
from emgctl.model import Model
from emgctl.training.cut import cut, in_samples, same_signal
from emgctl.training.metrics import measure
from emgctl.training.provenance import datasets
from emgctl.training.splits import Split
from emgctl.types import Recording, Signal

_BATCH = 512  # windows at a time: small enough for progress to move, large enough for speed


def evaluate(
    model: Model,
    recordings: Sequence[Recording],
    split: Split | None,
    hop_ms: float | None,
    progress: Callable[[int, int], None],
) -> dict[str, Any]:
    """Decode recordings with a model and compare with their labels.

    Args:
        model: the model.
        recordings: what to decode, of the signal the model was trained on.
        split: whose test part to take; None for everything.
        hop_ms: a window every so many milliseconds; None for the model's own hop.
        progress: told how many windows are decoded, of how many.

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
    windows = cut(recordings, card.window, hop)
    knows(model, windows.label_names)
    windows = windows.with_labels(card.labels)
    tested = np.arange(len(windows)) if split is None else split.test_part(windows)
    predicted = []
    for first in range(0, len(tested), _BATCH):
        predicted.append(model.run_batch(windows.samples[tested[first : first + _BATCH]])[0].argmax(axis=1))
        progress(min(first + _BATCH, len(tested)), len(tested))
    provenance = datasets(recordings)
    return {
        "decoder": card.kind,
        "model": model.path.name,
        "model_sha256": model.sha256,
        "seed": card.seed,
        "labels": list(card.labels),
        "window_ms": 1000 * card.window / signal.rate_hz,
        "hop_ms": 1000 * hop / signal.rate_hz,
        **measure(windows, tested, np.concatenate(predicted)).as_json(),
        "left_out": str(windows.left_out),
        "split": split.text if split else "",
        "split_said": split.said if split else "tested on everything given",
        "leaks": split is not None and split.leaks,
        "warnings": _warnings(model, {dataset.sha256 for dataset in provenance}, split),
        "datasets": [dataset.model_dump() for dataset in provenance],
    }


def fits(model: Model, signal: Signal, source: str) -> None:
    """Raise ModelError when recordings have another signal than the model was trained on."""
    wanted = model.card.as_signal()
    if str(wanted) != str(signal):
        raise ModelError(
            model.path, f"was trained on {wanted}, but {source} has {signal}", remedy="evaluate it on a signal it knows"
        )


def knows(model: Model, labels: Sequence[str]) -> None:
    """Raise ModelError when one of the labels is not the model's."""
    known = model.card.labels
    for name in labels:
        if name not in known:
            raise ModelError(
                model.path, f"does not know the label '{name}' of the recordings{did_you_mean(name, known)}"
            )


def _warnings(model: Model, hashes: set[str], split: Split | None) -> list[str]:
    card = model.card
    seen = [dataset.name for dataset in card.datasets if dataset.sha256 in hashes]
    if not seen or (split is not None and split.text == card.split):
        return []
    some = seen[0] + (f" and {len(seen) - 1} more" if len(seen) > 1 else "")
    how = f"with split '{card.split}'" if split is not None else "and no split was named"
    return [f"the model was trained on {some} {how}: these figures count windows it has learnt and are too good"]
