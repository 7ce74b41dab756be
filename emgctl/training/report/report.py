"""The report beside a model: figures as text, pictures, and one HTML page that holds everything."""

from __future__ import annotations

import datetime
import io
import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from emgctl.support.atomic_write import write_bytes, write_text
from emgctl.support.page import render
from emgctl.training.data.provenance import caution_rows
from emgctl.training.report.colors import REACHED, SHARES, TRAINED, legend_above, of_curve
from emgctl.training.text import percent

History = Mapping[str, Sequence[float]]
"""A value per epoch, by the name of what was measured."""


class Picture(NamedTuple):
    """A picture of a report (PNG). ``alt`` describes it to those who cannot see it; by default the title does."""

    title: str
    png: bytes
    alt: str = ""


_TITLED = 2  # files that a page's title names
_NUMBERED_LABELS = 16  # with more labels the numbers in the confusion matrix would overlap
_DPI = 120

_PAGE, _TEXT_PAGE = (Path(__file__).with_name(name) for name in ("report.html", "text.html"))


def page_title(what: str, result: Mapping[str, Any]) -> str:
    """The title of a page: what was tested, on which files, and today's date."""
    names = [one["name"] for one in result.get("datasets", ())]
    more = f" and {len(names) - _TITLED} more" if len(names) > _TITLED else ""
    data = f" on {', '.join(names[:_TITLED])}{more}" if names else ""
    return f"{what}{data}, {datetime.date.today().isoformat()}"


