"""Features of a window, as torch code that is exported into the model file: written once, for training and control."""

from __future__ import annotations

import torch
from torch import Tensor, nn

EPSILON = 1e-3  # far below one count squared; keeps the logarithm of a silent channel finite


class FeatureSet(nn.Module):
    """Time-domain and covariance features, ``(N, W, C)`` -> ``(N, F)``, of a signal without a large offset.

    Of the signal and its first and second difference: log RMS and log mean absolute value of each channel (that of the
    first difference is the log waveform length; the three RMS are the moments of TDPSD, Al-Timemy et al. 2016); zero
    crossings and slope sign changes (Hudgins, Parker and Scott 1993); autocorrelations at the first lags; Fisher-z of
    the correlations between channels, at once and one sample apart; peak and mean root amplitude. In short windows
    the mean itself tells something: the power is therefore taken with it as well as without.
    """

    names = (
        "log_rms", "log_rms_d1", "log_rms_d2", "log_mav", "log_wl", "zc", "ssc", "autocorrelation", "correlation",
        "correlation_d1", "log_power", "log_mean", "cross_correlation", "log_peak", "log_peak_d1", "root_amplitude",
    )  # fmt: skip
    _pairs: Tensor

    def __init__(self, channels: int, lags: int = 4) -> None:
        super().__init__()
        self.channels, self.lags = channels, lags
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
        parts += [(signal[:, 1:] * signal[:, :-1] < 0).to(x.dtype).mean(dim=1) for signal in (x, d1)]
        for lag in range(1, self.lags + 1):
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
