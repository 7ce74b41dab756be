"""The trace of a window: how strong each channel was, slice by slice, in the window and in the memory before it."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from emgctl.training.features.feature_sets import Default

FLOOR = 0.5  # below one count squared, or half a microvolt squared: a silent channel stays a number
SLICES = 4  # of the window itself, so 50 ms each in one of 200 ms


class RmsHistory(nn.Module):
    """Log RMS of each channel in slices of time: ``(N, memory + length, C)`` -> ``(N, F)``.

    The window is cut into :data:`SLICES`; its memory into slices as long as the window. The mean is not taken off, as
    it is what a rectified signal consists of.
    """

    def __init__(self, channels: int, length: int, memory: int) -> None:
        super().__init__()
        count = round(memory / length)
        self.before = [(memory * one // count, memory * (one + 1) // count) for one in range(count)]
        parts = min(SLICES, length)
        edges = [memory + length * one // parts for one in range(parts + 1)]
        self.inside = [*pairwise(edges), (memory, memory + length)]
        self.width = channels * (len(self.before) + len(self.inside))
        self.remembered = channels * len(self.before)

    def forward(self, windows: Tensor) -> Tensor:
        """The trace, the memory first."""
        parts = [windows[:, first:last].square().mean(dim=1) for first, last in (*self.before, *self.inside)]
        return 0.5 * torch.log(torch.cat(parts, dim=1) + FLOOR)


class WindowFeatures(nn.Module):
    """The default features of the window, and its trace: ``(N, memory + length, C)`` -> ``(N, F)``.

    The first ``linear`` features are those of the window and of the memory; the last, ``network``, are the whole trace.
    With ``roots`` it comes a second time, as square roots of the RMS, in which strong effort shows better.
    """

    names = (*(f"default.{name}" for name in Default.names), "trace.log_rms")

    def __init__(self, channels: int, length: int, memory: int, roots: bool = False) -> None:
        super().__init__()
        self.channels, self.memory, self._roots = channels, memory, roots
        self.window, self.trace = Default(channels), RmsHistory(channels, length, memory)
        with torch.inference_mode():
            inside = self.window(torch.zeros(1, length, channels)).shape[1]
        self.linear = slice(0, inside + self.trace.remembered)
        self.network = slice(inside, inside + self.trace.width * (2 if roots else 1))

    def forward(self, windows: Tensor) -> Tensor:
        """The features of each window."""
        trace = self.trace(windows)
        roots = [torch.exp(0.5 * trace)] if self._roots else []
        return torch.cat((self.window(windows[:, self.memory :]), trace, *roots), dim=1)
