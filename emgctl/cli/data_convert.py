"""``emgctl data convert``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from emgctl.cli.options import Number
from emgctl.cli.stating_options import stating_options

if TYPE_CHECKING:
    from emgctl.types import Recording


@click.command()
@click.argument("paths", metavar="[KIND:]DATA...", nargs=-1, required=True)
@click.option(
    "-o", "--out", required=True, type=click.Path(path_type=Path), help="A file (.h5, .bdf, raw.fif ...) or a folder."
)
@click.option(
    "--to",
    metavar="FORMAT",
    default="",
    help="h5 (emgctl's own), bids, edf, bdf, parquet or mat; by default what the name of --out ends in, else h5.",
)
@stating_options
@click.option(
    "--microvolts-per-count",
    type=Number(min=0, min_open=True),
    metavar="UV",
    help="For raw.fif: what one of the device's counts is.",
)
def convert(paths: tuple[str, ...], out: Path, to: str, microvolts_per_count: float | None) -> None:
    """Write recordings of any format as emgctl's own files (HDF5), as a BIDS data set, or in other formats.

    A file whose name ends in raw.fif is MNE-Python's; it needs the extra mne.

    \b
    Examples:
      emgctl data convert edf:monday.edf --out monday.h5
      emgctl data convert ninapro:DB5 --out db5
      emgctl data convert db5 --to bids --out db5-bids
      emgctl data convert session.h5 --out session_raw.fif --microvolts-per-count 0.2
    """
    from emgctl.cli.progress import progress_bar
    from emgctl.errors import UsageError
    from emgctl.recording.convert import convert as write
    from emgctl.recording.datasets import read_dataset
    from emgctl.recording.formats import check_format, unwritten
    from emgctl.registry import Registry

    if out.suffix != ".fif" and microvolts_per_count is not None:
        raise UsageError("--microvolts-per-count is for a file that ends in raw.fif; emgctl's own keep counts")
    if to:
        check_format(to)
        if out.suffix == ".fif":
            raise UsageError(f"{out}: its name does not end in .{to}; name such a file, or a folder")
    registry = Registry()
    recordings = [recording for path in paths for recording in read_dataset(path, registry)]
    if out.suffix == ".fif":
        _as_fif(recordings, out, microvolts_per_count)
        written = [out]
    else:
        with progress_bar() as show:
            written = write(recordings, out, lambda done, total: show("converting", done, total), to)
        if written[0].suffix != ".h5":
            for what in dict.fromkeys(what for one in recordings for what in unwritten(one)):
                click.echo(f"emgctl: warning: {what} is not written in this format; --to h5 keeps it", err=True)
    for path, recording in zip(written, recordings, strict=True):
        click.echo(f"{path}: {recording.duration_s:g} s of {recording.source}")


def _as_fif(recordings: list[Recording], out: Path, microvolts_per_count: float | None) -> None:
    import warnings

    from emgctl.errors import UsageError
    from emgctl.recording.mne import CountsWarning, write_fif

    if len(recordings) > 1:
        raise UsageError(f"{len(recordings)} recordings can't go into one file; convert one at a time")
    with warnings.catch_warnings(record=True, action="always", category=CountsWarning) as found:
        write_fif(out, recordings[0], microvolts_per_count)
    for one in found:
        click.echo(f"emgctl: warning: {one.message}", err=True)
