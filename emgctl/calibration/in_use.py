"""How well the model in use predicts what was recorded today, to compare a refreshed one with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emgctl.errors import ModelError
from emgctl.inference.model import Model
from emgctl.training.evaluation.windowed import evaluate
from emgctl.types import Recording


def accuracy_in_use(model: Path, kind: str, recordings: Sequence[Recording]) -> float | None:
    """The balanced accuracy of a model file on recordings that it has not seen.

    None where it can't be compared: there is no such model, it does not know a gesture or the signal, or it has seen
    part of the recordings.
    """
    if not model.exists():
        return None
    try:
        figures = evaluate(Model.load(model, kind=kind), recordings, None, None, lambda _done, _total: None)
    except ModelError:
        return None
    share: float = figures["balanced_accuracy"]
    return None if figures["leaks"] else share
