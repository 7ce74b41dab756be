"""Pictures of a grid: how strong each gesture is at each electrode, and which electrodes were bad, how often."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from emgctl.dsp.preprocessing import FilterChain, Preprocessing
from emgctl.recording.windows import Windows
from emgctl.support.batches import batches
from emgctl.training.report.colors import BAD, STRENGTH
from emgctl.training.report.report import Picture, png
from emgctl.types import Recording

_COLUMNS = 5
_EPSILON = 1e-3
_BLOCK_S = 0.1


def pictures(windows: Windows, recordings: Sequence[Recording], steps: Preprocessing) -> list[Picture]:
    """Both; none where the signal has no grid.

    Args:
        windows: after the model's preprocessing.
        recordings: as they were recorded.
        steps: the model's preprocessing.
    """
    if windows.signal.grid is None:
        return []
    found = [Picture("Strength of each gesture", maps_png(windows, windows.signal.grid))]
    if steps.electrodes:
        found.append(Picture("Bad electrodes", quality_png(recordings, steps, windows.signal.grid)))
    return found


def maps_png(windows: Windows, grid: tuple[int, int]) -> bytes:
    """The mean log RMS of each label, as an image of the grid; one scale for all but rest's own darkness."""
    from matplotlib.figure import Figure

    samples = windows.samples
    x = samples - samples.mean(axis=1, keepdims=True)
    levels = 0.5 * np.log10((x**2).mean(axis=1) + _EPSILON)
    names = windows.label_names
    maps = [levels[windows.labels == place].mean(axis=0).reshape(grid) for place in range(len(names))]
    low, high = min(float(one.min()) for one in maps), max(float(one.max()) for one in maps)
    columns = min(_COLUMNS, len(names))
    rows = -(-len(names) // columns)
    height = max(1.6, 2.2 * grid[0] / max(grid))
    figure = Figure(figsize=(2.4 * columns + 1, (height + 0.5) * rows), layout="constrained")
    all_axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, name, one in zip(all_axes, names, maps, strict=False):
        image = axes.imshow(one, vmin=low, vmax=high, cmap=STRENGTH, aspect="auto")
        axes.set_title(name, fontsize="small")
        axes.set_xticks([])
        axes.set_yticks([])
    for axes in all_axes[len(names) :]:
        axes.axis("off")
    figure.colorbar(image, ax=list(all_axes), label=f"log10 of RMS in {windows.signal.unit}", shrink=0.7)
    return png(figure)


def quality_png(recordings: Sequence[Recording], steps: Preprocessing, grid: tuple[int, int]) -> bytes:
    """The share of the time that each electrode was bad, and had to be filled in, all recordings together."""
    from matplotlib.figure import Figure

    bad = badness(recordings, steps).reshape(grid)
    figure = Figure(figsize=(max(3.5, 0.35 * grid[1] + 1.5), max(2.2, 0.35 * grid[0] + 0.8)), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(100 * bad, vmin=0, vmax=100, cmap=BAD, aspect="auto")
    for row, column in np.argwhere(bad >= 0.01):
        axes.text(column, row, f"{100 * bad[row, column]:.0f}", ha="center", va="center", fontsize="x-small")
    for count, ticks in ((grid[1], axes.set_xticks), (grid[0], axes.set_yticks)):
        places = range(0, count, max(1, count // 8))
        ticks(places, [str(place + 1) for place in places])
    axes.set_xlabel("column")
    axes.set_ylabel("row")
    figure.colorbar(image, ax=axes, label="% of the time")
    return png(figure)


def badness(recordings: Sequence[Recording], steps: Preprocessing) -> NDArray[np.float64]:
    """The share of the time that each channel was bad, ``(C,)``, as it would have been live."""
    before = Preprocessing(bandpass_hz=steps.bandpass_hz, notch_hz=steps.notch_hz, electrodes=True)
    counts, blocks = np.zeros(recordings[0].signal.channels), 0
    for one in recordings:
        chain, size = FilterChain(before, one.signal), max(1, round(_BLOCK_S * one.signal.rate_hz))
        samples = np.nan_to_num(one.samples)
        for part in batches(len(samples), size):
            chain.apply(samples[part])
            counts[list(chain.bad_electrodes)] += 1
            blocks += 1
    return counts / max(blocks, 1)
