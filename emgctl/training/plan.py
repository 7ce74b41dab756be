"""What a training run is asked for, and published settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from emgctl.training.data.preprocess_spec import LEAVE_AS_IT_IS, PreprocessRequest
from emgctl.training.data.splits import Split

if TYPE_CHECKING:
    from emgctl.training.export.warm_start import PretrainedModel


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of a training run; what a user names beside a recipe goes before it.

    ``one_sample``: windows of a single sample, at every sample.
    """

    model: str = "default"
    split: str = "blocked"
    window_ms: float = 200.0
    hop_ms: float = 50.0
    one_sample: bool = False


RECIPES = {
    # The baseline published with the EMG-4 data (Kaggle kyr7plus/emg-4, Cainvas "muscle gesture"): 92.04 %.
    "emg4-mlp": Recipe(model="emg4-mlp", split="random", window_ms=40.0, hop_ms=40.0),
    # 99.197 % with the ICE Lab's data: half of all single samples, taken at random, to learn from (docs/grids.md).
    "mobilenetv2-8x24": Recipe(model="mobilenetv2-1.0", split="random:0.5", one_sample=True),
}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be trained.

    ``rest`` None: a label that is called so. ``final`` None: as suits the split. ``guard_s``: how long a person may
    have needed to react to a cue; windows before are neither learnt nor tested. ``features`` "": the model's own.
    ``worn_now``: the last recording's session is how the sensors are worn from now on, so that it counts more.
    ``start``: the model whose networks are trained on. ``budget_s``: for comparing models, where ``model`` is "auto".
    ``decoder``: "classifier"; "grid", whose rows wrap around the arm where ``wraps`` says so; or "contrastive", which
    also looks at so much as ``memory_ms`` of what came before a window. ``checkpoint``: a file to go on from.
    """

    model: str
    split: Split
    window_ms: float
    hop_ms: float
    recipe: str = ""
    seed: int = 0
    rest: str | None = None
    final: Literal["train", "all"] | None = None
    guard_s: float = 0.0
    preprocess: PreprocessRequest = LEAVE_AS_IT_IS
    features: str = ""
    start: PretrainedModel | None = None
    worn_now: bool = False
    decoder: str = "classifier"
    wraps: bool = False
    budget_s: float = 120.0
    memory_ms: float = 0.0
    checkpoint: Path | None = None

    @property
    def for_grid(self) -> bool:
        """Whether a grid's own preprocessing and augmentation are wanted; a published recipe has neither."""
        return self.decoder == "grid" and not self.recipe
