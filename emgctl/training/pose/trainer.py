"""The trainer of decoder ``pose``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, model_validator

from emgctl.hookspecs import hookimpl
from emgctl.inference.model_card import ModelCard
from emgctl.recording.windows import Indices, Windows, in_samples
from emgctl.trainer import (
    FittedModel,
    FormerName,
    OneOf,
    Predictions,
    Trainer,
    TrainerConfig,
    TrainingTask,
    Windowing,
)
from emgctl.training.history import History
from emgctl.training.pose.config import FAST_HZ, SIZES, VEMG2POSE, settings
from emgctl.training.pose.frames import PoseFrames
from emgctl.types import Samples, Signal

if TYPE_CHECKING:
    from emgctl.training.pose.network import PoseNetwork

TDS_HOP = 40  # samples, given by the convolutions' strides
TDS_REACH_S = 1.0  # receptive field of the convolutions
OWN = ("size", "window_ms", "hop_ms", "memory_ms")  # what the published network decides


class PoseConfig(TrainerConfig):
    """What can be chosen about a network that predicts the hand's joint angles."""

    size: Annotated[
        str, OneOf(tuple(SIZES)), Field(description="Of the network: small, for a laptop, or full.")
    ] = "small"  # fmt: skip
    recipe: Annotated[str, OneOf((VEMG2POSE,)), Field(description="A published network: vemg2pose.")] = ""
    tracking: Annotated[bool, Field(description="With --recipe vemg2pose: predict from a known pose on.")] = False
    memory_ms: Annotated[
        float, Field(ge=0, le=5000, description="How much of the signal before a window counts, too.")
    ] = 0.0  # fmt: skip
    augment_rotation: Annotated[
        int,
        Field(ge=0, le=4, description="Train as if an armband were turned by up to this many electrodes, too."),
        FormerName("--turns"),
    ] = 0
    steps: Annotated[
        int | None, Field(ge=1, description="How many batches are trained on; default: what suits the network.")
    ] = None  # fmt: skip

    @model_validator(mode="after")
    def _published(self) -> Self:
        given = sorted(self.model_fields_set.intersection(OWN))
        if self.recipe and given:
            raise ValueError(f"{given[0]} does not go with recipe {self.recipe}, which has its own")
        if self.tracking and not self.recipe:
            raise ValueError(f"tracking is for recipe {VEMG2POSE}; the other networks predict each pose from scratch")
        return self


@dataclass(frozen=True, kw_only=True)
class FittedPoses(FittedModel):
    """A fitted network in evaluation mode."""

    network: PoseNetwork

    def predict(self, windows: Windows, chosen: Indices) -> Predictions:
        """Joint angles in radians, as in a run that starts shortly before each segment."""
        from emgctl.training.pose.predict import predict

        found = predict(self.network, PoseFrames.of(windows), chosen)
        return Predictions(found.poses, found.intensity, found.confidence)


class PoseTrainer(Trainer[FittedPoses]):
    """A network that follows the hand's joint angles."""

    kind = "pose"
    target = "poses"
    Config = PoseConfig
    config: PoseConfig
    libraries = ("torch", "onnx", "onnxscript", "scipy")

    def __init__(self, config: PoseConfig) -> None:
        super().__init__(config)
        self._history: History = {}

    def windowing(self, signal: Signal) -> Windowing:
        """A frame every hop; the convolutions of fast signals decide on both themselves."""
        if self._fast(signal):
            return Windowing(max(round(TDS_REACH_S * signal.rate_hz) // TDS_HOP, 1) * TDS_HOP, TDS_HOP)
        length, memory = self._reach(signal)
        return Windowing(length + memory, in_samples(self.config.hop_ms, signal, "a hop"))

    def fit(self, task: TrainingTask) -> FittedPoses:
        """Fit a network on the training frames."""
        from emgctl.training.pose.fit import PoseFitConfig, fit_pose
        from emgctl.training.pose.frontend import TdsFront

        config, signal = self.config, task.windows.signal
        shape, schedule = settings(config.size, config.recipe, signal.rate_hz)
        if config.steps is not None:
            schedule = replace(schedule, steps=config.steps)
        length, memory = (0, 0) if self._fast(signal) else self._reach(signal)
        fit_config = PoseFitConfig(
            length, memory, shape, schedule, config.augment_rotation, config.tracking, task.rest, task.seed
        )  # fmt: skip
        network = fit_pose(PoseFrames.of(task.windows), task.fold, fit_config, task.progress, self._history)
        network.ignore(task.ignored, signal.channels)
        facts = {
            "recipe": config.recipe,
            "window_ms": config.window_ms,
            "memory_ms": config.memory_ms,
            "tracking": config.tracking,
            "parameters": sum(one.numel() for one in network.parameters()),
        }
        name = "tds" if isinstance(network.front, TdsFront) else "rolling"
        return FittedPoses(
            network=network, model=name, history=self._history, facts=facts, card_fields={"recipe": config.recipe}
        )

    def export(self, fitted: FittedPoses, card: ModelCard, examples: Samples, path: Path) -> None:
        """Write the network as an ONNX graph of one step."""
        from emgctl.training.pose.export import export_pose

        export_pose(fitted.network, card, examples, path)

    def _fast(self, signal: Signal) -> bool:
        return self.config.recipe == VEMG2POSE or signal.rate_hz >= FAST_HZ

    def _reach(self, signal: Signal) -> tuple[int, int]:
        memory = round(self.config.memory_ms * signal.rate_hz / 1000)
        return in_samples(self.config.window_ms, signal, "a window"), memory


@hookimpl
def emgctl_trainers() -> list[type[Trainer[Any]]]:
    """Register the trainer."""
    return [PoseTrainer]
