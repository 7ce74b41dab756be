"""Results side by side: models, days and profiles, and whether they may be compared at all."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emgctl.errors import FileError
from emgctl.support.atomic_write import read_text, write_bytes, write_text
from emgctl.support.page import render
from emgctl.training.report.colors import REACHED, SHARES
from emgctl.training.report.report import over_people, page_title, png
from emgctl.training.text import percent

LARGEST = 64 << 20  # bytes of a result
_NEEDED = {"decoder", "labels", "balanced_accuracy", "recall", "split_said", "windows"}
_PAGE = Path(__file__).with_name("comparison.html")


@dataclass(frozen=True, slots=True)
class Named:
    """A result file's content, by the file's name without its ending."""

    name: str
    result: dict[str, Any]


def read_results(paths: Sequence[Path]) -> list[Named]:
    """Read what ``emgctl train --json`` and ``emgctl eval --json`` wrote.

    Raises:
        FileError: a file is missing, damaged, or no result.
    """
    found = []
    for path in paths:
        if path.suffix == ".onnx":
            raise FileError(
                path, "is a model, not a result", remedy=f"evaluate it first: emgctl eval {path} DATA --json FILE"
            )
        try:
            result = json.loads(read_text(path, LARGEST))
        except (ValueError, RecursionError) as error:
            raise FileError(
                path, f"is not JSON: {error}", remedy="make one with: emgctl eval ... --json FILE"
            ) from error
        if not isinstance(result, dict) or (missing := sorted(_NEEDED - set(result))):
            lacks = f" (it has no '{missing[0]}')" if isinstance(result, dict) else ""
            raise FileError(path, f"is not a result{lacks}", remedy="make one with: emgctl eval ... --json FILE")
        found.append(Named(path.stem, result))
    return found


def cautions(results: Sequence[Named]) -> list[str]:
    """Why these results can't be compared, or only with care; nothing, if they can."""
    notes = []
    for what, key in (("labels", _labels), ("tested data", _data), ("split", _split), ("windows", _windows)):
        if len({key(one.result) for one in results}) > 1:
            notes.append(f"NOT COMPARABLE without care: the {what} differ")
    for one in results:
        if one.result.get("leaks") and not one.result.get("warnings"):
            notes.append(f"{one.name}: its split leaks; the figures are too good")
        notes += [f"{one.name}: {warning}" for warning in one.result.get("warnings", ())]
    return notes


def columns(result: dict[str, Any]) -> dict[str, str]:
    """The figures of a result by name, as text."""
    worst = min(result["recall"].items(), key=lambda one: 1.0 if one[1] is None else one[1], default=("", None))
    found = {
        "model": str(result.get("model", "")),
        "tested": f"{result['windows']} windows, {result['split'] or 'everything'}",
        "accuracy": percent(result.get("accuracy")),
        "balanced": percent(result["balanced_accuracy"]),
        "macro F1": percent(result.get("macro_f1")),
        "worst label": f"{worst[0]} {percent(worst[1])}",
    }
    if people := over_people(result):
        found["over people"] = people
    for name, key in (("continuous", "raw"), ("post-processed", "postprocessed")):
        part = result.get("continuous", {}).get(key)
        if part:
            false, delay = part["false_activations_per_minute"], part["onset_delay_ms"]
            found[f"{name}: balanced"] = percent(part["balanced_accuracy"]["guarded"])
            found[f"{name}: false a minute at rest"] = _plain(false["rest"])
            found[f"{name}: onset delay"] = f"{_plain(delay['median'])} ms, p90 {_plain(delay['p90'])} ms"
            found[f"{name}: changes a minute"] = _plain(part["changes_per_minute"])
    return found


def write_page(page: Path, results: Sequence[Named]) -> list[Path]:
    """Write the comparison as HTML, with its pictures beside it as PNG; returns the files.

    Raises:
        FileError: a file can't be written.
    """
    bars, recall = bars_png(results), recall_png(results)
    figures = [columns(one.result) for one in results]
    text = render(
        _PAGE,
        title=page_title(f"Comparison of {', '.join(one.name for one in results)}", {}),
        cautions=cautions(results),
        names=[one.name for one in results],
        rows=[(name, [one.get(name, "-") for one in figures]) for name in dict.fromkeys(itertools.chain(*figures))],
        bars=bars,
        recall=recall,
    )
    write_text(page, text)
    written = [page]
    for name, picture in (("bars", bars), ("recall", recall)):
        written.append(page.with_name(f"{page.stem}.{name}.png"))
        write_bytes(written[-1], picture)
    return written


def bars_png(results: Sequence[Named]) -> bytes:
    """A bar for each result's balanced accuracy, with a mark at its worst label."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 1.2 + 0.45 * len(results)), layout="constrained")
    axes = figure.subplots()
    places = range(len(results))
    axes.barh(places, [one.result["balanced_accuracy"] for one in results], color=REACHED, label="balanced")
    worst = [min((v for v in one.result["recall"].values() if v is not None), default=0.0) for one in results]
    axes.plot(worst, places, "k|", markersize=14, label="worst label")
    axes.set_yticks(places, [one.name for one in results])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.grid(axis="x", alpha=0.3)
    figure.legend(loc="outside lower center", ncols=2)
    return png(figure)


def recall_png(results: Sequence[Named]) -> bytes:
    """The recall of each label in each result, as colour."""
    from matplotlib.figure import Figure

    labels = list(dict.fromkeys(label for one in results for label in one.result["recall"]))
    values = [[one.result["recall"].get(label) for label in labels] for one in results]
    figure = Figure(figsize=(2.5 + 0.6 * len(labels), 1.8 + 0.45 * len(results)), layout="constrained")
    axes = figure.subplots()
    shown = [[float("nan") if value is None else value for value in row] for row in values]
    image = axes.imshow(shown, cmap=SHARES, vmin=0, vmax=1, aspect="auto")
    figure.colorbar(image, ax=axes, label="recall")
    axes.set_xticks(range(len(labels)), labels, rotation=60, ha="right")
    axes.set_yticks(range(len(results)), [one.name for one in results])
    for i, row in enumerate(values):
        for j, value in enumerate(row):
            if value is not None:
                axes.text(
                    j, i, f"{100 * value:.0f}", ha="center", va="center", color="white" if value > 0.5 else "black"
                )
    return png(figure)


def _labels(result: dict[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(result["labels"]))


def _data(result: dict[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(one["sha256"] for one in result.get("datasets", ())))


def _split(result: dict[str, Any]) -> str:
    return str(result.get("split", ""))


def _windows(result: dict[str, Any]) -> tuple[Any, Any]:
    return result.get("window_ms"), result.get("hop_ms")


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"
