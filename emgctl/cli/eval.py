"""``emgctl eval``."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from emgctl.cli.training_options import (
    check_writable,
    data_argument,
    hop_option,
    json_option,
    needs_train_extra,
    read_data,
    show,
    split_option,
)


@click.command("eval")
@click.argument("model_path", metavar="MODEL", type=click.Path(path_type=Path))
@data_argument
@split_option
@hop_option
@json_option
@click.option("--report", "page", type=click.Path(path_type=Path), help="Write a report with pictures (HTML).")
def eval_(
    model_path: Path,
    data: tuple[str, ...],
    split_text: str | None,
    hop_ms: float | None,
    json_path: Path | None,
    page: Path | None,
) -> None:
    """Evaluate a model file on recordings, as it will decode live.

    Everything in DATA is tested, or with --split only that split's test part; the words are those of emgctl train.
    Window and, unless --hop-ms says otherwise, hop are the model's.

    \b
    Examples:
      emgctl eval alice.onnx next_day.h5
      emgctl eval cards.onnx emg4:cards --split blocked --json result.json --report result.html
    """
    from emgctl.cli.progress import progress_bar
    from emgctl.model import Model
    from emgctl.training.evaluation import evaluate
    from emgctl.training.report import as_text, write_report
    from emgctl.training.splits import parse_split

    check_writable(page, json_path)
    needs_train_extra("eval", "sklearn", *(["matplotlib"] if page is not None else []))
    model = Model.load(model_path, kind="classifier")
    split = None if split_text is None else parse_split(split_text, model.card.seed)
    with progress_bar() as progress:
        result = evaluate(model, read_data(data), split, hop_ms, partial(progress, "eval"))
    for warning in result["warnings"]:
        click.echo(f"emgctl: warning: {warning}", err=True)
    if split is not None and split.leaks:
        click.echo(f"emgctl: warning: split '{split.text}': {split.said}", err=True)
    lines = [as_text(result)]
    if page is not None:
        write_report(page, result, {}, pictures_beside=False)
        lines.append(f"{'report':18} {page}")
    show(result, "\n".join(lines), json_path)
