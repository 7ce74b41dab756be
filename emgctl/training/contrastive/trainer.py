"""The trainer of decoder ``contrastive``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from emgctl.hookspecs import hookimpl
from emgctl.inference.model_card import ModelCard
from emgctl.recording.windows import Windows, in_samples
from emgctl.trainer import Fold, Predictions, Trainer, TrainerConfig, TrainingTask, Windowing
from emgctl.training.classifier.fitted import Fitted
from emgctl.training.target import tested_in
from emgctl.types import Samples, Signal

MEMORY_MS = 1000.0  # which is shorter than any rest between two movements in the data sets it was measured with
CONTRASTIVE = "contrastive"


class ContrastiveTrainerConfig(TrainerConfig):
    """What can be chosen about a model of which any grasps can be chosen."""

    memory_ms: Annotated[
        float, Field(ge=0, le=5000, description="How much of the signal before a window counts, too.")
    ] = MEMORY_MS  # fmt: skip
    checkpoint: Annotated[
        Path | None, Field(description="Continue from this file after the training was broken off.")
    ] = None  # fmt: skip


class ContrastiveTrainer(Trainer[Fitted]):
    """Many grasps, of which a user chooses any without training again."""

    kind = CONTRASTIVE
    Config = ContrastiveTrainerConfig
    config: ContrastiveTrainerConfig
    libraries = ("torch", "onnx", "onnxscript", "sklearn", "scipy")

    def __init__(self, config: ContrastiveTrainerConfig) -> None:
        super().__init__(config)
        self._fits = 0

    def windowing(self, signal: Signal) -> Windowing:
        """Windows with a memory."""
        memory_ms = self.config.memory_ms
        memory = in_samples(memory_ms, signal, "a memory") if memory_ms else 0
        return replace(super().windowing(signal), memory=memory)

    def fit(self, task: TrainingTask) -> Fitted:
        """Fit a dual encoder; each fit has a checkpoint of its own."""
        from emgctl.training.contrastive.fit import fit_contrastive

        self._fits += 1
        config, windows = self.config, task.windows
        kept = config.checkpoint and config.checkpoint.with_name(f"{config.checkpoint.name}.{self._fits}")
        fitted = fit_contrastive(windows, task.fold, task.rest, task.seed, task.progress, checkpoint=kept)
        fitted.classifier.ignore(task.ignored, windows.signal.channels)
        times = {"window_ms": config.window_ms, "hop_ms": config.hop_ms, "memory_ms": config.memory_ms}
        return replace(
            fitted, model=CONTRASTIVE, facts={**times, **fitted.facts}, card_fields={"recipe": CONTRASTIVE}
        )  # fmt: skip

    def after_test(
        self, fitted: Fitted, windows: Windows, folds: Sequence[Fold], predicted: Sequence[Predictions]
    ) -> tuple[Fitted, Mapping[str, Any]]:
        """Accuracy over the number of grasps; the model keeps the test, to predict that of any choice."""
        from emgctl.training.contrastive.subset_baseline import compare

        probabilities = [one.values for one in predicted]
        if fitted.classes is not None:
            truth = windows.labels[tested_in(folds)]
            fitted = replace(fitted, classes=fitted.classes.with_validation(np.concatenate(probabilities), truth))
        return fitted, compare(windows, folds, probabilities)

    def export(self, fitted: Fitted, card: ModelCard, examples: Samples, path: Path) -> None:
        """Write the encoder and the classes as ONNX."""
        from emgctl.training.export.onnx import export

        export(fitted.classifier, card, examples, path, classes=fitted.classes)


@hookimpl
def emgctl_trainers() -> list[type[Trainer[Any]]]:
    """Register the trainer."""
    return [ContrastiveTrainer]
