"""``emgctl data fetch``."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("name", required=False)
@click.option("--into", type=click.Path(path_type=Path), default=Path(), help="The folder; default: the current one.")
def fetch(name: str | None, into: Path) -> None:
    """Download a known data set; without NAME, list them. An interrupted download is resumed.

    \b
    Examples:
      emgctl data fetch
      emgctl data fetch emg2pose-mini --into datasets
    """
    from emgctl.cli.progress import progress_bar
    from emgctl.errors import UsageError, did_you_mean
    from emgctl.recording.fetch import KNOWN
    from emgctl.recording.fetch import fetch as download

    if name is None:
        for one in KNOWN.values():
            click.echo(f"{one.name:16} {one.megabytes} MB, {one.licence}: {one.source}")
        return
    if name not in KNOWN:
        raise UsageError(f"unknown data set '{name}'{did_you_mean(name, KNOWN)}")
    one = KNOWN[name]
    click.echo(f"{one.source}\nlicense: {one.licence}; about {one.megabytes} MB from {one.url}", err=True)
    with progress_bar() as show:
        path = download(one, into, lambda done, total: show("MB", done >> 20, total >> 20))
    click.echo(f"{path}: complete, sha256 verified")
