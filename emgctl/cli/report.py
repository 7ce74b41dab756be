"""``emgctl report``."""

from __future__ import annotations

from pathlib import Path

import click

from emgctl.cli.training_options import json_option
from emgctl.support.preconditions import check_writable, needs_train_extra


@click.command()
@click.argument("paths", metavar="RESULT...|SWEEP", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Write a page with pictures (HTML).")
@json_option
def report(paths: tuple[Path, ...], out: Path | None, json_path: Path | None) -> None:
    """Compare results that emgctl train and emgctl eval wrote with --json: models, days, profiles.

    Differences that make them incomparable (labels, data, split or windows) are reported first. The folder of an
    emgctl sweep is shown as its table, finished or not.

    \b
    Examples:
      emgctl report monday.json tuesday.json
      emgctl report lda.json network.json --out compare.html
      emgctl report sweep1 --out sweep1.html
    """
    from rich.console import Console
    from rich.table import Table

    from emgctl.support.atomic_write import write_text
    from emgctl.support.json_text import json_text
    from emgctl.training.report.comparison import cautions, columns, read_results, write_page

    check_writable(out, json_path, read=paths)
    if any(path.is_dir() for path in paths):
        _report_sweep(paths, out, json_path)
        return
    results = read_results(paths)
    rows = {one.name: columns(one.result) for one in results}
    for caution in cautions(results):
        click.echo(f"emgctl: warning: {caution}", err=True)
    if json_path is not None:
        write_text(json_path, json_text({"results": rows, "cautions": cautions(results)}))
    if json_path is None or str(json_path) != "-":
        table = Table("", *(one.name for one in results))
        for name in dict.fromkeys(name for one in rows.values() for name in one):
            table.add_row(name, *(one.get(name, "-") for one in rows.values()))
        Console().print(table)
    if out is not None:
        needs_train_extra("report", "matplotlib")
        for path in write_page(out, results):
            click.echo(str(path), err=True)


def _report_sweep(paths: tuple[Path, ...], out: Path | None, json_path: Path | None) -> None:
    from emgctl.cli.sweep import show_table
    from emgctl.errors import UsageError
    from emgctl.sweeps.folder import SweepFolder
    from emgctl.sweeps.table import SweepTable

    if len(paths) > 1:
        raise UsageError("a sweep's folder is reported alone; to compare some of its results, name DIR/results/*.json")
    folder = SweepFolder(paths[0])
    table = SweepTable.of(folder)
    show_table(table, json_path)
    if out is not None:
        needs_train_extra("report", "matplotlib")
        from emgctl.sweeps.report import write_page

        click.echo(str(write_page(out, table, folder.begun)), err=True)
