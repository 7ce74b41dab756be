"""Layers with state, so that a signal can be processed in pieces.

Each takes ``(N, T, C)`` and its state, and returns its output and next state; a whole signal at once and the same
signal in pieces give the same output. Before its start, a signal counts as zero. Live, most convolutions produce a
single position at a time, which is computed as a matrix product: this gives fewer nodes in the exported graph.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn

States = list[Tensor]
"""The states of several layers, each with the first axis N."""


class StreamingLayer(Protocol):
    """A layer with state."""

    def initial(self, count: int) -> States:
        """The initial states for this many signals."""

    def __call__(self, x: Tensor, states: States) -> tuple[Tensor, States]:
        """Return the output and the next states."""


class ConvBlock(nn.Module):
    """Causal convolution, layer normalization, ReLU and dropout: ``(N, T, I)`` -> ``(N, T / stride, O)``.

    T must be a multiple of ``stride``.
    """

    def __init__(self, inside: int, outside: int, kernel: int, stride: int, dropout: float) -> None:
        super().__init__()
        self.conv = nn.Conv1d(inside, outside, kernel, stride)
        self.norm, self.dropout = nn.LayerNorm(outside), nn.Dropout(dropout)
        self._inside, self._kernel, self._past = inside, kernel, kernel - stride

    def initial(self, count: int) -> States:
        """Initial state: silence."""
        return [torch.zeros(count, self._past, self._inside)]

    def forward(self, x: Tensor, states: States) -> tuple[Tensor, States]:
        """Apply the block."""
        whole = torch.cat((states[0], x), dim=1)
        if whole.shape[1] == self._kernel:
            weight = self.conv.weight.transpose(1, 2).flatten(1)
            y = nn.functional.linear(whole.flatten(1), weight, self.conv.bias).unsqueeze(1)
        else:
            y = self.conv(whole.transpose(1, 2)).transpose(1, 2)
        return self.dropout(torch.relu(self.norm(y))), [whole[:, whole.shape[1] - self._past :]]


class TdsBlock(nn.Module):
    """Time-depth separable convolution (Hannun et al. 2019): over time for each feature, then over features.

    The shape ``(N, T, channels * width)`` is unchanged; both parts are residual.
    """

    def __init__(self, channels: int, width: int, kernel: int, dropout: float) -> None:
        super().__init__()
        features = channels * width
        self._channels, self._width, self._kernel = channels, width, kernel
        self.conv = nn.Conv2d(channels, channels, (kernel, 1), bias=False)
        self.bias = nn.Parameter(torch.zeros(channels))
        self.norm = nn.LayerNorm(features)
        self.dense = nn.Sequential(nn.Linear(features, features), nn.ReLU(), nn.Linear(features, features))
        self.dense_norm, self.dropout = nn.LayerNorm(features), nn.Dropout(dropout)

    def initial(self, count: int) -> States:
        """Initial state: silence."""
        return [torch.zeros(count, self._kernel - 1, self._channels * self._width)]

    def forward(self, x: Tensor, states: States) -> tuple[Tensor, States]:
        """Apply the block."""
        whole = torch.cat((states[0], x), dim=1)
        if whole.shape[1] == self._kernel:
            weight = self.conv.weight[..., 0].transpose(1, 2).flatten(1)  # (O, kernel * channels)
            there = weight @ whole.reshape(whole.shape[0], -1, self._width) + self.bias[:, None]
            there = there.reshape(x.shape)
        else:
            planes = whole.reshape(whole.shape[0], -1, self._channels, self._width).transpose(1, 2)
            there = (self.conv(planes) + self.bias[:, None, None]).transpose(1, 2).flatten(2)
        y = self.norm(self.dropout(torch.relu(there)) + x)
        y = self.dense_norm(self.dropout(self.dense(y)) + y)
        return y, [whole[:, 1 - self._kernel :]]


class StreamingSequential(nn.Module):
    """Several layers in sequence."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def initial(self, count: int) -> States:
        """The initial states of all layers."""
        return [state for layer in self.layers for state in layer.initial(count)]  # type: ignore[operator]

    def forward(self, x: Tensor, states: States) -> tuple[Tensor, States]:
        """Apply all layers."""
        after: States = []
        for layer in self.layers:
            used = len(layer.initial(1))  # type: ignore[operator]
            x, new = layer(x, states[len(after) : len(after) + used])
            after += new
        return x, after
