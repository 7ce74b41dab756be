"""``emgctl report``."""

from __future__ import annotations

from pathlib import Path

import click

from emgctl.cli.training_options import json_option
from emgctl.support.preconditions import check_writable, needs_train_extra


@click.command()
@click.argument("paths", metavar="RESULT...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Write a page with pictures (HTML).")
@json_option
def report(paths: tuple[Path, ...], out: Path | None, json_path: Path | None) -> None:
    """Compare results that emgctl train and emgctl eval wrote with --json: models, days, profiles.

    Differences that make them incomparable (labels, data, split or windows) are reported first.

    \b
    Examples:
      emgctl report monday.json tuesday.json
      emgctl report lda.json network.json --out compare.html
    """
    from rich.console import Console
    from rich.table import Table

    from emgctl.support.atomic_write import write_text
    from emgctl.support.json_text import json_text
    from emgctl.training.report.comparison import cautions, columns, read_results, write_page

    check_writable(out, json_path, read=paths)
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
