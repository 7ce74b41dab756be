"""What ``emgctl data plot``, ``embed`` and ``movie`` share: options, choosing recordings, printing results."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emgctl.cli.options import Decorator, Number

if TYPE_CHECKING:
    from emgctl.explore.page import Part
    from emgctl.types import Recording

recording_option: Decorator = click.option(
    "--recording", "names", multiple=True, metavar="GLOB", help="Recordings with this name; default: the first."
)
start_option: Decorator = click.option(
    "--start", "start_s", type=Number(min=0), default=0.0, metavar="S", help="Start at this second."
)
seconds_option: Decorator = click.option(
    "--seconds",
    type=Number(min=0, min_open=True),
    metavar="S",
    help="Duration; default: the whole recording.",
)
out_option: Decorator = click.option(
    "-o", "--out", "outs", multiple=True, type=click.Path(path_type=Path), metavar="FILE",
    help="A page (.html) or its pictures (.png); may be repeated.",
)  # fmt: skip


def chosen(recordings: Sequence[Recording], names: Sequence[str]) -> list[Recording]:
    """The recordings whose name matches one of the patterns; without any, the first, with a note if there are more.

    Raises:
        UsageError: none matches.
    """
    from fnmatch import fnmatch

    from emgctl.errors import UsageError, did_you_mean

    if names:
        found = [one for one in recordings if any(fnmatch(one.name, name) for name in names)]
        if not found:
            known = did_you_mean(names[0], [one.name for one in recordings])
            raise UsageError(f"--recording {' --recording '.join(names)}: no recording has this name{known}")
        return found
    if len(recordings) > 1:
        first = recordings[0].name
        click.echo(f"emgctl: {first} is the first of {len(recordings)} recordings; --recording takes others", err=True)
    return list(recordings[:1])


def default_out(data: str, what: str, ending: str = ".html", recording: Recording | None = None) -> Path:
    """A file in this folder, named after the data, or after one recording of several in it."""
    name = data.rpartition(":")[2] if recording is None else recording.name
    stem = re.sub(r"[^\w.-]+", "-", Path(name).resolve().stem) or "recording"
    return Path(f"{stem}.{what}{ending}")


def show_parts(
    parts: Sequence[Part], result: Mapping[str, Any], written: Sequence[Path], json_path: Path | None
) -> None:
    """Print the tables for people and write the result for programs; on stdout there is only one of the two."""
    from rich.console import Console
    from rich.table import Table as Printed

    from emgctl.explore.page import Table
    from emgctl.support.atomic_write import write_text
    from emgctl.support.json_text import json_text

    only_json = json_path is not None and str(json_path) == "-"
    console = Console(stderr=only_json)
    for part in parts:
        if isinstance(part, Table):
            table = Printed(*part.columns, title=part.title, title_justify="left")
            for row in part.rows:
                table.add_row(*row)
            console.print(table)
    for path in written:
        click.echo(str(path), err=only_json)
    if json_path is not None:
        write_text(json_path, json_text(result))
