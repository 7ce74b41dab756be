"""Published settings of classifiers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """The settings of a training run; what a user names beside a recipe goes before it.

    ``one_sample``: windows of a single sample, at every sample.
    """

    model: str
    split: str
    window_ms: float = 200.0
    hop_ms: float = 50.0
    one_sample: bool = False


EMG4_MLP, IMAGES = "emg4-mlp", "mobilenetv2-8x24"
RECIPES = {
    # The baseline published with the EMG-4 data (Kaggle kyr7plus/emg-4, Cainvas "muscle gesture"): 92.04 %.
    EMG4_MLP: Recipe(model="emg4-mlp", split="random", window_ms=40.0, hop_ms=40.0),
    # 99.197 % with the ICE Lab's data: half of all single samples, taken at random, to learn from (docs/grids.md).
    IMAGES: Recipe(model="mobilenetv2-1.0", split="random:0.5", one_sample=True),
}
