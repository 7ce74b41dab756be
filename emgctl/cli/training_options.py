"""What ``emgctl train`` and ``emgctl eval`` share: arguments, options and checks before hours of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emgctl.cli.options import Decorator, Number
from emgctl.cli.renamed import RenamedOption

if TYPE_CHECKING:
    from emgctl.support.preconditions import Progress
    from emgctl.types import Recording

data_argument: Decorator = click.argument("data", nargs=-1, required=True, metavar="[KIND:]DATA...")
split_option: Decorator = click.option("--split", "split_text", metavar="SPLIT", help="What is tested; see above.")
hop_option: Decorator = click.option(
    "--hop-ms", type=Number(min=0, min_open=True), help="Time from one window to the next."
)
json_option: Decorator = click.option(
    "--json",
    "json_path",
    type=click.Path(path_type=Path, allow_dash=True),
    help="Write the result as JSON to this file, - for stdout.",
)


out_option: Decorator = click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path), help="The model file to write (ONNX)."
)
rest_option: Decorator = click.option(
    "--rest", metavar="LABEL", help="The label that means rest; default: one called so; '' for none."
)
preprocess_option: Decorator = click.option(
    "--preprocess", default="", metavar="STEP,...", help="What is filtered; see above."
)
reaction_guard_option: Decorator = click.option(
    "--reaction-guard",
    "guard_s",
    cls=RenamedOption,
    was="--guard",
    type=Number(0, 10),
    default=0.0,
    metavar="S",
    help="Leave out so many seconds after a change of label: where labels are cues, people react later.",
)
exclude_option: Decorator = click.option(
    "--exclude", multiple=True, metavar="GLOB", help="Leave out recordings of this name; may be repeated."
)


exclude_label_option: Decorator = click.option(
    "--exclude-label",
    "exclude_label",
    cls=RenamedOption,
    was="--without",
    multiple=True,
    metavar="LABEL",
    help="A gesture that is not in the set: it is not taught or tested. May be repeated.",
)


def read_data(
    arguments: Sequence[str], exclude: Sequence[str] = (), progress: Progress | None = None
) -> list[Recording]:
    """All recordings of all arguments, each ``PATH`` or ``KIND:PATH``, but those whose name matches a pattern.

    Without a ``progress`` to call, a bar is shown.

    Raises:
        UsageError: none is left, or one is given twice.
    """
    from emgctl.api.recordings import read_all
    from emgctl.cli.progress import progress_bar

    with nullcontext(progress) if progress else progress_bar() as shown:
        return list(read_all(*arguments, exclude=exclude, progress=shown))


def show(result: Mapping[str, Any], text: str, json_path: Path | None) -> None:
    """Print a result for people, and write it for programs; on stdout there is only one of the two."""
    from emgctl.support.atomic_write import write_text
    from emgctl.support.json_text import json_text

    click.echo(text, err=json_path is not None and str(json_path) == "-")
    if json_path is not None:
        write_text(json_path, json_text(result))
