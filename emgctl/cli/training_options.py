"""What ``emgctl train`` and ``emgctl eval`` share: arguments, options and checks before hours of work."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emgctl.cli.options import Decorator
from emgctl.errors import FileError, UsageError, missing_extra

if TYPE_CHECKING:
    from emgctl.types import Recording

data_argument: Decorator = click.argument("data", nargs=-1, required=True, metavar="[KIND:]DATA...")
split_option: Decorator = click.option("--split", "split_text", metavar="SPLIT", help="What is tested; see above.")
hop_option: Decorator = click.option(
    "--hop-ms", type=click.FloatRange(min=0, min_open=True), help="Time from one window to the next."
)
json_option: Decorator = click.option(
    "--json",
    "json_path",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write the result as JSON to this file, - for stdout.",
)


exclude_option: Decorator = click.option(
    "--exclude", multiple=True, metavar="GLOB", help="Leave out recordings of this name; may be repeated."
)


without_option: Decorator = click.option(
    "--without",
    multiple=True,
    metavar="LABEL",
    help="A gesture that is not in the set: it is not taught or tested. May be repeated.",
)


def needs_train_extra(command: str, *packages: str) -> None:
    """Check that the packages of the ``train`` extra are there.

    Raises:
        DeviceError: one is missing, with the command that installs it.
    """
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise missing_extra(f"emgctl {command}", package, "train")


def check_writable(*paths: Path | None) -> None:
    """Check that files can be written, before the work whose result they are to hold.

    Raises:
        FileError: the folder does not exist or may not be written to, or the path is a folder.
    """
    import os

    for path in paths:
        if path is None or str(path) == "-":
            continue
        if path.is_dir():
            raise FileError(path, "can't be written: it is a folder", remedy="name a file")
        if not path.parent.is_dir():
            raise FileError(path, "can't be written: its folder does not exist")
        if not os.access(path.parent, os.W_OK):
            raise FileError(path, "can't be written: its folder is read-only for you")


def read_data(arguments: Sequence[str], exclude: Sequence[str] = ()) -> list[Recording]:
    """All recordings of all arguments, each ``PATH`` or ``KIND:PATH``, but those whose name matches a pattern.

    Raises:
        UsageError: none is left, or one is given twice.
    """
    from emgctl.cli.progress import progress_bar
    from emgctl.recording.datasets import read_dataset
    from emgctl.recording.progress import watched

    with progress_bar() as progress, watched(progress):
        read = [read_dataset(argument) for argument in arguments]
    found: list[Recording] = []
    for recordings in read:
        if twice := {one.source for one in found} & {one.source for one in recordings}:
            raise UsageError(f"{min(twice)} is given twice, so that a test would leak; give it once")
        found += recordings
    kept = [one for one in found if not any(fnmatch(one.name, pattern) for pattern in exclude)]
    if not kept:
        raise UsageError(f"--exclude {' --exclude '.join(exclude)} leaves no recording")
    return kept


def warn_of_leaks(result: Mapping[str, Any]) -> None:
    """Print what makes a result too good, where a result that is piped elsewhere does not hide it."""
    for sentence in result["warnings"]:
        click.echo(f"emgctl: warning: {sentence}", err=True)


def show(result: Mapping[str, Any], text: str, json_path: Path | None) -> None:
    """Print a result for people, and write it for programs; on stdout there is only one of the two."""
    from emgctl.support.atomic_write import write_text

    click.echo(text, err=json_path is not None and str(json_path) == "-")
    if json_path is not None:
        write_text(json_path, json.dumps(result, indent=2) + "\n")
