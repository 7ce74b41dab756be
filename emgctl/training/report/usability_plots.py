"""Pictures of continuous decoding: what was meant and what was decided, delays, and the price of rejection."""

from __future__ import annotations

import numpy as np

from emgctl.training.evaluation.continuous import Continuous
from emgctl.training.report.colors import MEANT, REACHED, UNWANTED, legend_above
from emgctl.training.report.pair_plot import pair_picture
from emgctl.training.report.report import Picture, png

SHOWN_S = 60.0
SHOWN = 4


def pictures(found: Continuous, labels: tuple[str, ...]) -> list[Picture]:
    """All of them."""
    return [
        pair_picture(found.pair),
        Picture("Cues and decisions", timeline_png(found, labels)),
        Picture("Delay from the muscle's onset", delays_png(found)),
        Picture("Rejection", rejection_png(found)),
    ]


def timeline_png(found: Continuous, labels: tuple[str, ...]) -> bytes:
    """The label and the decision over time, for the beginning of some recordings."""
    from matplotlib.figure import Figure

    streams = [pair for pair in zip(found.streams, found.decided, strict=True) if len(pair[0].last)]
    chosen = streams[:: max(1, len(streams) // SHOWN)][:SHOWN]
    figure = Figure(figsize=(11, 1.0 + 2.2 * len(chosen)), layout="constrained")
    for axes, (stream, decided) in zip(figure.subplots(len(chosen), 1, squeeze=False)[:, 0], chosen, strict=True):
        time_s = (stream.last + 1) / stream.rate_hz
        shown = time_s <= time_s[0] + SHOWN_S
        axes.step(time_s[shown], stream.truth[shown], where="post", label="cue", color=MEANT, linewidth=4, alpha=0.5)
        axes.step(time_s[shown], decided[shown], where="post", label="decided", color=REACHED, linewidth=1)
        axes.set_yticks(range(len(labels)), labels, fontsize="small")
        axes.set_title(stream.recording.name, fontsize="small", loc="left")
        axes.grid(alpha=0.3)
    axes.set_xlabel("seconds")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper right", ncols=2, frameon=False)
    return png(figure)


def delays_png(found: Continuous) -> bytes:
    """How long after the muscle's own onset a movement was found, with and without post-processing."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.2), layout="constrained")
    axes = figure.subplots()
    bins = np.arange(-0.2, 1.55, 0.05)
    for name, metrics, line in (("every window", found.raw, ":"), ("post-processed", found.processed, "-")):
        delays_s = np.clip(metrics.delays_s, bins[0], bins[-1])
        axes.hist(delays_s, bins.tolist(), histtype="step", color=REACHED, linestyle=line, label=name)
    axes.set_xlabel("seconds from the muscle's onset to the decision")
    axes.set_ylabel("movements")
    legend_above(axes)
    return png(figure)


def rejection_png(found: Continuous) -> bytes:
    """Recall of the gestures and false activations at rest, for each confidence that may be demanded."""
    from matplotlib.figure import Figure

    curve = found.result["rejection"]
    figure = Figure(figsize=(6, 3.2), layout="constrained")
    left = figure.subplots()
    left.plot(
        [point["enter"] for point in curve],
        [np.nan if p["recall"] is None else p["recall"] for p in curve],
        color=REACHED,
    )
    left.set_xlabel("confidence to enter a gesture")
    left.set_ylabel("recall of the gestures", color=REACHED)
    left.set_ylim(0, 1)
    right = left.twinx()
    false = [point["false_activations_per_minute"] for point in curve]
    right.plot([point["enter"] for point in curve], [np.nan if f is None else f for f in false], color=UNWANTED)
    right.set_ylabel("false activations a minute of rest", color=UNWANTED)
    right.set_ylim(bottom=0)
    return png(figure)
