"""Power spectrum of a signal by Welch's method, with the mains frequency marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from emgctl.dsp.quality import MAINS_HZ, mains
from emgctl.errors import UsageError
from emgctl.explore.view import View
from emgctl.recording.segments import lost_samples
from emgctl.support.batches import batches
from emgctl.training.report.report import png

Array = NDArray[np.float64]

SEGMENT_S = 1.0  # gives a resolution of 1 Hz
LEAST = 16  # minimum samples per segment
_BATCH = 1 << 22  # values per batch
_MARK = "#c2255c"
_STANDS_OUT = 0.02  # share of total power from which mains hum is reported


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Power spectral densities ``(F, C)`` in squared units per Hz at ``hz`` ``(F,)``, without the mean.

    ``mains_hz`` is 50 or 60, whichever is more prominent, 0 if neither is visible; ``mains`` ``(C,)`` is its share of
    each channel's power, including harmonics.
    """

    hz: Array
    density: Array
    mains_hz: float
    mains: Array

    @property
    def median_hz(self) -> Array:
        """The frequency below which half of each channel's power lies, ``(C,)``; NaN for a silent one."""
        power = np.cumsum(self.density[1:], axis=0)
        half = np.argmax(power >= power[-1] / 2, axis=0)
        return np.where(power[-1] > 0, self.hz[1:][half], np.nan)


def spectrum(view: View) -> Spectrum:
    """The mean spectrum of all one-second segments without lost samples, with 50 % overlap.

    Raises:
        UsageError: there is no such segment.
    """
    from scipy.signal import welch

    signal, samples = view.recording.signal, view.recording.samples
    length = min(round(SEGMENT_S * signal.rate_hz), len(samples))
    starts = np.arange(0, len(samples) - length + 1, max(length // 2, 1))
    lost = np.concatenate(([0], np.cumsum(lost_samples(view.recording))))
    starts = starts[lost[starts + length] == lost[starts]]
    if length < LEAST or not len(starts):
        raise UsageError(
            f"{view.recording.name}: fewer than {max(length, LEAST)} consecutive samples, too few for a spectrum"
        )
    segments = sliding_window_view(samples, length, axis=0)  # (T, C, length)
    density: Array = np.zeros((length // 2 + 1, signal.channels))
    share = np.zeros((len(MAINS_HZ), signal.channels))
    each = max(1, _BATCH // (length * signal.channels))
    for part in batches(len(starts), each):
        batch = segments[starts[part]].transpose(0, 2, 1).astype(np.float64)
        hz, power = welch(batch, signal.rate_hz, nperseg=length, axis=1)  # of each segment
        density += power.sum(axis=0)
        found_hz, found = mains(batch, signal.rate_hz)
        if found_hz:
            share[MAINS_HZ.index(found_hz)] += found * len(batch)
    density /= len(starts)
    share /= len(starts)
    best = int(np.argmax(share.mean(axis=1)))
    return Spectrum(hz, density, MAINS_HZ[best] if share.any() else 0.0, share[best])


def spectrum_png(view: View, found: Spectrum) -> bytes:
    """A line per channel in decibels, their mean in black, and the mains frequency and harmonics as dashed lines."""
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12.5, 4.2), layout="constrained")
    axes = figure.subplots()
    hz, density = found.hz[1:], np.maximum(found.density[1:], 1e-12)
    decibel = 10 * np.log10(density)
    wheel = colormaps["viridis"]
    for place, name in enumerate(view.channels):
        axes.plot(hz, decibel[:, place], color=wheel(place / max(len(view.channels) - 1, 1)), linewidth=0.8,
                  label=name)  # fmt: skip
    axes.plot(hz, 10 * np.log10(density.mean(axis=1)), color="black", linewidth=1.6, label="mean")
    worst = float(found.mains.max())
    stands_out = found.mains_hz > 0 and worst >= _STANDS_OUT
    tones = np.arange(found.mains_hz, hz[-1], found.mains_hz) if stands_out else [f for f in MAINS_HZ if f < hz[-1]]
    mains_text = (
        f"{found.mains_hz:g} Hz: up to {100 * worst:.0f} % of a channel's power" if stands_out else "not prominent"
    )
    for place, tone in enumerate(tones):
        axes.axvline(tone, color=_MARK, linestyle="--" if stands_out else ":", linewidth=0.8, alpha=0.7,
                     label="" if place else f"mains {mains_text}")  # fmt: skip
    axes.set_xlim(0, hz[-1])
    axes.set_ylim(max(decibel.min(), decibel.max() - 90) - 2, decibel.max() + 3)
    axes.set_xlabel("Hz")
    axes.set_ylabel(f"dB of 1 {'µV' if view.recording.signal.unit == 'uV' else 'count'}²/Hz")
    axes.grid(alpha=0.3)
    beside: dict[str, Any] = {
        "loc": "center left",
        "bbox_to_anchor": (1.0, 0.5),
        "fontsize": "x-small",
        "frameon": False,
    }
    if len(view.channels) <= 20:
        axes.legend(**beside)
    else:
        handles, labels = axes.get_legend_handles_labels()
        axes.legend(handles[len(view.channels) :], labels[len(view.channels) :], **beside)
    return png(figure)
