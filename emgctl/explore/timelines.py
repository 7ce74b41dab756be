"""Plots over time: stacked signals, their amplitude, and joint angles, with labels below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emgctl.explore.view import View, colors, extremes
from emgctl.handmodel.joints import FINGERS
from emgctl.support.batches import batches
from emgctl.training.report.colors import STRENGTH
from emgctl.training.report.report import png
from emgctl.types import PoseTrack

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH_IN = 12.5
_ROOM = 2.5  # rows that a signal may cover; usually it fills one
_CELLS, _LEAST_CELL_S = 500, 0.1
_NAMES = 20  # maximum number of labels in a legend
_STRIP_IN = 0.25
MOST_AT_ONCE = 1 << 21  # values that are summed at once


def signals_png(view: View) -> bytes:
    """One row per channel, all at the scale shown by a bar at the right; labels below."""
    from matplotlib.collections import LineCollection

    signal = view.recording.signal
    places, values = extremes(view.recording.samples)
    times = view.begin_s + places / signal.rate_hz
    middle = np.nanmedian(values, axis=0)
    size = np.nanpercentile(np.abs(values - middle), 99, axis=0)
    row = 2 * float(np.nanmedian(size[size > 0])) if (size > 0).any() else 1.0
    heights = np.clip((values - middle) / row, -_ROOM / 2, _ROOM / 2)
    figure, axes, _ = _timeline(view, max(2.0, min(24.0, signal.channels * (0.4 if signal.channels <= 20 else 0.2))))
    lines = [np.column_stack((times, heights[:, place] - place)) for place in range(signal.channels)]
    axes.add_collection(LineCollection(lines, colors="#1f3b57", linewidths=0.5, clip_on=True))
    axes.set_ylim(0.1 - signal.channels, max(0.9, float(np.nanmax(heights[:, 0], initial=0)) + 0.1))
    axes.set_yticks([-place for place in range(signal.channels)], view.channels, fontsize="small")
    axes.set_ylabel("channel")
    axes.set_title(view.recording.name, loc="left", fontsize="medium")
    bar = _round(row)
    x = view.end_s + 0.008 * (view.end_s - view.begin_s)
    axes.plot([x, x], [-bar / row / 2, bar / row / 2], color="#c2255c", linewidth=3, clip_on=False)
    unit = "µV" if signal.unit == "uV" else "counts"
    axes.text(1.5 * x - 0.5 * view.end_s, 0, f"{bar:g} {unit}", color="#c2255c", va="center", fontsize="small")
    return png(figure)


def levels_png(view: View) -> bytes:
    """Amplitude of each channel over time, as colors on a logarithmic scale; labels below."""
    from matplotlib.colors import LogNorm

    signal = view.recording.signal
    level, name = levels(view)
    figure, axes, _ = _timeline(view, max(1.8, min(6.0, 0.22 * signal.channels + 0.6)))
    seen = level[np.isfinite(level) & (level > 0)]
    low, high = np.percentile(seen, (2, 99.8)) if len(seen) else (0.1, 1.0)
    image = axes.imshow(
        np.maximum(level.T, low / 10), aspect="auto", cmap=STRENGTH, norm=LogNorm(low, max(high, 1.01 * low)),
        extent=(view.begin_s, view.end_s, signal.channels - 0.5, -0.5), interpolation="nearest",
    )  # fmt: skip
    step = max(1, signal.channels // 16)
    axes.set_yticks(range(0, signal.channels, step), view.channels[::step], fontsize="small")
    axes.set_ylabel("channel")
    unit = "µV" if signal.unit == "uV" else "counts"
    figure.colorbar(image, ax=axes, label=f"{name} in {unit}", pad=0.01, format="%g").minorticks_off()
    return png(figure)


def levels(view: View) -> tuple[NDArray[np.float64], str]:
    """The RMS ``(N, C)`` of segments of at least 0.1 s without their mean (for envelopes: the mean), and its name."""
    samples = view.recording.samples
    length = max(1, round(max(_LEAST_CELL_S, view.recording.duration_s / _CELLS) * view.recording.signal.rate_hz))
    edges = np.arange(0, max(len(samples) - length // 2, 1), length)
    sums: list[NDArray[np.float64]] = []
    each = max(MOST_AT_ONCE // (length * samples.shape[1]), 1)
    for part in batches(len(edges), each):
        first, last = edges[part][0], edges[part.stop] if part.stop < len(edges) else len(samples)
        here = np.isfinite(samples[first:last])
        x = np.where(here, samples[first:last], 0).astype(np.float64)
        within = edges[part] - first
        sums.append(np.stack([np.add.reduceat(one, within, axis=0, dtype=np.float64) for one in (here, x, x**2)]))
    count, total, squares = np.concatenate(sums, axis=1)
    count[count == 0] = np.nan
    mean = total / count
    if view.rectified:
        return mean, "mean level"
    return np.sqrt(np.maximum(squares / count - mean**2, 0)), "RMS"


def joints_png(view: View, pose: PoseTrack) -> bytes:
    """The angles of each finger's joints over time in degrees; labels below."""
    from matplotlib.figure import Figure

    groups = [(finger, [one for one in pose.joints if one.startswith(f"{finger}_")]) for finger in FINGERS]
    grouped = {joint for _, joints in groups for joint in joints}
    groups.append(("palm and wrist", [one for one in pose.joints if one not in grouped]))
    groups = [group for group in groups if group[1]]
    places, values = extremes(np.degrees(pose.values))
    times = view.begin_s + places / view.recording.signal.rate_hz
    figure = Figure(figsize=(_WIDTH_IN, 1.35 * len(groups) + 1), layout="constrained")
    *panels, strip = figure.subplots(len(groups) + 1, 1, sharex=True, height_ratios=[*[1.2] * len(groups), _STRIP_IN])
    for axes, (title, joints) in zip(panels, groups, strict=True):
        for number, joint in enumerate(joints):
            (line,) = axes.plot(times, values[:, pose.joints.index(joint)], linewidth=0.8)
            axes.text(1.005, 0.85 - 0.24 * number, joint.removeprefix(f"{title}_").replace("_", " "),
                      transform=axes.transAxes, color=line.get_color(), fontsize="x-small")  # fmt: skip
        axes.set_ylabel(f"{title}\ndegrees", fontsize="small")
        axes.grid(alpha=0.3)
    _labels(figure, strip, view)
    return png(figure)


