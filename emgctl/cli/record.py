"""``emgctl record``."""

from __future__ import annotations

from pathlib import Path

import click

from emgctl.cli.message_times import show_times
from emgctl.cli.options import Number, input_option, profile_option
from emgctl.cli.stating_options import stating_options


@click.command()
@profile_option
@input_option
@stating_options
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="The recording to write (HDF5).")
@click.option("--duration", "duration_s", type=Number(min=0, min_open=True), help="Stop after this many seconds.")
@click.option("--label", default="", help="The gesture that is made throughout; default: as the input knows it.")
def record(profile_path: Path, input_override: str | None, out: Path, duration_s: float | None, label: str) -> None:
    """Record a profile's input to a file, without decoding it.

    Inputs that know what is made (synthetic, replay of a labeled recording) have it recorded as labels.

    Ctrl-C ends the recording. A lost device is reconnected, and the gap is recorded; --duration counts
    on meanwhile.

    \b
    Example:
      emgctl record --profile alice.yaml --out fist.h5 --label fist --duration 5
    """
    from emgctl.profile.load import load_profile
    from emgctl.recording.record import record_input
    from emgctl.registry import Registry

    profile = load_profile(profile_path, Registry(), input_override)
    show_times()
    seconds = record_input(profile.input, out, profile.user, duration_s, label, profile.motion)
    click.echo(f"{out}: {seconds:.2f} s recorded")
