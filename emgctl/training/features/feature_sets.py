"""Features of a window, as torch code that is exported into the model file: written once, for training and control.

Every set maps windows ``(N, W, C)``, of a signal without a large offset, to ``(N, F)``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn

ROUNDING = 1e-5  # of a mean of many samples, as a share of their RMS
EPSILON = 1e-3  # far below one count squared; keeps the logarithm of a silent channel finite


class FeatureSet(nn.Module):
    """A named set of features of windows with a given number of channels."""

    names: ClassVar[tuple[str, ...]]

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels

    @classmethod
    def size(cls, length: int, channels: int) -> int:
        """How many features a window ``(length, channels)`` has; what they take grows with it."""
        with torch.inference_mode():
            return int(cls(channels)(torch.zeros(1, length, channels)).shape[1])

    def forward(self, windows: Tensor) -> Tensor:
        """The features of each window."""
        raise NotImplementedError


class RawValues(FeatureSet):
    """The window's samples themselves, in the order in which they came."""

    names = ("raw",)

    def forward(self, windows: Tensor) -> Tensor:
        """The samples of each window in one row."""
        return windows.flatten(1)


class Default(FeatureSet):
    """Time-domain and covariance features: what measured best on armbands.

    Of the signal and its first and second difference: log RMS and log mean absolute value of each channel (that of the
    first difference is the log waveform length; the three RMS are the moments of TDPSD, Al-Timemy et al. 2016); zero
    crossings and slope sign changes (Hudgins, Parker and Scott 1993); autocorrelations at the first lags; Fisher-z of
    the correlations between channels, at once and one sample apart; peak and mean root amplitude. In short windows
    the mean itself is informative, so the power is computed with it and without it.
    """

    names = (
        "log_rms", "log_rms_d1", "log_rms_d2", "log_mav", "log_wl", "zc", "ssc", "autocorrelation", "correlation",
        "correlation_d1", "log_power", "log_mean", "cross_correlation", "log_peak", "log_peak_d1", "root_amplitude",
    )  # fmt: skip
    LAGS = 4
    _pairs: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__(channels)
        rows, columns = torch.triu_indices(channels, channels, offset=1)
        self.register_buffer("_pairs", rows * channels + columns, persistent=False)

    def forward(self, windows: Tensor) -> Tensor:
        """The features of each window."""
        mean = windows.mean(dim=1)
        x = windows - mean.unsqueeze(1)
        d1 = x[:, 1:] - x[:, :-1]
        d2 = d1[:, 1:] - d1[:, :-1]
        power = [signal.square().mean(dim=1) for signal in (x, d1, d2)]
        parts = [0.5 * torch.log(one + EPSILON) for one in power]
        parts += [torch.log(signal.abs().mean(dim=1) + EPSILON) for signal in (x, d1)]
        parts += [_sign_changes(_off_mean(x, windows)), _sign_changes(d1)]
        for lag in range(1, self.LAGS + 1):
            parts.append((x[:, lag:] * x[:, :-lag]).mean(dim=1) / (power[0] + EPSILON))
        if self.channels > 1:
            parts += [self._correlations(signal, signal)[:, self._pairs] for signal in (x, d1)]
        parts.append(0.5 * torch.log(windows.square().mean(dim=1) + EPSILON))
        parts.append(torch.log(mean.abs() + 0.5))
        parts.append(self._correlations(windows[:, 1:], windows[:, :-1]))
        parts += [torch.log(signal.abs().amax(dim=1) + 1.0) for signal in (windows, d1)]
        parts.append(torch.log1p(windows.abs().sqrt().mean(dim=1)))
        return torch.cat(parts, dim=1)

    @staticmethod
    def _correlations(one: Tensor, other: Tensor) -> Tensor:
        unit = [signal / torch.sqrt(signal.square().sum(dim=1, keepdim=True) + EPSILON) for signal in (one, other)]
        return torch.atanh(0.98 * torch.matmul(unit[0].transpose(1, 2), unit[1]).flatten(1))


class Hudgins(FeatureSet):
    """Mean absolute value, zero crossings, slope sign changes and waveform length (Hudgins, Parker and Scott 1993)."""

    names = ("mav", "zc", "ssc", "wl")

    def forward(self, windows: Tensor) -> Tensor:
        """The features of each window."""
        x = _centered(windows)
        d1 = x[:, 1:] - x[:, :-1]
        return torch.cat(
            [x.abs().mean(1), _sign_changes(_off_mean(x, windows)), _sign_changes(d1), d1.abs().mean(1)], dim=1
        )


class Tdpsd(FeatureSet):
    """Time-domain power spectral descriptors: six of the spectrum's moments (Al-Timemy et al. 2016)."""

    names = ("log_m0", "log_m0_m2", "log_m0_m4", "sparseness", "irregularity", "log_wl_ratio")

    def forward(self, windows: Tensor) -> Tensor:
        """The features of each window."""
        x = _centered(windows)
        d1 = x[:, 1:] - x[:, :-1]
        d2 = d1[:, 1:] - d1[:, :-1]
        m0, m2, m4 = (torch.sqrt(one.square().mean(1) + EPSILON) for one in (x, d1, d2))
        gap = torch.sqrt(torch.abs((m0 - m2) * (m0 - m4)) + EPSILON)
        lengths = d1.abs().mean(1) / (d2.abs().mean(1) + EPSILON)
        return torch.cat(
            [
                torch.log(m0),
                torch.log((m0 - m2).abs() + EPSILON),
                torch.log((m0 - m4).abs() + EPSILON),
                torch.log(m0 / gap),
                m2 / torch.sqrt(m0 * m4),
                torch.log(lengths + EPSILON),
            ],
            dim=1,
        )


