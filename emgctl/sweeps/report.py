"""The files that a sweep is read in: the table as Markdown and CSV, every fold as CSV, and one page."""

from __future__ import annotations

from pathlib import Path

from emgctl.support.atomic_write import write_text
from emgctl.support.page import render
from emgctl.sweeps.folder import SweepFolder
from emgctl.sweeps.table import SweepTable
from emgctl.training.report.colors import BASELINE, REACHED
from emgctl.training.report.report import png

_PAGE = Path(__file__).with_name("report.html")


def write_files(folder: SweepFolder) -> list[Path]:
    """Write the table and the page into the sweep's folder; returns the files.

    Raises:
        FileError: a file can't be written, or one of the sweep is damaged.
    """
    table = SweepTable.of(folder)
    texts = {"table.md": table.markdown(), "table.csv": table.csv(), "folds.csv": table.folds_csv()}
    files = [folder.path / name for name in texts]
    for file, text in zip(files, texts.values(), strict=True):
        write_text(file, text)
    return [*files, write_page(folder.path / "report.html", table, folder.begun)]


def write_page(page: Path, table: SweepTable, begun: str) -> Path:
    """Write the report as one HTML page that needs no other file; returns its path.

    Raises:
        FileError: it can't be written.
    """
    text = render(
        _PAGE,
        title=f"{table.title}, {begun}",
        explanation=" ".join(table.explanation()),
        leaks=table.leaks(),
        head=["model", *table.head(), *table.person_head()],
        rows=_rows(table),
        data=list(table.people),
        facts=table.facts(),
        failures=table.failures(),
        picture=people_png(table),
        result=table.as_json(),
    )
    write_text(page, text)
    return page


def _rows(table: SweepTable) -> list[tuple[str, list[tuple[str, bool]]]]:
    """Each model with its cells, and for each cell whether it is the highest of its column."""
    texts, values = [], []
    for model in table.models:
        summaries = [table.summary(model, data) for data in table.people]
        found = [value for one in summaries for value in ((None, None) if one is None else (one.mean, one.lowest))]
        values.append(found + [table.score(model, *one) for one in table.columns()])
        overview = [cell for data in table.people for cell in table.overview(model, data)]
        texts.append(overview + [table.cell(model, *one) for one in table.columns()])
    best = [max((one for one in column if one is not None), default=None) for column in zip(*values, strict=True)]
    return [
        (model, [(cell, one is not None and one == top) for cell, one, top in zip(cells, scores, best, strict=True)])
        for model, cells, scores in zip(table.models, texts, values, strict=True)
    ]


def people_png(table: SweepTable) -> bytes:
    """A dot for each person, lines at their mean and at chance, a row for each model, a panel for each data set."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, (1.1 + 0.35 * len(table.models)) * len(table.people) + 0.2), layout="constrained")
    panels = figure.subplots(len(table.people), squeeze=False)[:, 0]
    for axes, (data, people) in zip(panels, table.people.items(), strict=True):
        for place, model in enumerate(table.models):
            values = [100 * score for person in people if (score := table.score(model, data, person)) is not None]
            axes.plot(values, [place] * len(values), "o", color=REACHED, alpha=0.5)
            if summary := table.summary(model, data):
                axes.plot([100 * summary.mean], [place], "k|", markersize=18)
        chance = table.tested[data].chance
        if chance is not None:
            axes.axvline(100 * chance, color=BASELINE, linestyle="--")
        axes.set_yticks(range(len(table.models)), table.models)
        axes.set_ylim(len(table.models) - 0.4, -0.6)
        axes.set_xlim(0, 101)
        axes.set_title(f"{data}, {len(people)} people")
        axes.grid(axis="x", alpha=0.3)
    panels[-1].set_xlabel("balanced accuracy in %: people (dots), their mean (line), chance (dashed)")
    return png(figure)
