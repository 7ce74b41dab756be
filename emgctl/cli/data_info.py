"""``emgctl data info``."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from emgctl.types import Recording

MOST_GROUPS = 12  # of repetitions that follow each other


@click.command()
@click.argument("paths", metavar="[KIND:]DATA...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def info(paths: tuple[str, ...], as_json: bool) -> None:
    """Summarize recordings: signal, duration, labels, repetitions, range and bad electrodes.

    \b
    Examples:
      emgctl data info session.h5
      emgctl data info emg4:cards --json
    """
    from emgctl.recording.datasets import read_dataset
    from emgctl.registry import Registry

    registry = Registry()
    rows = [_facts(recording) for path in paths for recording in read_dataset(path, registry, every_part=True)]
    if as_json:
        click.echo(json.dumps({"recordings": rows}, indent=2, allow_nan=False))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("recording", "session", "signal", "seconds", "labels (seconds)", "repetitions", "range")
    for row in rows:
        labels = ", ".join(f"{name} {seconds:g}" for name, seconds in row["labels_s"].items())
        extent = " .. ".join(f"{value:g}" for value in row["range"])
        repetitions = _summed_up(row["repetitions"])
        table.add_row(row["name"], row["session"], row["signal"], f"{row['seconds']:g}", labels, repetitions,
                      extent)  # fmt: skip
    Console().print(table)
    troubles = Counter(trouble for row in rows for trouble in row["troubles"])
    for row in rows:
        for source, facts in row["telemetry"].items():
            click.echo(f"{row['name']}: {source} reported {', '.join(facts['values'])} ({facts['rows']} times)")
            for note in facts["notes"]:
                click.echo(f"  {note['seconds']:9.3f} s  {note['text'] or 'recovered'}")
    for trouble, count in troubles.items():
        where = f" (in {count} of {len(rows)} recordings)" if len(rows) > 1 else ""
        click.echo(f"emgctl: warning: {trouble}{where}", err=True)


def _facts(recording: Recording) -> dict[str, Any]:
    import numpy as np

    from emgctl.recording.extent import assessed, value_range

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
        "range": list(value_range(recording.samples) or ()),
        "telemetry": {
            source: {
                "values": list(telemetry.names),
                "rows": len(telemetry.rows),
                "notes": [{"seconds": round(at / rate_hz, 3), "text": text} for at, text in telemetry.notes],
            }
            for source, telemetry in recording.telemetry.items()
        },
        "troubles": [str(trouble) for trouble in assessed(recording)],
    }


def _summed_up(numbers: list[int]) -> str:
    """Whole numbers in order, those that follow each other as their first and last."""
    groups: list[list[int]] = []
    for number in numbers:
        if groups and number == groups[-1][-1] + 1:
            groups[-1].append(number)
        else:
            groups.append([number])
    shown = [f"{one[0]} .. {one[-1]}" if len(one) > 2 else ", ".join(map(str, one)) for one in groups]
    more = f" and {len(shown) - MOST_GROUPS} more" if len(shown) > MOST_GROUPS else ""
    return ", ".join(shown[:MOST_GROUPS]) + more
