"""Accuracy among few of many classes: the balanced accuracy of many subsets of each size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl.recording.windows import Indices
from emgctl.training.evaluation.accuracy import balanced_accuracy, recall
from emgctl.training.report.colors import legend_above
from emgctl.training.report.report import png

SUBSETS = 144  # subsets per size, as in the published evaluation; all of them if there are few
ALL = 300
Scores = NDArray[np.float32]


def subsets(classes: Sequence[int], size: int, count: int = SUBSETS, seed: int = 0) -> list[tuple[int, ...]]:
    """Different subsets of a size, in random order: all if there are at most :data:`ALL`, else ``count`` random ones.

    They come in random order.
    """
    chance = np.random.default_rng((seed, size))
    if comb(len(classes), size) <= max(count, ALL):
        every = list(combinations(classes, size))
        return [every[place] for place in chance.permutation(len(every))]
    found: dict[tuple[int, ...], None] = {}
    while len(found) < count:
        found[tuple(sorted(chance.choice(classes, size, replace=False).tolist()))] = None
    return list(found)


def recalls(scores: Scores, truth: Indices, chosen: Sequence[int]) -> NDArray[np.float64]:
    """The recall of each chosen class when distinguished only from the other chosen ones, ``(k,)``.

    Args:
        scores: of all classes, ``(N, K)``: the highest of the chosen ones wins.
        truth: ``(N,)``; windows of other classes are ignored. A class without windows has NaN.
        chosen: numbers of classes.
    """
    place = np.full(scores.shape[1], -1)
    place[list(chosen)] = np.arange(len(chosen))
    inside = place[truth] >= 0
    true = place[truth[inside]]
    return recall(true, scores[inside][:, list(chosen)].argmax(axis=1), len(chosen))


def curve(
    scores: Scores,
    truth: Indices,
    *,
    always: Sequence[int] = (),
    sizes: Sequence[int] = (),
    people: Indices | None = None,
    count: int = SUBSETS,
    seed: int = 0,
) -> dict[int, dict[str, float]]:
    """Mean, deviation, minimum and maximum balanced accuracy of subsets, by their size.

    Args:
        scores: of all classes, ``(N, K)``.
        truth: ``(N,)``.
        always: classes in every subset that do not count towards its size.
        sizes: sizes; by default all from 2 (or from 1 besides ``always``).
        people: the person of each window, ``(N,)``; a subset's accuracy is then the mean over people.
        count: number of random subsets per size.
        seed: seed of the random subsets.
    """
    free = [one for one in np.unique(truth).tolist() if one not in always]
    people = np.zeros(len(truth), np.int64) if people is None else people
    parts = [(scores[people == one], truth[people == one]) for one in np.unique(people)]
    found = {}
    for size in sizes or range(1 if always else 2, len(free) + 1):
        if size > len(free):
            continue
        each = [
            float(np.mean([balanced_accuracy(recalls(*part, (*always, *chosen))) for part in parts]))
            for chosen in subsets(free, size, count, seed)
        ]
        found[size] = summary(each)
    return found


def summary(values: Sequence[float]) -> dict[str, float]:
    """Mean, deviation, minimum, maximum and count."""
    whole = np.asarray(values)
    return {
        "mean": float(whole.mean()),
        "std": float(whole.std()),
        "min": float(whole.min()),
        "max": float(whole.max()),
        "subsets": len(whole),
    }


def table(curves: dict[str, dict[int, dict[str, Any]]]) -> str:
    """Format curves as text, one line per size: mean, deviation, minimum and maximum in percent."""
    sizes = sorted({size for one in curves.values() for size in one})
    lines = ["size " + " ".join(f"{name:>24}" for name in curves)]
    lines.append("     " + " ".join(f"{'mean  std  min  max':>24}" for _ in curves))
    for size in sizes:
        cells = []
        for one in curves.values():
            figures = one.get(size)
            cells.append(
                " " * 24
                if figures is None
                else f"{' '.join(f'{100 * figures[key]:.1f}' for key in ('mean', 'std', 'min', 'max')):>24}"
            )
        lines.append(f"{size:4} " + " ".join(cells))
    return "\n".join(lines)


def sizes_png(curves: Mapping[str, Mapping[Any, Mapping[str, float]]], title: str = "") -> bytes:
    """Plot balanced accuracy over the number of grasps: mean with deviation, minimum and maximum as dots."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    for number, (name, points) in enumerate(curves.items()):
        sizes = np.array([int(size) for size in points])
        mean, std, least, most = (
            np.array([100 * one[key] for one in points.values()]) for key in ("mean", "std", "min", "max")
        )
        color = f"C{number}"
        axes.plot(sizes, mean, "-o", color=color, markersize=3, label=name.replace("_", " "))
        axes.fill_between(sizes, mean - std, np.minimum(mean + std, 100), color=color, alpha=0.12, linewidth=0)
        axes.plot(sizes, least, ":", color=color, linewidth=1)
        axes.plot(sizes, most, ":", color=color, linewidth=1)
    axes.set(xlabel="grasps chosen", ylabel="balanced accuracy (%)")
    figure.suptitle(title)
    axes.grid(alpha=0.3)
    legend_above(axes, columns=3)
    return png(figure)
