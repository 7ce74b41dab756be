"""Signal quality: flat, saturated, noisy and loose electrodes, by number, with remedies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emgctl.types import Samples, Signal

MAINS_HZ = (50.0, 60.0)
LEAST_S = 0.5  # minimum signal length
FLAT = 0.02  # of the median channel's deviation
CLIPPED = 0.01  # share of samples at the very end of the range
STEPS = 30  # steps between zero and that end; a resting armband has only a few counts
HUM = 0.5  # share of a channel's power at the mains' frequency and its harmonics
LOOSE = 5.0  # times the median channel's deviation, while the person rests
REMEDIES = {
    "flat": "press it onto the skin or check its wire",
    "saturated": "lower the gain or check that it lies flat",
    "repeating": "its samples repeat: check the device",
    "full of mains hum": "moisten the skin under it and move away from chargers and lamps",
    "loose": "tighten it: it varies far more than the others at rest",
}

Spectrum = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SignalIssue:
    """A problem of a channel, counted from 1 as people count electrodes; ``what`` is a key of REMEDIES."""

    electrode: int
    what: str
    detail: str = ""

    def __str__(self) -> str:
        return f"electrode {self.electrode} is {self.what}{self.detail}: {REMEDIES[self.what]}"


def assess(samples: Samples, signal: Signal, resting: bool = False) -> list[SignalIssue]:
    """Find problems in samples ``(T, C)``; none are reported for less than half a second.

    ``resting`` means that the person rests; otherwise a loose electrode is indistinguishable from a strong muscle.
    """
    samples = samples[np.isfinite(samples).all(axis=1)]
    if len(samples) < LEAST_S * signal.rate_hz:
        return []
    found = []
    x = samples.astype(np.float64)
    deviation = x.std(axis=0)
    usual = float(np.median(deviation))
    _, hum = mains(x[None], signal.rate_hz)
    for channel in range(signal.channels):
        number = channel + 1
        if deviation[channel] <= FLAT * usual or not deviation[channel]:
            found.append(SignalIssue(number, "flat"))
        elif (clipped := _clipped(x[:, channel])) >= CLIPPED:
            found.append(SignalIssue(number, "saturated", f" in {100 * clipped:.0f} % of its samples"))
        elif hum[channel] >= HUM:
            found.append(SignalIssue(number, "full of mains hum", f" ({100 * hum[channel]:.0f} % of its power)"))
        elif resting and deviation[channel] > LOOSE * usual:
            found.append(SignalIssue(number, "loose"))
    return found


def mains(segments: NDArray[np.floating], rate_hz: float) -> tuple[float, Spectrum]:
    """The more prominent mains frequency, 50 or 60 Hz, and its share of each channel's power, ``(C,)``.

    The share is the power at the frequency and its harmonics above that of adjacent frequencies.

    Args:
        segments: ``(N, T, C)``, of at least 100 ms.
        rate_hz: the samples' rate.

    Returns:
        0 if the rate is too low or the segments are too short to detect mains hum.
    """
    length = segments.shape[1]
    if length < 0.1 * rate_hz or rate_hz / 2 <= MAINS_HZ[0]:
        return 0.0, np.zeros(segments.shape[2])
    x = segments - segments.mean(axis=1, keepdims=True)
    power = (np.abs(np.fft.rfft(x * np.hanning(length)[None, :, None], axis=1)) ** 2).mean(axis=0)
    frequencies = np.fft.rfftfreq(length, 1 / rate_hz)
    resolution = rate_hz / length
    total = power.sum(axis=0) + 1e-12
    shares = {}
    for mains_hz in MAINS_HZ:
        share = np.zeros(segments.shape[2])
        for tone in np.arange(mains_hz, rate_hz / 2 - resolution, mains_hz):
            away = np.abs(frequencies - tone)
            inside, beside = away <= 2 * resolution, (away > 2 * resolution) & (away <= 6 * resolution)
            if beside.any():
                share += np.maximum(power[inside].sum(axis=0) - inside.sum() * np.median(power[beside], axis=0), 0)
        shares[mains_hz] = share / total
    best = max(shares, key=lambda one: float(shares[one].mean()))
    return best, shares[best]


def _clipped(x: Spectrum) -> float:
    """The share of samples at the end of the range, 0 if the signal hardly moves."""
    size = np.abs(x)
    end, values = size.max(), np.unique(size)
    step = np.diff(values).min(initial=np.inf)
    if not end > STEPS * step:
        return 0.0
    return float((size >= end - step / 2).mean()) if (size >= end - step / 2).sum() > 2 else 0.0
