"""Features of a window of a ring of electrodes: the matrix logarithm of the covariance between its channels.

The logarithm maps covariance matrices to a flat space, in which means and linear classifiers make sense (the
log-Euclidean metric: Arsigny et al., SIAM J. Matrix Anal. Appl. 29(1), 2007). Turning the ring only permutes features.
This is the reference in numpy; the graph of a model file (``graph.py``) computes the same without eigenvalues.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import UsageError
from emgctl.types import Samples

Values = NDArray[np.float64]
EDGE_HZ, ORDER = 20.0, 4  # of the high-pass: removes what a moving cable or arm adds
RESPONSE_S = 0.12  # after which the high-pass has forgotten a sample
WINDOW_S = 0.2
FLOOR = 0.5  # counts squared, added to the power of each channel: quantization noise and silence


@dataclass(frozen=True, slots=True)
class RingFeatures:
    """How features are computed from a signal of ``channels`` electrodes around the arm.

    ``window`` is in samples. A decoded window starts with ``memory`` samples more, which only the filter uses.
    ``floor`` is in the signal's unit squared.
    """

    channels: int = 8
    rate_hz: float = 200.0
    window: int = round(WINDOW_S * 200)
    floor: float = FLOOR

    @property
    def memory(self) -> int:
        """Samples before those whose covariance is computed."""
        return round(RESPONSE_S * self.rate_hz)

    @property
    def length(self) -> int:
        """Samples of a decoded window."""
        return self.memory + self.window

    @property
    def count(self) -> int:
        """The number of features F."""
        return self.channels * (self.channels + 1) // 2

    def of_windows(self, windows: Samples) -> Values:
        """Features ``(N, F)`` of windows ``(N, length, C)``."""
        return self._of_filtered((self.filter_matrix() @ windows.astype(np.float64)).transpose(0, 2, 1))

    def levels(self, windows: Samples) -> Values:
        """RMS of windows ``(N, length, C)`` after the high-pass, averaged over the electrodes, ``(N,)``."""
        filtered = self.filter_matrix() @ windows.astype(np.float64)
        return np.asarray(np.sqrt(np.square(filtered).mean(axis=1)).mean(axis=1))

    def of_signal(self, samples: Samples, hop: int) -> tuple[Values, NDArray[np.int64]]:
        """Features ``(N, F)`` of windows of a signal ``(T, C)``, ``hop`` samples apart, and where each ends.

        Windows that contain lost samples (NaN) are left out.
        """
        finite = np.asarray(np.isfinite(samples).all(axis=1))
        lost = np.concatenate(([0], np.cumsum(~finite)))
        ends = np.arange(self.length, len(samples) + 1, hop)
        ends = ends[lost[ends] == lost[ends - self.length]]
        if not len(ends):
            return np.zeros((0, self.count)), ends
        taps = high_pass(self.rate_hz, self.memory + 1)
        channels = np.where(finite[:, None], samples, 0).astype(np.float64).T
        filtered = np.stack([np.convolve(channel, taps, "valid") for channel in channels], axis=1)
        every = np.lib.stride_tricks.sliding_window_view(filtered, self.window, axis=0)[ends - self.length]
        return self._of_filtered(every), ends

    def _of_filtered(self, windows: Values) -> Values:
        """Features of windows after the high-pass, ``(N, C, window)``."""
        windows = np.ascontiguousarray(windows)
        covariance = windows @ windows.transpose(0, 2, 1) / self.window
        return upper(matrix_logarithm(covariance + self.floor * np.eye(self.channels)))

    def filter_matrix(self) -> Values:
        """``(window, length)``: times a window, it is the window after the high-pass.

        Raises:
            UsageError: the rate is too low for the filter.
        """
        taps = high_pass(self.rate_hz, self.memory + 1)
        matrix = np.zeros((self.window, self.length))
        for row in range(self.window):
            matrix[row, row : row + len(taps)] = taps[::-1]
        return matrix


def high_pass(rate_hz: float, taps: int) -> Values:
    """The first ``taps`` values of the impulse response of a Butterworth high-pass; they sum up to 0.

    Raises:
        UsageError: the rate is too low.
    """
    if rate_hz < 4 * EDGE_HZ:
        raise UsageError(f"a population model needs a raw signal at {4 * EDGE_HZ:g} Hz or more, not {rate_hz:g} Hz")
    angles = np.exp(1j * np.pi * (2 * np.arange(ORDER) + ORDER + 1) / (2 * ORDER))
    poles = 2 * rate_hz * np.tan(np.pi * EDGE_HZ / rate_hz) / angles
    a = np.real(np.poly((2 * rate_hz + poles) / (2 * rate_hz - poles)))
    b = np.real(np.poly(np.ones(ORDER)))
    b *= abs(np.polyval(a, -1) / np.polyval(b, -1))
    response = np.zeros(taps)
    for at in range(taps):
        feedback = sum(a[lag] * response[at - lag] for lag in range(1, min(at, ORDER) + 1))
        response[at] = (b[at] if at <= ORDER else 0.0) - feedback
    return np.asarray(response - response.mean(), np.float64)


def matrix_logarithm(matrices: Values) -> Values:
    """The logarithm of positive definite matrices ``(N, C, C)``."""
    values, vectors = np.linalg.eigh(matrices)
    logarithm: Values = (vectors * np.log(values)[:, None, :]) @ vectors.transpose(0, 2, 1)
    return logarithm


def upper(matrices: Values) -> Values:
    """The upper triangle of symmetric matrices as rows ``(N, F)``, such that distances are those of the matrices."""
    rows, columns = np.triu_indices(matrices.shape[-1])
    triangle: Values = matrices[:, rows, columns] * np.where(rows == columns, 1.0, np.sqrt(2))
    return triangle