def facts(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A result's main figures as pairs of name and text."""
    baselines, worst = result["baselines"], result["worst_recording"]
    chance = f"chance {percent(baselines['chance'])}, always the commonest label {percent(baselines['majority'])}"
    rows = [
        *caution_rows(result),
        ("tested", f"{result['windows']} windows of {result['window_ms']:g} ms; left out: {result['left_out']}"),
        ("split", f"{result['split']}: {result['split_said']}" if result["split"] else result["split_said"]),
        ("accuracy", f"{percent(result['accuracy'])}  ({chance})"),
        ("balanced accuracy", percent(result["balanced_accuracy"])),
        ("macro F1", percent(result["macro_f1"])),
        ("worst recording", f"{percent(worst['accuracy'])} of {worst['windows']} windows in {worst['name']}"),
    ]
    if force := result.get("force"):
        follows = "not at all" if force["correlation"] is None else f"with r = {force['correlation']:.3f}"
        rows.append(("force", f"intensity follows it {follows}, {force['rms_n']:.2f} N RMS error"))
    if network := result.get("network"):
        published = network["published_m"]
        beside = f" (published: {published[0]:g} M and {published[1]:g} M)" if published else ""
        size = f"{network['parameters_m']:.3f} M parameters, {network['operations_m']:.3f} M operations an image"
        rows.append(("network", size + beside))
    if compared := result.get("compared"):
        models = [f"{one['model']} {one['features']} {_reached(one)}".replace("  ", " ") for one in compared]
        rows.append(("compared", f"took {result['model']}: " + ", ".join(models)))
    folds = result.get("folds", ())
    if len(folds) > 1:
        each = [fold["accuracy"] for fold in folds]
        mean = sum(each) / len(each)
        spread = math.sqrt(sum((value - mean) ** 2 for value in each) / len(each))
        rows.append(("over folds", f"{percent(mean)} +- {percent(spread)}, worst {percent(min(each))}"))
    if people := over_people(result):
        rows.append(("over people", people))
    return rows


def over_people(result: Mapping[str, Any]) -> str:
    """Mean and spread of people's balanced accuracy, and the worst; "" where fewer than two are named."""
    people: Mapping[str, float] = result.get("people") or {}
    if not people:
        return ""
    worst = min(people, key=lambda name: people[name])
    mean, spread = statistics.fmean(people.values()), statistics.stdev(people.values())
    return f"balanced {percent(mean)} +- {percent(spread)} of {len(people)}, worst {percent(people[worst])} of {worst}"


def _reached(candidate: Mapping[str, Any]) -> str:
    reached = candidate["balanced_accuracy"]
    return "not tried in time" if reached is None else percent(reached)


def as_text(result: Mapping[str, Any]) -> str:
    """A result for the terminal."""
    recall = "  ".join(f"{name} {percent(value)}" for name, value in result["recall"].items())
    return "\n".join(f"{name:18} {text}" for name, text in [*facts(result), ("recall", recall)])


def write_report(
    page: Path,
    result: Mapping[str, Any],
    history: History,
    pictures_beside: bool,
    more: Sequence[Picture] = (),
) -> list[Path]:
    """Write a result as one HTML page that needs no other file.

    Args:
        page: the HTML file.
        result: what training or evaluation reached.
        history: a value per epoch; empty where nothing was learned step by step.
        pictures_beside: whether to write the pictures as PNG files too, ``M.report.html`` beside ``M.confusion.png``.
        more: further pictures.

    Returns:
        The files written.

    Raises:
        FileError: a file can't be written.
    """
    confusion, curves = confusion_png(result), curves_png(result, history)
    folds = [
        (fold["name"], f"{percent(fold['accuracy'])} of {fold['windows']} windows") for fold in result.get("folds", ())
    ]
    text = render(
        _PAGE,
        title=page_title(f"{result['decoder']} {result['model']}", result),
        warnings=result.get("warnings") or ([result["split_said"]] if result["leaks"] else []),
        facts=facts(result),
        recall=[(name, percent(value)) for name, value in result["recall"].items()],
        folds=folds,
        confusion=confusion,
        curves=curves,
        curves_title="Learning curves and labels" if history else "Labels",
        more=more,
        result=result,
    )
    write_text(page, text)
    written = [page]
    if pictures_beside:
        stem = page.name.removesuffix(".html").removesuffix(".report")
        for name, picture in (("confusion", confusion), ("curves", curves)):
            written.append(page.with_name(f"{stem}.{name}.png"))
            write_bytes(written[-1], picture)
    return written


def write_page(
    page: Path, title: str, text: str, result: Mapping[str, Any], pictures: Sequence[tuple[str, bytes]]
) -> None:
    """Write text, pictures (PNG, each with its title) and everything as JSON as one HTML page.

    Raises:
        FileError: it can't be written.
    """
    write_text(page, render(_TEXT_PAGE, title=title, text=text, pictures=pictures, result=result))


def confusion_png(result: Mapping[str, Any]) -> bytes:
    """The confusion matrix as a picture: colour by the share of the true label, with the counts."""
    from matplotlib.figure import Figure

    labels, confusion = result["labels"], result["confusion"]
    side = 2.5 + 0.55 * min(len(labels), 30)
    figure = Figure(figsize=(side + 0.8, side), layout="constrained")
    axes = figure.subplots()
    shares = [[count / max(1, sum(row)) for count in row] for row in confusion]
    image = axes.imshow(shares, cmap=SHARES, vmin=0, vmax=1)
    figure.colorbar(image, ax=axes, label="share of the true label", shrink=0.8)
    axes.set_xticks(range(len(labels)), labels, rotation=60, ha="right")
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    if len(labels) <= _NUMBERED_LABELS:
        for i, row in enumerate(confusion):
            for j, count in enumerate(row):
                axes.text(j, i, str(count), ha="center", va="center", color="white" if shares[i][j] > 0.5 else "black")
    return png(figure)


def curves_png(result: Mapping[str, Any], history: History) -> bytes:
    """Learning curves, one panel for losses and one for the rest, beside how often each label was there."""
    from matplotlib.figure import Figure

    losses = {name: values for name, values in history.items() if "loss" in name}
    others = {name: values for name, values in history.items() if "loss" not in name}
    panels = [(name, curves) for name, curves in (("loss", losses), ("", others)) if curves]
    figure = Figure(figsize=(4.5 * (len(panels) + 1), 3.6), layout="constrained")
    *drawn, last = figure.subplots(1, len(panels) + 1, squeeze=False)[0]
    for axes, (what, curves) in zip(drawn, panels, strict=True):
        for name, values in curves.items():
            axes.plot(range(1, len(values) + 1), values, color=of_curve(name), label=name.replace("_", " "))
        axes.set_xlabel("epoch")
        axes.set_ylabel(what)
        legend_above(axes)
        axes.grid(alpha=0.3)
    places = range(len(result["labels"]))
    tested = [sum(row) for row in result["confusion"]]
    trained = [result.get("training_labels", {}).get(name, 0) for name in result["labels"]]
    if any(trained):
        last.barh(places, trained, label="trained on", color=TRAINED)
    last.barh(places, tested, left=trained, label="tested", color=REACHED)
    last.set_yticks(places, result["labels"])
    last.invert_yaxis()
    last.set_xlabel("windows")
    legend_above(last)
    return png(figure)


def png(figure: Any) -> bytes:
    """A figure as PNG, drawn by Agg without any window system, and without matplotlib's own metadata."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=_DPI, metadata={"Software": None})
    return file.getvalue()
