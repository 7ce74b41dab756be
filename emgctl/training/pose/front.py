"""What a pose network sees: raw fast signals through convolutions, slow ones through features of rolling windows."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from emgctl.training.models import Standardise
from emgctl.training.pose.causal import ConvBlock, InTurn, States, TdsBlock
from emgctl.training.trace import Described


class TdsFront(nn.Module):
    """The featuriser of emg2pose (Salter et al. 2024), of raw samples: ``(N, T, C)`` -> ``(N, T / hop, width)``.

    Published, it makes 25 features a second of a signal at 2 kHz, between which is interpolated: towards the future.
    Here its last stride is one, so that there are 50 and nothing is awaited. ``size``: what its layers are made of.
    """

    def __init__(self, channels: int, size: int = 256, width: int = 64, dropout: float = 0.0) -> None:
        super().__init__()
        side = 16
        self.hop = 40
        self.layers = InTurn(
            ConvBlock(channels, size, 11, 5, dropout),
            ConvBlock(size, size, 5, 2, dropout),
            ConvBlock(size, size, 17, 4, dropout),
            TdsBlock(side, size // side, 9, dropout),
            TdsBlock(side, size // side, 9, dropout),
            ConvBlock(size, size, 9, 1, dropout),
            TdsBlock(side, size // side, 5, dropout),
            TdsBlock(side, size // side, 5, dropout),
        )
        self.out = nn.Linear(size, width)
        self.width = width

    def initial(self, count: int) -> States:
        """Silence."""
        return self.layers.initial(count)

    def forward(self, samples: Tensor, states: States) -> tuple[Tensor, States]:
        """The features of every hop."""
        y, states = self.layers(samples.transpose(1, 2), states)
        return self.out(y.transpose(1, 2)), states


class RollingFront(nn.Module):
    """Standardised features of the last ``length`` samples, and how strong the channels were in those before.

    Of raw samples ``(N, T, C)``, for every ``hop`` of them: ``(N, T / hop, F)``.
    """

    def __init__(self, channels: int, length: int, memory: int, hop: int) -> None:
        super().__init__()
        self.features = Described(channels, length, memory)
        self.hop, self._channels, self._past = hop, channels, length + memory - hop
        with torch.inference_mode():
            self.width = self.features(torch.zeros(1, length + memory, channels)).shape[1]
        self.standardise = Standardise(torch.zeros(1, self.width))

    def initial(self, count: int) -> States:
        """Silence."""
        return [torch.zeros(count, self._past, self._channels)]

    def described(self, samples: Tensor, states: States) -> tuple[Tensor, States]:
        """The features as they are, not standardised."""
        whole = torch.cat((states[0], samples), dim=1)
        windows = whole.unfold(1, self._past + self.hop, self.hop).transpose(2, 3)
        described = self.features(windows.flatten(0, 1)).unflatten(0, windows.shape[:2])
        return described, [whole[:, whole.shape[1] - self._past :]]

    def forward(self, samples: Tensor, states: States) -> tuple[Tensor, States]:
        """The standardised features of every hop."""
        described, states = self.described(samples, states)
        return self.standardise(described), states
