"""Features of zero mean and unit variance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor, nn

LARGEST_ROUNDING = 5e-6  # of a standardized feature


class Standardize(nn.Module):
    """Zero mean and unit variance of each feature, by the training part's statistics.

    ``rounding`` ``(F,)`` is the error of single precision in each feature: what hardly moves is not made so large that
    another computer would decide otherwise.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, features: Tensor, rounding: Tensor | None = None) -> None:
        super().__init__()
        least = torch.full((features.shape[1],), 1e-6)
        if rounding is not None:
            least = torch.maximum(least, rounding / LARGEST_ROUNDING)
        self.register_buffer("mean", features.mean(dim=0))
        self.register_buffer("scale", 1 / torch.maximum(features.std(dim=0, correction=0), least))

    @classmethod
    def average(cls, parts: Sequence[Standardize]) -> Self:
        """The layer whose means and deviations are the averages of several."""
        whole = cls(torch.zeros(1, len(parts[0].mean)))
        whole.mean = torch.stack([part.mean for part in parts]).mean(dim=0)
        whole.scale = 1 / torch.stack([1 / part.scale for part in parts]).mean(dim=0)
        return whole

    def forward(self, features: Tensor) -> Tensor:
        """The features ``(N, F)``, each with zero mean and unit variance in training."""
        return (features - self.mean) * self.scale
