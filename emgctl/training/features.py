"""Features of a window, as torch code that is exported into the model file: written once, for training and control."""

from __future__ import annotations

import torch
from torch import Tensor, nn

EPSILON = 1e-3  # far below one count squared; keeps the logarithm of a silent channel finite


class FeatureSet(nn.Module):
    """Time-domain and covariance features, ``(N, W, C)`` -> ``(N, F)``.

    For the signal and its first and second difference: log RMS and log mean absolute value of each channel (the
    latter of the first difference is the log waveform length; the three RMS are the moments of TDPSD, Al-Timemy et
    al. 2016); zero crossings and slope sign changes (Hudgins, Parker and Scott 1993); Fisher-z of the correlations
    between channels, of the signal and its first difference; autocorrelations at the first lags; skewness.
    """

    _pairs: Tensor

    def __init__(self, channels: int, lags: int = 4) -> None:
        super().__init__()
        self.channels, self.lags = channels, lags
        rows, columns = torch.triu_indices(channels, channels, offset=1)
        self.register_buffer("_pairs", rows * channels + columns, persistent=False)

    @property
    def names(self) -> tuple[str, ...]:
        """What the features are, as the model's card lists them."""
        pairs = ("correlation", "correlation_d1") if self.channels > 1 else ()
        return ("log_rms", "log_rms_d1", "log_rms_d2", "log_mav", "log_wl", "zc", "ssc", "autocorrelation", *pairs)

    def forward(self, windows: Tensor) -> Tensor:
        """The features of each window."""
        x = windows - windows.mean(dim=1, keepdim=True)
        d1 = x[:, 1:] - x[:, :-1]
        d2 = d1[:, 1:] - d1[:, :-1]
        power = [signal.square().mean(dim=1) for signal in (x, d1, d2)]
        parts = [0.5 * torch.log(one + EPSILON) for one in power]
        parts += [torch.log(signal.abs().mean(dim=1) + EPSILON) for signal in (x, d1)]
        parts += [(signal[:, 1:] * signal[:, :-1] < 0).to(x.dtype).mean(dim=1) for signal in (x, d1)]
        for lag in range(1, self.lags + 1):
            parts.append((x[:, lag:] * x[:, :-lag]).mean(dim=1) / (power[0] + EPSILON))
        if self.channels > 1:
            parts += [self._correlations(x), self._correlations(d1)]
        return torch.cat(parts, dim=1)

    def _correlations(self, signal: Tensor) -> Tensor:
        unit = signal / torch.sqrt(signal.square().sum(dim=1, keepdim=True) + EPSILON)
        table = torch.matmul(unit.transpose(1, 2), unit)
        chosen = table.flatten(1)[:, self._pairs]
        return torch.atanh(0.98 * chosen)
