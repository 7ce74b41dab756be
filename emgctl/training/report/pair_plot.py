"""Picture of the pair: activations that were not meant against gestures recognized, for all thresholds."""

from __future__ import annotations

from emgctl.training.evaluation.pair import STATES, OperatingPoint
from emgctl.training.evaluation.pair_curve import STATE_NAMES, PairCurve
from emgctl.training.report.colors import legend_above
from emgctl.training.report.report import Picture, png

TITLE = "Activations that were not meant, and gestures recognized"
STYLES = {
    "rest": ("#56b4e9", "o", "-"),
    "small_movements": ("#8c564b", "s", "--"),
    "foreign": ("#009e73", "^", "-."),
    "daily": ("#cc79a7", "D", ":"),
}
"""Colors that mean nothing else in reports, and a marker and a line, so that none needs to tell the colors apart."""


def pair_picture(pair: PairCurve) -> Picture:
    """One curve for each state that was seen, with the threshold in use marked by a star."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.6), layout="constrained")
    axes = figure.subplots()
    for state in STATES:
        if not pair.current.hours[state] or pair.current.recognized is None:
            continue
        color, marker, line = STYLES[state]
        axes.plot(
            [_per_hour(point, state) for point in pair.points],
            [_share(point) for point in pair.points],
            color=color,
            marker=marker,
            linestyle=line,
            markersize=4,
            label=f"{STATE_NAMES[state]} ({60 * pair.current.hours[state]:.1f} min)",
        )
        axes.plot(
            [_per_hour(pair.current, state)],
            [_share(pair.current)],
            color=color,
            marker="*",
            markersize=15,
            markeredgecolor="black",
            linestyle="none",
        )
    axes.plot(
        [], [], color="white", marker="*", markersize=12, markeredgecolor="black", linestyle="none", label=_in_use(pair)
    )
    axes.set_xscale("symlog", linthresh=1)
    axes.set_xlim(-0.2, max(axes.get_xlim()[1], 2.0))  # what lies on a border is half hidden
    axes.set_ylim(-3, 103)
    axes.set_xlabel("activations an hour that were not meant (linear up to 1, then logarithmic)")
    axes.set_ylabel("gestures recognized, %")
    axes.grid(alpha=0.3)
    legend_above(axes, columns=3)
    return Picture(TITLE, png(figure), _in_words(pair))


def _per_hour(point: OperatingPoint, state: str) -> float:
    return point.per_hour[state] or 0.0


def _share(point: OperatingPoint) -> float:
    return 100 * (point.recognized or 0.0)


def _in_use(pair: PairCurve) -> str:
    return f"in use: enter {pair.current.enter:g}"


def _in_words(pair: PairCurve) -> str:
    """The picture for those who cannot see it: both figures in use, and where the curves begin and end."""
    ends = [("lowest threshold", pair.points[0]), (_in_use(pair), pair.current), ("highest threshold", pair.points[-1])]
    return f"{TITLE}, by threshold. " + " ".join(f"{name}: {_figures(point)}." for name, point in ends)


def _figures(point: OperatingPoint) -> str:
    share = "no gestures" if point.recognized is None else f"{100 * point.recognized:.0f} % recognized"
    hourly = [
        f"{STATE_NAMES[state]} {value:.3g} an hour" for state, value in point.per_hour.items() if value is not None
    ]
    return ", ".join([share, *hourly])
