"""The trainer of decoder ``grid``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from emgctl.errors import UsageError
from emgctl.hookspecs import hookimpl
from emgctl.trainer import FormerName, Trainer, TrainingTask, Windowing
from emgctl.training.classifier.trainer import ClassifierConfig, ClassifierTrainer
from emgctl.types import Signal

if TYPE_CHECKING:
    from emgctl.training.classifier.fitted import Fitted
    from emgctl.training.classifier.personal import PersonalFit
    from emgctl.training.data.training_set import LabelledWindows


class GridConfig(ClassifierConfig):
    """What can be chosen about a classifier of a grid."""

    grid_wraps_around: Annotated[
        bool, Field(description="The grid's rows go all around the arm."), FormerName("--wraps")
    ] = False  # fmt: skip


class GridTrainer(ClassifierTrainer):
    """Gestures from a grid of electrodes, which may be put on elsewhere; a recipe is followed as it was published."""

    kind = "grid"
    usual_model = "grid"
    Config = GridConfig
    config: GridConfig

    def windowing(self, signal: Signal) -> Windowing:
        """As of a classifier, if the signal is one of a grid."""
        if signal.grid is None:
            raise UsageError("decoder 'grid' needs to know how the electrodes lie, and these recordings don't say")
        return super().windowing(signal)

    def usual_preprocessing(self, signal: Signal) -> str:
        """Bad electrodes filled in, band-pass, notch and common average reference."""
        from emgctl.training.data.preprocess_spec import grid_steps

        return "" if self.config.recipe else grid_steps(signal.rate_hz)

    def fit(self, task: TrainingTask) -> Fitted | PersonalFit:
        """Fit a classifier, whose card says whether the grid goes around the arm."""
        fitted = super().fit(task)
        return replace(fitted, card_fields={**fitted.card_fields, "wraps": self.config.grid_wraps_around})

    def training_windows(self, task: TrainingTask, part: LabelledWindows) -> LabelledWindows:
        """The training windows, also as if the grid sat elsewhere."""
        from emgctl.training.data.augment import augmented

        grid = task.windows.signal.grid
        if self.config.recipe or grid is None:
            return part
        return augmented(part, grid, self.config.grid_wraps_around, task.seed)


@hookimpl
def emgctl_trainers() -> list[type[Trainer[Any]]]:
    """Register the trainer."""
    return [GridTrainer]
