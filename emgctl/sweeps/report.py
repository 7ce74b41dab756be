"""The files that a sweep is read in: the table as Markdown and CSV, every fold as CSV, and one page."""

from __future__ import annotations

from pathlib import Path

from emgctl.support.atomic_write import write_text
from emgctl.support.page import render
from emgctl.sweeps.folder import SweepFolder
from emgctl.sweeps.table import SweepTable
from emgctl.training.report.colors import REACHED
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
    columns = [(data, person) for data, people in table.people.items() for person in people]
    text = render(
        _PAGE,
        title=f"{table.title}, {begun}",
        explanation=" ".join(table.explanation()),
        leakage=table.leakage(),
        data=list(table.people),
        columns=[person if len(table.people) == 1 else f"{data}: {person}" for data, person in columns],
        rows=[
            (
                model,
                [cell for data in table.people for cell in table.overview(model, data)],
                [table.cell(model, data, person) for data, person in columns],
            )
            for model in table.models
        ],
        failures=table.failures(),
        picture=people_png(table),
        result=table.as_json(),
    )
    write_text(page, text)
    return page


def people_png(table: SweepTable) -> bytes:
    """A dot for each person and a line at the mean, a row for each model and a panel for each data set."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, (0.8 + 0.4 * len(table.models)) * len(table.people) + 0.6), layout="constrained")
    panels = figure.subplots(len(table.people), squeeze=False)[:, 0]
    for axes, (data, people) in zip(panels, table.people.items(), strict=True):
        for place, model in enumerate(table.models):
            values = [score for person in people if (score := table.score(model, data, person)) is not None]
            axes.plot(values, [place] * len(values), "o", color=REACHED, alpha=0.5)
            if summary := table.summary(model, data):
                axes.plot([summary.mean], [place], "k|", markersize=18)
        axes.set_yticks(range(len(table.models)), table.models)
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.set_title(data)
        axes.set_xlabel("balanced accuracy of each person (dots) and their mean (line)")
        axes.grid(axis="x", alpha=0.3)
    return png(figure)
