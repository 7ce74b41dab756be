"""What is fitted: standardized features, small networks and a linear discriminant, averaged in one graph."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from emgctl.training.features.feature_sets import EPSILON


def dense(widths: Sequence[int], dropout: float = 0.0) -> nn.Sequential:
    """Dense layers with ReLU between them, and dropout after each hidden one if there is any."""
    layers: list[nn.Module] = []
    for number, (inside, outside) in enumerate(pairwise(widths)):
        layers.append(nn.Linear(inside, outside))
        if number < len(widths) - 2:
            layers += [nn.ReLU(), *([nn.Dropout(dropout)] if dropout else [])]
    return nn.Sequential(*layers)


class TemporalNetwork(nn.Module):
    """Convolutions over the window's samples ``(N, W * C)``, dilated and with shortcuts, then their mean and maximum.

    After Bai, Kolter and Koltun (2018). A window of more than 64 samples is halved in time until it has fewer.
    """

    LONGEST = 64

    def __init__(self, channels: int, length: int, classes: int, widths: Sequence[int], dropout: float) -> None:
        super().__init__()
        stride = 1
        while length // stride > self.LONGEST:
            stride *= 2
        self.in_time = nn.Unflatten(1, (length, channels))
        self.stem = nn.Sequential(
            nn.Conv1d(channels, widths[0], 2 * stride + 3, stride, padding=stride + 1), nn.BatchNorm1d(widths[0])
        )
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.ReLU(), nn.Dropout(dropout), nn.Conv1d(one, one, 3, padding=2**depth, dilation=2**depth),
                nn.BatchNorm1d(one),
            )
            for depth, one in enumerate(widths)
        )  # fmt: skip
        self.out = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * widths[-1], classes))

    def forward(self, samples: Tensor) -> Tensor:
        """Logits ``(N, K)`` of windows ``(N, T, C)``."""
        x = self.stem(self.in_time(samples).transpose(1, 2))
        for block in self.blocks:
            x = x + block(x)
        x = torch.relu(x)
        logits: Tensor = self.out(torch.cat((x.mean(dim=2), x.amax(dim=2)), dim=1))
        return logits


class Only(nn.Module):
    """A head that gets some of the features only, ``first`` to ``last``."""

    def __init__(self, head: nn.Module, first: int, last: int) -> None:
        super().__init__()
        self.head, self.first, self.last = head, first, last

    def forward(self, features: Tensor) -> Tensor:
        """Logits ``(N, K)`` of features ``(N, F)``."""
        logits: Tensor = self.head(features[:, self.first : self.last])
        return logits


class Average(nn.Module):
    """The mean of several heads' probabilities, each calibrated by its temperature, which divides the logits.

    ``(N, F)`` -> ``(N, L)``.
    """

    temperatures: Tensor

    def __init__(self, heads: Sequence[nn.Module], temperatures: Sequence[float]) -> None:
        super().__init__()
        self.heads = nn.ModuleList(heads)
        self.register_buffer("temperatures", torch.tensor(temperatures).reshape(-1, 1, 1))

    def forward(self, features: Tensor) -> Tensor:
        """Averaged probabilities."""
        logits = torch.stack([head(features) for head in self.heads])
        return torch.softmax(logits / self.temperatures, dim=2).mean(dim=0)


class Intensity(nn.Module):
    """How hard the muscles work, in [0, 1] between the levels at rest and at the calibrated maximum, ``(N,)``.

    The level of a window is its RMS averaged over the channels, which grows about linearly with grip force.
    """

    low: Tensor
    span: Tensor

    def __init__(self, windows: Tensor, resting: Tensor) -> None:
        super().__init__()
        level = self.level(windows)
        low = level[resting].median() if bool(resting.any()) else level.quantile(0.05)
        high = torch.maximum(level[~resting].quantile(0.95) if bool((~resting).any()) else low, low + EPSILON)
        self.register_buffer("low", low)
        self.register_buffer("span", high - low)

    @staticmethod
    def level(windows: Tensor) -> Tensor:
        """RMS over the window without its mean, averaged over the channels."""
        x = windows - windows.mean(dim=1, keepdim=True)
        return torch.sqrt(x.square().mean(dim=1) + EPSILON).mean(dim=1)

    def forward(self, windows: Tensor) -> Tensor:
        """Muscle activity ``(N,)`` in [0, 1], relative to rest and effort in training."""
        return ((self.level(windows) - self.low) / self.span).clamp(0.0, 1.0)


class ForceIntensity(nn.Module):
    """Measured force as a share of the greatest one, in [0, 1]: a ridge regression on the channels' RMS, ``(N,)``.

    The RMS of a window grows about linearly with force, each channel's by its own factor (Staudenmann et al. 2010).
    ``full_n`` is the force in newton that 1 stands for.
    """

    weights: Tensor
    offset: Tensor
    RIDGE = 1.0

    def __init__(self, windows: Tensor, force_n: Tensor) -> None:
        super().__init__()
        known = torch.isfinite(force_n)
        level, share = self.levels(windows[known]).double(), force_n[known].double()
        self.full_n = float(share.max().clamp_min(EPSILON))
        share = share / self.full_n
        middle, scale = level.mean(0), level.std(0) + EPSILON
        z = (level - middle) / scale
        ridge = self.RIDGE * torch.eye(z.shape[1], dtype=z.dtype)
        found = torch.linalg.solve(z.T @ z + ridge, z.T @ (share - share.mean())) / scale
        self.register_buffer("weights", found.float())
        self.register_buffer("offset", (share.mean() - middle @ found).float())

    @staticmethod
    def levels(windows: Tensor) -> Tensor:
        """Each channel's RMS over the window without its mean, ``(N, C)``."""
        x = windows - windows.mean(dim=1, keepdim=True)
        return torch.sqrt(x.square().mean(dim=1) + EPSILON)

    def forward(self, windows: Tensor) -> Tensor:
        """Force as a share of the greatest one."""
        return ((self.levels(windows) * self.weights).sum(dim=1) + self.offset).clamp(0.0, 1.0)


class IgnoringChannels(nn.Module):
    """A network that takes samples, of which it may ignore some channels; none at first."""

    alive: Tensor | None

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("alive", None)

    def ignore(self, channels: Sequence[int], of: int) -> None:
        """From now on replace some of ``channels`` by zeros."""
        self.alive = torch.tensor([one not in channels for one in range(of)]) if channels else None

    def _without_ignored(self, samples: Tensor) -> Tensor:
        return samples if self.alive is None else torch.where(self.alive, samples, 0.0)


class GestureNetwork(IgnoringChannels):
    """What every model of gestures is: raw windows ``(N, W, C)`` in; probabilities, intensity and features out."""

    intensity: nn.Module


class Classifier(GestureNetwork):
    """The whole model: raw windows ``(N, W, C)`` in, probabilities, intensity and standardized features out."""

    def __init__(self, features: nn.Module, standardize: nn.Module, head: nn.Module, intensity: nn.Module) -> None:
        super().__init__()
        self.features, self.standardize, self.head, self.intensity = features, standardize, head, intensity

    def forward(
        self, windows: Tensor, shift: Tensor | None = None, gain: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Probabilities, intensity and standardized features of each window.

        ``shift`` and ``gain``, ``(F,)``, are what has changed in the standardized features since training: what the
        head gets is ``(features - shift) * gain``.
        """
        windows = self._without_ignored(windows)
        features = self.standardize(self.features(windows))
        changed = features if shift is None or gain is None else (features - shift) * gain
        return self.head(changed), self.intensity(windows), features