class LogRms(FeatureSet):
    """Log RMS of each channel."""

    names = ("log_rms",)

    def forward(self, windows: Tensor) -> Tensor:
        """The features of each window."""
        return 0.5 * torch.log(_centered(windows).square().mean(1) + EPSILON)


class Autoregressive(FeatureSet):
    """Coefficients of an autoregressive model of fourth order, by Levinson and Durbin, with log RMS."""

    names = ("ar", "log_rms")
    ORDER = 4

    def forward(self, windows: Tensor) -> Tensor:
        """The features of each window."""
        x = _centered(windows)
        r = [(x[:, lag:] * x[:, : x.shape[1] - lag]).sum(1) / x.shape[1] for lag in range(self.ORDER + 1)]
        error, coefficients = r[0] + EPSILON, list[Tensor]()
        for order in range(1, self.ORDER + 1):
            rest = r[order] - sum((a * r[order - 1 - place] for place, a in enumerate(coefficients)), r[0] * 0)
            reflection = rest / error
            turned = coefficients[::-1]
            coefficients = [a - reflection * b for a, b in zip(coefficients, turned, strict=True)] + [reflection]
            error = error * (1 - reflection.square()).clamp_min(1e-4)
        return torch.cat([*coefficients, 0.5 * torch.log(r[0] + EPSILON)], dim=1)


class Spectral(FeatureSet):
    """Log power in eight bands of equal width, and the mean frequency, of each channel."""

    names = ("log_band_power", "mean_frequency")
    BANDS = 8

    def forward(self, windows: Tensor) -> Tensor:
        """The features of each window."""
        x, length = _centered(windows), windows.shape[1]
        # a Fourier transform as a product with cosines and sines: every ONNX runtime has that
        time = torch.arange(length, dtype=x.dtype)
        bins = torch.arange(1, length // 2 + 1, dtype=x.dtype)
        angle = 2 * math.pi * bins[:, None] * time[None] / length
        shape = torch.hann_window(length, periodic=False, dtype=x.dtype)
        power = sum(
            torch.matmul(wave(angle) * shape, x).square() / length for wave in (torch.cos, torch.sin)
        )  # (N, bins, C)
        edges = [round(len(bins) * band / self.BANDS) for band in range(self.BANDS + 1)]
        parts = [
            torch.log(power[:, first:last].sum(1) + EPSILON)  # type: ignore[index]  # a sum of tensors is one
            for first, last in pairwise(edges)
            if last > first
        ]
        center = (power * (bins / len(bins))[:, None]).sum(1) / (power.sum(1) + EPSILON)  # type: ignore[union-attr]
        return torch.cat([*parts, center], dim=1)


class Tangent(FeatureSet):
    """The covariance between channels as a vector: its Cholesky factor with the logarithm of the diagonal.

    The tangent space of the log-Cholesky metric (Lin, SIAM J. Matrix Anal. Appl. 40(4), 2019); of all Riemannian
    metrics of covariance matrices the one that needs no eigenvalues, and is therefore quick and exact in a graph.
    """

    names = ("log_cholesky",)

    def forward(self, windows: Tensor) -> Tensor:
        """The features of each window."""
        x = _centered(windows)
        left = torch.matmul(x.transpose(1, 2), x) / x.shape[1]
        left = left + EPSILON * torch.eye(self.channels, dtype=x.dtype)
        scale = torch.diagonal(left, dim1=1, dim2=2).mean(1, keepdim=True)
        left = left / scale.unsqueeze(2)
        parts = [0.5 * torch.log(scale)]
        for _ in range(self.channels):  # column by column, what is left being the Schur complement
            pivot = left[:, :1, 0].clamp_min(1e-6)
            column = left[:, 1:, 0] / torch.sqrt(pivot)
            parts += [0.5 * torch.log(pivot), column]
            left = left[:, 1:, 1:] - column.unsqueeze(2) * column.unsqueeze(1)
        return torch.cat(parts, dim=1)


SETS: dict[str, type[FeatureSet]] = {
    "default": Default,
    "hudgins": Hudgins,
    "tdpsd": Tdpsd,
    "log_rms": LogRms,
    "ar": Autoregressive,
    "spectral": Spectral,
    "tangent": Tangent,
    "raw": RawValues,
}


class Several(nn.Module):
    """Several sets side by side; ``places`` says where each one's features are."""

    def __init__(self, names: Sequence[str], channels: int, length: int) -> None:
        super().__init__()
        self.channels = channels
        self.sets = nn.ModuleList(SETS[name](channels) for name in names)
        self.names = tuple(f"{name}.{one}" for name in names for one in SETS[name].names)
        self.places, first = dict[str, tuple[int, int]](), 0
        for name in names:
            count = SETS[name].size(length, channels)
            self.places[name] = (first, first + count)
            first += count

    def forward(self, windows: Tensor) -> Tensor:
        """The features of each window."""
        return torch.cat([one(windows) for one in self.sets], dim=1)


def _centered(windows: Tensor) -> Tensor:
    return windows - windows.mean(dim=1, keepdim=True)


def _off_mean(x: Tensor, windows: Tensor) -> Tensor:
    """The centered windows, zero where they are so near their mean that rounding decides on which side."""
    return torch.where(x.square() > ROUNDING**2 * windows.square().mean(dim=1, keepdim=True), x, 0)


def _sign_changes(signal: Tensor) -> Tensor:
    return (signal[:, 1:] * signal[:, :-1] < 0).to(signal.dtype).mean(dim=1)
