"""The words of ``--models``: which trainer each of them means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from emgctl.api.experiments import make_trainer
from emgctl.errors import UsageError, did_you_mean
from emgctl.inference.model_card import FORMER_MODELS
from emgctl.registry import TRAINERS, Registry
from emgctl.support.preconditions import needs_train_extra
from emgctl.sweeps.plan import SweepSettings
from emgctl.trainer import Trainer
from emgctl.training.classifier.model_zoo import AUTO, MODELS, POPULATION

_CLASSIFIER = "classifier"


def make_model(word: str, settings: SweepSettings) -> Trainer[Any]:
    """The trainer of a model, ``NAME`` or ``NAME:FEATURES``: a classifier, or another kind with its usual settings.

    Raises:
        UsageError: the model or the features are unknown, do not go together, or do not suit a sweep.
    """
    name, _, features = word.partition(":")
    config: dict[str, Any] = {"window_ms": settings.window_ms, "hop_ms": settings.hop_ms, "features": features}
    config = {key: value for key, value in config.items() if value not in (None, "")}
    if name == AUTO:
        raise UsageError(f"model {AUTO} chooses by the time that is left, so it differs from run to run; name models")
    if name not in TRAINERS and name in {*MODELS, POPULATION, *FORMER_MODELS}:
        return make_trainer(_CLASSIFIER, {"model": name, **config})
    if features and name != _CLASSIFIER:
        raise UsageError(f"model '{word}': {name} has its own features")
    try:
        target = Registry().trainer(name).target
    except UsageError as error:
        known = (*MODELS, POPULATION, *TRAINERS)
        raise UsageError(f"there is no model '{name}'{did_you_mean(name, known)}") from error
    if target != "gestures":
        raise UsageError(f"model '{name}' predicts poses, and a sweep compares models of gestures")
    return make_trainer(name, config)


def check_models(settings: SweepSettings) -> None:
    """Check all models, with their libraries, before recordings are read.

    Raises:
        UsageError: as for :func:`make_model`, or a model is named twice.
        DeviceError: a library is missing.
    """
    _check_once(settings.models)
    for word in settings.models:
        trainer = make_model(word, settings)
        needs_train_extra("sweep", *trainer.libraries)
        trainer.check()


def _check_once(models: Sequence[str]) -> None:
    for word in models:
        if models.count(word) > 1:
            raise UsageError(f"model '{word}' is named twice")
