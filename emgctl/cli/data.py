"""``emgctl data``."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from emgctl.types import Recording


@click.group()
def data() -> None:
    """Look into recordings and data sets.

    \b
    Example:
      emgctl data info session.h5
    """


@data.command()
@click.argument("paths", metavar="[KIND:]DATA...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def info(paths: tuple[str, ...], as_json: bool) -> None:
    """Say what recordings hold: signal, duration, labels, repetitions and range, and which electrodes are bad.

    \b
    Examples:
      emgctl data info session.h5
      emgctl data info emg4:cards --json
    """
    from emgctl.recording.datasets import read_dataset
    from emgctl.registry import Registry

    registry = Registry()
    rows = [_facts(recording) for path in paths for recording in read_dataset(path, registry)]
    if as_json:
        click.echo(json.dumps({"recordings": rows}, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("recording", "session", "signal", "seconds", "labels (seconds)", "repetitions", "range")
    for row in rows:
        labels = ", ".join(f"{name} {seconds:g}" for name, seconds in row["labels_s"].items())
        low, high = row["range"]
        repetitions = ", ".join(map(str, row["repetitions"]))
        table.add_row(row["name"], row["session"], row["signal"], f"{row['seconds']:g}", labels, repetitions,
                      f"{low:g} .. {high:g}")  # fmt: skip
    Console().print(table)
    troubles = Counter(trouble for row in rows for trouble in row["troubles"])
    for row in rows:
        for source, facts in row["told"].items():
            click.echo(f"{row['name']}: {source} told {', '.join(facts['values'])} ({facts['rows']} times)")
            for note in facts["notes"]:
                click.echo(f"  {note['seconds']:9.3f} s  {note['text'] or 'well again'}")
    for trouble, count in troubles.items():
        where = f" (in {count} of {len(rows)} recordings)" if len(rows) > 1 else ""
        click.echo(f"emgctl: warning: {trouble}{where}", err=True)


@data.command()
@click.argument("paths", metavar="[KIND:]DATA...", nargs=-1, required=True)
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="A file (.h5) or a folder.")
def convert(paths: tuple[str, ...], out: Path) -> None:
    """Write recordings of any format as emgctl's own files (HDF5), with labels, repetitions, session and subject.

    \b
    Examples:
      emgctl data convert edf:monday.edf --out monday.h5
      emgctl data convert ninapro:DB5 --out db5
    """
    from emgctl.cli.progress import progress_bar
    from emgctl.recording.convert import convert as write
    from emgctl.recording.datasets import read_dataset
    from emgctl.registry import Registry

    registry = Registry()
    recordings = [recording for path in paths for recording in read_dataset(path, registry)]
    with progress_bar() as show:
        written = write(recordings, out, lambda done, total: show("converting", done, total))
    for path, recording in zip(written, recordings, strict=True):
        click.echo(f"{path}: {recording.duration_s:g} s of {recording.source}")


def _facts(recording: Recording) -> dict[str, Any]:
    import numpy as np

    from emgctl.quality import assess

    rate_hz = recording.signal.rate_hz
    labels_s = {}
    if recording.labels is not None:
        for number, name in enumerate(recording.label_names):
            if count := int((recording.labels == number).sum()):
                labels_s[name] = round(count / rate_hz, 3)
    repetitions = [] if recording.repetitions is None else np.unique(recording.repetitions).tolist()
    return {
        "name": recording.name,
        "source": recording.source,
        "session": recording.session,
        "subject": recording.subject,
        "signal": str(recording.signal),
        "channels": recording.signal.channels,
        "rate_hz": rate_hz,
        "unit": recording.signal.unit,
        "samples": len(recording.samples),
        "seconds": round(recording.duration_s, 3),
        "labels_s": labels_s,
        "repetitions": repetitions,
        "range": [float(recording.samples.min()), float(recording.samples.max())],
        "told": {
            source: {
                "values": list(told.names),
                "rows": len(told.rows),
                "notes": [{"seconds": round(at / rate_hz, 3), "text": text} for at, text in told.notes],
            }
            for source, told in recording.told.items()
        },
        "troubles": [str(trouble) for trouble in assess(recording.samples, recording.signal)],
    }


@data.command()
@click.argument("name", required=False)
@click.option("--into", type=click.Path(path_type=Path), default=Path(), help="The folder; default: this one.")
def fetch(name: str | None, into: Path) -> None:
    """Download a known data set; without NAME, say which are known. A download that was cut goes on.

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
    click.echo(f"{one.source}\nlicence: {one.licence}; about {one.megabytes} MB from {one.url}", err=True)
    with progress_bar() as show:
        path = download(one, into, lambda done, total: show("MB", done >> 20, total >> 20))
    click.echo(f"{path}: complete, and its sha256 is right")
