"""The contract of trainers, as a test for their authors; :mod:`emgctl.testing` passes it on."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from emgctl import __version__
from emgctl.dsp.labelled_windows import Windows
from emgctl.inference.model_card import CardSignal, ModelCard
from emgctl.support.evenly_spaced import evenly_spaced
from emgctl.testing.contract import answer, check_class
from emgctl.trainer import FittedModel, Fold, Predictions, Trainer, TrainerConfig, TrainingTask, Windowing

TESTED = 0.25  # of every label's windows, the last ones
EXAMPLES = 16
ROUNDING = 1e-3  # of probabilities that are summed in float32
FIT_LIMIT_S = 120.0


def check_trainer(cls: type[Trainer[Any]], config: TrainerConfig, windows: Windows) -> None:
    """The contract of every trainer, on windows of data that suit it; AssertionError says what is broken.

    It says how windows are cut, fits on the training part only, predicts one value per label or joint, finite and the
    same each time it is fitted on the same windows, and writes a file that is the same, too.

    Args:
        cls: the trainer's class.
        config: a Config with which it trains quickly.
        windows: as :func:`emgctl.recording.windows.cut` makes them; for poses, frames with a pose.
    """
    check_class("trainer", cls)
    assert cls.target in ("gestures", "poses"), f"{cls.kind}: target is {cls.target!r}, not 'gestures' or 'poses'"
    trainer = cls(config)
    answer(trainer, "check()", trainer.check)
    cutting: object = answer(trainer, "windowing()", lambda: trainer.windowing(windows.signal))
    assert isinstance(cutting, Windowing), f"{cls.kind}: windowing() returned {type(cutting).__name__}"
    fold, names = _divided(windows), _names(cls, windows)
    rest = next((name for name in windows.label_names if name == "rest"), "")
    seen: list[tuple[Predictions, bytes]] = []
    for _ in range(2):
        trainer, task = cls(config), TrainingTask(windows, fold, rest, seed=1)
        fitted: object = answer(trainer, "fit()", partial(trainer.fit, task), FIT_LIMIT_S)
        assert isinstance(fitted, FittedModel), f"{cls.kind}: fit() returned {type(fitted).__name__}, not a FittedModel"
        predicted = answer(trainer, "predict()", partial(fitted.predict, windows, fold.test), FIT_LIMIT_S)
        problem = _problem(predicted, len(fold.test), len(names), cls.target)
        assert not problem, f"{cls.kind}: predict() returned {problem}"
        seen.append((predicted, _exported(trainer, fitted, windows, rest)))
    (first, data), (again, data_again) = seen
    assert np.array_equal(first.values, again.values), f"{cls.kind}: the second fit gave another model"
    assert data == data_again, f"{cls.kind}: export() wrote another file the second time"


def _divided(windows: Windows) -> Fold:
    """The last windows of every label are tested."""
    tested = np.zeros(len(windows), np.bool_)
    for label in range(len(windows.label_names)):
        here = np.flatnonzero(windows.labels == label)
        tested[here[len(here) - max(1, round(TESTED * len(here))) :]] = True
    return Fold("", np.flatnonzero(~tested), np.empty(0, np.int64), np.flatnonzero(tested))


def _names(cls: type[Trainer[Any]], windows: Windows) -> tuple[str, ...]:
    if cls.target == "gestures":
        return windows.label_names
    track = windows.pose
    assert track is not None, f"{cls.kind}: predicts poses, so give windows of recordings with poses"
    return track.joints


def _exported(trainer: Trainer[Any], fitted: FittedModel, windows: Windows, rest: str) -> bytes:
    """The bytes of the model's file."""
    gestures, signal = trainer.target == "gestures", windows.signal
    names = _names(type(trainer), windows)
    fields: dict[str, Any] = (
        {"window": windows.memory + windows.length, "memory": windows.memory, "labels": names, "rest": rest}
        if gestures
        else {"window": windows.hop, "memory": windows.length, "joints": names}
    )
    card = ModelCard(
        emgctl=__version__,
        kind=trainer.kind,
        signal=CardSignal(channels=signal.channels, rate_hz=signal.rate_hz, unit=signal.unit, grid=signal.grid),
        hop=windows.hop,
        features=fitted.features,
        model=fitted.model,
        feature_set=fitted.feature_set,
        full_force_n=fitted.full_force_n,
        **fields | dict(fitted.card_fields),
    )
    some = evenly_spaced(len(windows), EXAMPLES)
    examples = windows.take(some) if gestures else np.ascontiguousarray(windows.recordings[0].samples, np.float32)
    with tempfile.TemporaryDirectory(prefix="emgctl-") as folder:
        path = Path(folder) / "model.onnx"
        answer(trainer, "export()", partial(trainer.export, fitted, card, examples, path), FIT_LIMIT_S)
        assert path.is_file(), f"{trainer.kind}: export() wrote no file"
        return path.read_bytes()


def _problem(predicted: object, count: int, width: int, target: str) -> str:
    if not isinstance(predicted, Predictions):
        return f"an object of {type(predicted).__name__}, not Predictions"
    for name, shape in (("values", (count, width)), ("intensity", (count,)), ("confidence", (count,))):
        found = getattr(predicted, name)
        if not isinstance(found, np.ndarray) or found.shape != shape or found.dtype.kind != "f":
            return f"{name} {getattr(found, 'shape', type(found).__name__)}, not numbers {shape}"
        if not np.isfinite(found).all():
            return f"{name} that are not finite"
    if target == "gestures" and not np.allclose(predicted.values.sum(axis=1), 1, atol=ROUNDING):
        return "probabilities that do not add up to 1"
    return ""
