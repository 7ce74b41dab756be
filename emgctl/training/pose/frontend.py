"""Front of a pose network: convolutions for fast raw signals, features of rolling windows for slow ones."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from emgctl.training.features.rms_history import WindowFeatures
from emgctl.training.features.standardize import Standardize
from emgctl.training.pose.streaming_layers import ConvBlock, States, StreamingSequential, TdsBlock

LARGEST = 6.0  # standardized features are clipped to this: larger values never occur in training


class TdsFront(nn.Module):
    """The featurizer of emg2pose (Salter et al. 2024) for raw samples: ``(N, T, C)`` -> ``(N, T / hop, width)``.

    As published, it computes 25 features per second for a signal at 2 kHz and interpolates between them, which looks
    into the future. Here its last stride is one, which gives 50 per second without waiting. ``size``: its layer sizes.
    ``mean`` and ``scale`` of the samples ``(C,)`` are estimated once.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, channels: int, size: int = 256, width: int = 64, dropout: float = 0.0) -> None:
        super().__init__()
        side = 16
        self.hop, self.sees = 40, "samples"
        self.layers = StreamingSequential(
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
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("scale", torch.ones(channels))

    def initial(self, count: int) -> States:
        """Initial state: silence."""
        return self.layers.initial(count)

    def forward(self, samples: Tensor, states: States) -> tuple[Tensor, States]:
        """Compute the features of every hop."""
        y, states = self.layers((samples - self.mean) * self.scale, states)
        return self.out(y), states


class Recent(nn.Module):
    """The last ``length`` samples at every hop: ``(N, T, C)`` -> ``(N * T / hop, length, C)``."""

    def __init__(self, channels: int, length: int, hop: int) -> None:
        super().__init__()
        self._channels, self._past, self._hop = channels, max(length - hop, 0), hop
        self._skipped = max(hop - length, 0)

    def initial(self, count: int) -> States:
        """Initial state: silence."""
        return [torch.zeros(count, self._past, self._channels)]

    def forward(self, samples: Tensor, states: States) -> tuple[Tensor, States]:
        """Extract the windows, signal after signal."""
        whole = torch.cat((states[0], samples), dim=1)
        windows = whole.unfold(1, self._past + self._hop, self._hop).transpose(2, 3).flatten(0, 1)
        return windows[:, self._skipped :], [whole[:, whole.shape[1] - self._past :]]


class RollingFront(nn.Module):
    """Features of the last ``length`` samples, and the channels' amplitude in the ``memory`` before those.

    For raw samples ``(N, T, C)``, at every ``hop``: ``(N, T / hop, width)``. Features are standardized and reduced to
    the predictions of a ridge regression on all of them (``weights`` ``(F, K)``) and the channels' RMS over time, as
    logarithms and square roots.
    """

    weights: Tensor

    def __init__(self, channels: int, length: int, memory: int, hop: int, predicted: int) -> None:
        super().__init__()
        self.features = WindowFeatures(channels, length, memory, roots=True)
        self.hop, self.sees = hop, "features"
        self.recent = Recent(channels, length + memory, hop)
        with torch.inference_mode():
            found = self.features(torch.zeros(1, length + memory, channels)).shape[1]
        self.standardize = Standardize(torch.zeros(1, found))
        self.register_buffer("weights", torch.zeros(found, predicted))
        trace = self.features.network
        self.width = predicted + trace.stop - trace.start

    def initial(self, count: int) -> States:
        """Initial state: silence."""
        return self.recent.initial(count)

    def standardized(self, windows: Tensor) -> Tensor:
        """The standardized features ``(M, F)`` of windows ``(M, memory + length, C)``."""
        return torch.clamp(self.standardize(self.features(windows)), -LARGEST, LARGEST)

    def reduced(self, z: Tensor, predicted: Tensor | None = None) -> Tensor:
        """Reduce standardized features ``(M, F)`` to ``(M, width)``; ``predicted`` ``(M, K)`` overrides predictions."""
        predicted = z @ self.weights if predicted is None else predicted
        return torch.cat((predicted, z[:, self.features.network]), dim=1)

    def forward(self, samples: Tensor, states: States) -> tuple[Tensor, States]:
        """Compute the features of every hop."""
        windows, states = self.recent(samples, states)
        return self.reduced(self.standardized(windows)).reshape(samples.shape[0], -1, self.width), states