def _timeline(view: View, height_in: float) -> tuple[Figure, Axes, Axes]:
    """A figure with axes over time and a strip for labels below."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH_IN, height_in + 0.9), layout="constrained")
    axes, strip = figure.subplots(2, 1, sharex=True, height_ratios=(height_in, _STRIP_IN))
    _labels(figure, strip, view)
    return figure, axes, strip


def _labels(figure: Figure, strip: Axes, view: View) -> None:
    """Draw labelled spans, with the name inside where there is room, otherwise in a legend."""
    spans = view.spans()
    names = list(dict.fromkeys(span.label for span in spans))
    color = colors(names)
    for name in names:
        bars = [(span.begin_s, span.end_s - span.begin_s) for span in spans if span.label == name]
        strip.broken_barh(bars, (0, 1), facecolors=color[name], edgecolor="white", linewidth=0.4, label=name)
    narrow = False
    for span in spans:
        room = (span.end_s - span.begin_s) / (view.end_s - view.begin_s) * 150  # characters
        if room > len(span.label) + 1:
            strip.text((span.begin_s + span.end_s) / 2, 0.5, span.label, ha="center", va="center", fontsize="small",
                       clip_on=True)  # fmt: skip
        else:
            narrow = True
    strip.set_xlim(view.begin_s, view.end_s)
    strip.set_ylim(0, 1)
    strip.set_yticks([])
    strip.set_xlabel("seconds" if spans else "seconds (no labels)")
    if narrow and len(names) <= _NAMES:
        figure.legend(*strip.get_legend_handles_labels(), loc="outside lower center", ncols=min(len(names), 7),
                      fontsize="small", frameon=False)  # fmt: skip


def _round(value: float) -> float:
    """The greatest of 1, 2 and 5 times a power of ten that does not exceed a value."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(max(step for step in (1, 2, 5) if step * power <= value * (1 + 1e-9)) * power)
