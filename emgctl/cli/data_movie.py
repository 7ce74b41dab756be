"""``emgctl data movie``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emgctl.cli.exploring_options import recording_option, seconds_option, start_option
from emgctl.cli.options import Number
from emgctl.cli.stating_options import stating_options
from emgctl.cli.training_options import read_data
from emgctl.support.preconditions import check_writable

if TYPE_CHECKING:
    from emgctl.types import PoseTrack


class Size(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """``WIDTHxHEIGHT`` in pixels."""

    name = "size"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "WxH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, tuple):
            return value
        width, _, height = value.partition("x")
        if not (width.isdecimal() and height.isdecimal()):
            self.fail(f"'{value}' is not a size in pixels such as 480x360", param, ctx)
        return int(width), int(height)


@click.command()
@click.argument("data", metavar="[KIND:]DATA")
@click.option(
    "--model", type=click.Path(path_type=Path), metavar="MODEL.onnx", help="A pose model, whose predictions are drawn."
)
@click.option(
    "--predicted", "predicted_data", metavar="[KIND:]DATA", help="A recording with the predicted pose instead."
)
@recording_option
@start_option
@seconds_option
@stating_options
@click.option("--fps", type=Number(1, 100), default=25.0, show_default=True, help="Frames a second.")
@click.option("--size", type=Size(), default="480x360", show_default=True, help="Of a frame.")
@click.option("--left", is_flag=True, help="Draw a left hand.")
@click.option("-o", "--out", type=click.Path(path_type=Path), metavar="FILE", help="The video: .mp4 or .gif.")
def movie(
    data: str,
    model: Path | None,
    predicted_data: str | None,
    names: tuple[str, ...],
    start_s: float,
    seconds: float | None,
    fps: float,
    size: tuple[int, int],
    left: bool,
    out: Path | None,
) -> None:
    """Draw the hand of a recording's pose as a video, or the true hand beside the predicted one with their distance.

    A model predicts step by step from the beginning of the recording, as in a run. A glove's
    sensors become angles first. Without --out a film (.mp4) is written to this folder, named after the
    data; .mp4 needs the extra movie.

    \b
    Examples:
      emgctl data movie session.h5 --seconds 30
      emgctl data movie ninapro:DB5/S1_E1.mat --model hand.onnx --start 60 --seconds 20 --out s1.gif
    """
    from dataclasses import replace

    from emgctl.cli.exploring_options import chosen, default_out
    from emgctl.cli.progress import progress_bar
    from emgctl.errors import UsageError
    from emgctl.explore.decode import decode_with
    from emgctl.explore.view import view
    from emgctl.handmodel.drawing.movie import movie as film
    from emgctl.handmodel.track import in_radians

    if model is not None and predicted_data is not None:
        raise UsageError("--model and --predicted both give the predicted pose; use one of them")
    every = read_data([data])
    recording, *others = chosen(every, names)
    if others:
        raise UsageError(f"a video shows one recording, but --recording matches {1 + len(others)}")
    path = out or default_out(data, "hand", ".mp4", recording if len(every) > 1 else None)
    check_writable(path, read=[data, model, predicted_data])
    seen = view(recording, in_radians([recording])[0], start_s, seconds)
    rate_hz, predicted = recording.signal.rate_hz, None
    first, count = round(seen.begin_s * rate_hz), len(seen.recording.samples)
    if predicted_data is not None:
        predicted = _predicted(predicted_data, seen.begin_s, count, rate_hz)
    if model is not None:
        decoded = decode_with(model, replace(recording, samples=recording.samples[: first + count]))
        predicted = replace(decoded, values=decoded.values[first:])
    if seen.pose is None and predicted is None:
        raise UsageError(f"{recording.name} has no pose; record one with a glove, or predict it with --model")
    with progress_bar() as progress:
        frames = film(path, seen.pose, predicted, rate_hz, fps, size, "left" if left else "right", progress)
    click.echo(f"{path}: {frames} frames, {count / rate_hz:g} s")


def _predicted(data: str, begin_s: float, count: int, rate_hz: float) -> PoseTrack:
    """The pose of the first recording that has one, at ``count`` times from ``begin_s`` on.

    Raises:
        UsageError: there is none, or it ends before.
    """
    from dataclasses import replace

    import numpy as np

    from emgctl.errors import UsageError
    from emgctl.handmodel.track import in_radians

    recordings = read_data([data])
    for recording, track in zip(recordings, in_radians(recordings), strict=True):
        if track is not None:
            at = ((begin_s + np.arange(count) / rate_hz) * recording.signal.rate_hz + 1e-6).astype(np.int64)
            if at[-1] > len(track.values):
                raise UsageError(f"--predicted {data} ends at {recording.duration_s:g} s, before the true pose")
            return replace(track, values=track.values[np.minimum(at, len(track.values) - 1)])
    raise UsageError(f"--predicted {data} has no pose")
