"""``emgctl data plot``."""

from __future__ import annotations

from pathlib import Path

import click

from emgctl.cli.exploring_options import out_option, recording_option, seconds_option, start_option
from emgctl.cli.stating_options import stating_options
from emgctl.cli.training_options import json_option, read_data
from emgctl.support.preconditions import check_writable, needs_train_extra


@click.command()
@click.argument("data", metavar="[KIND:]DATA")
@recording_option
@start_option
@seconds_option
@stating_options
@out_option
@json_option
def plot(
    data: str,
    names: tuple[str, ...],
    start_s: float,
    seconds: float | None,
    outs: tuple[Path, ...],
    json_path: Path | None,
) -> None:
    """Draw a recording: its signals, their spectrum and strength, its labels, and the hand's joint angles.

    Each channel's RMS, peak and median frequency are printed, too. Without --out a page is written to this folder,
    named after the data. What is longer than the picture is wide is thinned by its extremes: no peak is lost.

    \b
    Examples:
      emgctl data plot session.h5
      emgctl data plot ninapro:DB5 --recording "S3*" --start 60 --seconds 20 --out s3.html --out s3.png
    """
    needs_train_extra("data plot", "matplotlib", "scipy")
    from emgctl.api.plots import plot as draw
    from emgctl.cli.exploring_options import chosen, default_out, show_parts
    from emgctl.cli.progress import progress_bar
    from emgctl.explore.page import check_endings

    check_endings(outs)
    check_writable(*outs, json_path, read=[data])
    every = read_data([data])
    recordings = chosen(every, names)
    title = recordings[0].name if len(recordings) == 1 else data
    with progress_bar() as progress:
        drawn = draw(recordings, start_s=start_s, seconds=seconds, title=title, progress=progress)
    one_of_many = recordings[0] if len(every) > len(recordings) == 1 else None
    outs = outs or (default_out(data, "plot", recording=one_of_many),)
    drawn.save(*outs)
    show_parts(drawn.parts, drawn.figures, outs, json_path)
