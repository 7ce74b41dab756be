"""Temperature: calibrates probabilities (Guo et al., On Calibration of Modern Neural Networks, 2017)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_GRID = torch.logspace(-0.7, 1.7, 49)  # 0.2 to 50: an LDA on hundreds of features is far too sure of itself


def best_temperature(logits: Tensor, y: Tensor, weight: Tensor) -> float:
    """The temperature with the least log loss on windows that were not trained on.

    Args:
        logits: ``(N, classes)``.
        y: labels, ``(N,)``.
        weight: of each class, ``(classes,)``.
    """
    losses = torch.stack([nn.functional.cross_entropy(logits / one, y, weight) for one in _GRID])
    return float(_GRID[int(losses.argmin())])
