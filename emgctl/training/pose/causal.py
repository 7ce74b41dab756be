"""Layers that remember what they need of the past, so that a signal can be given in pieces.

Each takes ``(N, C, T)`` and its state, and returns its output and its next state; a whole signal at once and the same
signal in pieces give the same output. Before its start, a signal is taken to have been zero.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn

States = list[Tensor]
"""The states of several layers, each with the first axis N."""


class Step(Protocol):
    """Part of a network with a memory."""

    def initial(self, count: int) -> States:
        """The states before anything was seen, of so many signals."""

    def __call__(self, x: Tensor, states: States) -> tuple[Tensor, States]:
        """The output, and the states after it."""


class CausalConv(nn.Module):
    """A convolution over the past: ``(N, I, T)`` -> ``(N, O, T / stride)``; T must be a multiple of ``stride``."""

    def __init__(self, inside: int, outside: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv1d(inside, outside, kernel, stride)
        self._inside, self._past = inside, kernel - stride

    def initial(self, count: int) -> States:
        """Silence."""
        return [torch.zeros(count, self._inside, self._past)]

    def forward(self, x: Tensor, states: States) -> tuple[Tensor, States]:
        """Convolve."""
        whole = torch.cat((states[0], x), dim=2)
        return self.conv(whole), [whole[:, :, whole.shape[2] - self._past :]]


class ConvBlock(nn.Module):
    """Convolution, layer normalisation over the channels, ReLU and dropout."""

    def __init__(self, inside: int, outside: int, kernel: int, stride: int, dropout: float) -> None:
        super().__init__()
        self.conv = CausalConv(inside, outside, kernel, stride)
        self.norm, self.dropout = nn.LayerNorm(outside), nn.Dropout(dropout)

    def initial(self, count: int) -> States:
        """Silence."""
        return self.conv.initial(count)

    def forward(self, x: Tensor, states: States) -> tuple[Tensor, States]:
        """One block."""
        y, states = self.conv(x, states)
        y = self.norm(y.transpose(1, 2)).transpose(1, 2)
        return self.dropout(torch.relu(y)), states


class TdsBlock(nn.Module):
    """Time-depth separable convolution (Hannun et al. 2019): over time for each feature, then over features.

    ``(N, channels * width, T)`` stays as it is in shape; both parts are added to what came in.
    """

    def __init__(self, channels: int, width: int, kernel: int, dropout: float) -> None:
        super().__init__()
        features = channels * width
        self._channels, self._width, self._past = channels, width, kernel - 1
        self.conv = nn.Conv2d(channels, channels, (1, kernel))
        self.norm = nn.LayerNorm(features)
        self.dense = nn.Sequential(nn.Linear(features, features), nn.ReLU(), nn.Linear(features, features))
        self.dense_norm, self.dropout = nn.LayerNorm(features), nn.Dropout(dropout)

    def initial(self, count: int) -> States:
        """Silence."""
        return [torch.zeros(count, self._channels * self._width, self._past)]

    def forward(self, x: Tensor, states: States) -> tuple[Tensor, States]:
        """One block."""
        whole = torch.cat((states[0], x), dim=2)
        there = self.conv(whole.reshape(whole.shape[0], self._channels, self._width, -1)).flatten(1, 2)
        y = self.norm((self.dropout(torch.relu(there)) + x).transpose(1, 2))
        y = self.dense_norm(self.dropout(self.dense(y)) + y)
        return y.transpose(1, 2), [whole[:, :, whole.shape[2] - self._past :]]


class InTurn(nn.Module):
    """Several layers one after the other."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    def initial(self, count: int) -> States:
        """All layers' states."""
        return [state for layer in self.layers for state in layer.initial(count)]  # type: ignore[operator]

    def forward(self, x: Tensor, states: States) -> tuple[Tensor, States]:
        """Through all layers."""
        after: States = []
        for layer in self.layers:
            used = len(layer.initial(1))  # type: ignore[operator]
            x, new = layer(x, states[len(after) : len(after) + used])
            after += new
        return x, after
