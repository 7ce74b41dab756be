"""MobileNetV2 on 8 x 24 images, as published for HD-sEMG (MIC-Laboratory/CNN-HD-sEMG-Classifier, up to commit 3789496).

An image there is one raw sample of 192 channels, in their order, scaled by its own mean and deviation. The network is
that of Sandler et al. (CVPR 2018) for small images: no pooling, stride 1 at first, a convolution in a shortcut whose
width changes. Its "width" scales the expansion factor, ``int(6 * width)``, and not the channels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

ROWS, COLUMNS = 8, 24
STEM, LAST = 32, 1280
STAGES = ((1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""Expansion, channels, blocks and the first block's stride."""

PUBLISHED = {1.0: (2.314, 18.303), 0.7: (1.712, 12.967), 0.4: (1.110, 7.632), 0.2: (0.8, 4.964)}
"""Millions of parameters and of operations by width; those count four for each value of a batch normalization."""


class Block(nn.Module):
    """Expand, convolve each channel by itself, contract; with a shortcut where the size stays."""

    def __init__(self, inside: int, outside: int, expansion: int, stride: int) -> None:
        super().__init__()
        hidden = inside * expansion
        self.path = nn.Sequential(
            *_convolution(inside, hidden, 1),
            *_convolution(hidden, hidden, 3, stride, groups=hidden),
            *_convolution(hidden, outside, 1)[:-1],
        )
        self.short: nn.Module | None = None
        if stride == 1:
            self.short = nn.Identity() if inside == outside else nn.Sequential(*_convolution(inside, outside, 1)[:-1])

    def forward(self, x: Tensor) -> Tensor:
        """Apply the inverted-residual block."""
        y: Tensor = self.path(x)
        return y if self.short is None else y + self.short(x)


class MobileNetV2(nn.Module):
    """Logits of samples ``(N, channels)``: 192 as they are; fewer are laid out in eight rows, zeros behind them."""

    def __init__(self, channels: int, classes: int, width: float) -> None:
        super().__init__()
        if channels > ROWS * COLUMNS or channels % ROWS:
            raise ValueError(f"{channels} channels make no image of {ROWS} x {COLUMNS}")
        self.shape = (ROWS, channels // ROWS)
        blocks: list[nn.Module] = []
        inside = STEM
        for expansion, outside, count, stride in STAGES:
            for number in range(count):
                factor = 1 if expansion == 1 else int(expansion * width)
                blocks.append(Block(inside, outside, factor, stride if number == 0 else 1))
                inside = outside
        self.stem = nn.Sequential(*_convolution(1, STEM, 3))
        self.blocks = nn.Sequential(*blocks)
        self.last = nn.Sequential(*_convolution(inside, LAST, 1), nn.Flatten())
        self.out = nn.Linear(LAST * (ROWS // 8) * (COLUMNS // 8), classes)
        self.width = width

    def forward(self, samples: Tensor) -> Tensor:
        """Logits ``(N, K)`` of windows ``(N, T, C)``."""
        x = samples - samples.mean(dim=1, keepdim=True)
        x = x / torch.sqrt(x.square().mean(dim=1, keepdim=True) + 1e-6)
        x = nn.functional.pad(x.reshape(-1, *self.shape), (0, COLUMNS - self.shape[1])).unsqueeze(1)
        logits: Tensor = self.out(self.last(self.blocks(self.stem(x))))
        return logits

    def freeze(self) -> None:
        """Keep stem and first block as they are, as the published fine-tuning does."""
        for part in (self.stem, self.blocks[0]):
            part.requires_grad_(False)

    def facts(self) -> dict[str, float | list[float]]:
        """Its size beside the published one's: millions of parameters and of operations for one image."""
        counted = {"convolutions": 0, "normalised": 0}

        def count(layer: nn.Module, _: object, output: Tensor) -> None:
            if isinstance(layer, nn.Conv2d):
                counted["convolutions"] += output.numel() * layer.weight[0].numel()
            elif isinstance(layer, nn.Linear):
                counted["convolutions"] += layer.weight.numel()
            elif isinstance(layer, nn.BatchNorm2d):
                counted["normalised"] += output.numel()

        hooks = [layer.register_forward_hook(count) for layer in self.modules()]
        training = self.training
        with torch.inference_mode():
            self.eval()(torch.zeros(1, ROWS * self.shape[1]))
        self.train(training)
        for hook in hooks:
            hook.remove()
        return {
            "width": self.width,
            "parameters_m": round(sum(one.numel() for one in self.parameters()) / 1e6, 4),
            "macs_m": round(counted["convolutions"] / 1e6, 4),
            "operations_m": round((counted["convolutions"] + 4 * counted["normalised"]) / 1e6, 3),
            "published_m": list(PUBLISHED.get(self.width, ())),
        }


def _convolution(inside: int, outside: int, kernel: int, stride: int = 1, groups: int = 1) -> list[nn.Module]:
    return [
        nn.Conv2d(inside, outside, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outside),
        nn.ReLU6(),
    ]
