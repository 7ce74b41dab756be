"""Plots of an embedding: points by label and by cluster, their agreement, and each cluster's mean pose."""

from __future__ import annotations

from typing import Any

import numpy as np

from emgctl.explore.embedding import UNLABELLED, Array, Embedding
from emgctl.explore.page import Part, Picture, Table
from emgctl.explore.view import colors
from emgctl.handmodel.drawing.picture import Panel, hand, svg
from emgctl.handmodel.drawing.picture import png as hands_png
from emgctl.training.report.report import png

_POINTS = 6000  # in a scatter plot; more would not be visible
_CAPTION = 26  # characters that fit under a hand
_HAND_PX, _HANDS = 200, 7  # width of a hand, and hands per row
_LISTED = 24  # labels in a legend


def parts(found: Embedding) -> list[Part]:
    """All plots and tables of an embedding."""
    made: list[Part] = [
        clusters_table(found),
        Picture("First and second component", flat_png(found)),
        Picture("Three components", deep_png(found)),
        Picture("Labels in each cluster", counts_png(found)),
    ]
    if found.poses_rad is not None:
        panels = hands(found, found.poses_rad)
        picture = hands_png(panels, _HAND_PX, _HANDS)
        made.insert(1, Picture("Mean pose of each cluster", picture, svg(panels, _HAND_PX, _HANDS)))
    return made


def clusters_table(found: Embedding) -> Table:
    """Each cluster's size and most common labels."""
    counts, names = found.counts, found.windows.label_names
    rows = []
    for number, row in enumerate(counts, 1):
        most = [place for place in np.argsort(-row, kind="stable")[:3] if row[place]]
        listed = ", ".join(f"{names[place]} {100 * row[place] / row.sum():.0f} %" for place in most)
        rows.append((str(number), str(row.sum()), listed))
    explained = ", ".join(f"{100 * share:.1f}" for share in found.explained)
    title = (
        f"{len(found.windows)} windows, {found.features}: three components explain {explained} % of the variance"
    )  # fmt: skip
    return Table(title, ("cluster", "windows", "most common labels"), rows)


def hands(found: Embedding, poses_rad: Array) -> list[Panel]:
    """Each cluster's mean pose as a hand, in the cluster's color."""
    counts, names = found.counts, found.windows.label_names
    color = list(_cluster_colors(found).values())
    panels = []
    for number, (pose, row) in enumerate(zip(poses_rad, counts, strict=True)):
        most = int(np.argmax(row))
        caption = f"{number + 1}: {names[most]}"[: _CAPTION - 5] + f" {100 * row[most] / max(row.sum(), 1):.0f} %"
        panels.append(hand(pose, caption, color[number]))
    return panels


def flat_png(found: Embedding) -> bytes:
    """The first two components, by label and by cluster; clusters are numbered at their centers."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12.5, 5.4), layout="constrained")
    for axes, (title, groups) in zip(figure.subplots(1, 2, sharex=True, sharey=True), _groups(found), strict=True):
        for name, color, chosen in groups:
            axes.scatter(*found.points[chosen, :2].T, s=5, color=color, label=name, alpha=0.6, linewidths=0)
        axes.set_title(title, fontsize="medium")
        axes.set_xlabel(f"component 1 ({100 * found.explained[0]:.0f} %)")
        axes.set_ylabel(f"component 2 ({100 * found.explained[1]:.0f} %)")
        if len(groups) <= _LISTED:
            beside: dict[str, Any] = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5), "frameon": False}
            axes.legend(**beside, fontsize="x-small", markerscale=3, ncols=1 + len(groups) // 26)
    _number_centers(axes, found, 2)
    return png(figure)


def deep_png(found: Embedding) -> bytes:
    """The three components, by label and by cluster, from one viewpoint."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12.5, 6.2), layout="constrained")
    for place, (title, groups) in enumerate(_groups(found)):
        axes = figure.add_subplot(1, 2, place + 1, projection="3d")
        for name, color, chosen in groups:
            axes.scatter(*found.points[chosen].T, s=9, color=color, label=name, alpha=0.8, linewidths=0)
        axes.set_title(title, fontsize="medium")
        for number, label in enumerate((axes.set_xlabel, axes.set_ylabel, axes.set_zlabel), 1):
            label(f"component {number}", fontsize="small")
        axes.tick_params(labelsize="x-small")
    _number_centers(axes, found, 3)
    return png(figure)


def counts_png(found: Embedding) -> bytes:
    """The share of each label's windows in each cluster, as colors."""
    from matplotlib.figure import Figure

    counts, names = found.counts, found.windows.label_names
    shares = 100 * counts / np.maximum(counts.sum(axis=0), 1)
    figure = Figure(figsize=(max(5.0, 2.5 + 0.5 * len(names)), 2.0 + 0.35 * len(counts)), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(shares, vmin=0, vmax=100, cmap="Blues", aspect="auto")
    for (row, column), share in np.ndenumerate(shares):
        if share >= 1 and len(names) <= _LISTED:
            axes.text(column, row, f"{share:.0f}", ha="center", va="center", fontsize="x-small",
                      color="white" if share > 55 else "black")  # fmt: skip
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right", fontsize="small")
    axes.set_yticks(range(len(counts)), [str(number + 1) for number in range(len(counts))], fontsize="small")
    axes.set_ylabel("cluster")
    figure.colorbar(image, ax=axes, label="% of the label's windows")
    return png(figure)


def _groups(found: Embedding) -> list[tuple[str, list[tuple[str, str, Any]]]]:
    """By label and by cluster: name, color, and which points to draw."""
    count = len(found.windows)
    drawn = np.random.default_rng(0).permutation(count)[:_POINTS]
    names = found.windows.label_names
    by_label = colors([name for name in names if name != UNLABELLED]) | {UNLABELLED: "#bbbbbb"}
    labels = [
        (name, by_label[name], drawn[found.windows.labels[drawn] == place]) for place, name in enumerate(names)
    ]  # fmt: skip
    clusters = [
        (name, color, drawn[found.clusters[drawn] == place])
        for place, (name, color) in enumerate(_cluster_colors(found).items())
    ]
    return [("by label", labels), ("by cluster", clusters)]


def _cluster_colors(found: Embedding) -> dict[str, str]:
    return colors([str(number + 1) for number in range(len(found.centers))])


def _number_centers(axes: Any, found: Embedding, dimensions: int) -> None:
    ring = {"boxstyle": "circle,pad=0.25", "facecolor": "white", "edgecolor": "black", "alpha": 0.85}
    for number, center in enumerate(found.centers, 1):
        axes.text(*center[:dimensions], str(number), ha="center", va="center", weight="bold", bbox=ring)
