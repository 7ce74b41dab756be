"""``emgctl data info``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from emgctl.cli.stating_options import stating_options
from emgctl.support.json_text import json_text

if TYPE_CHECKING:
    from emgctl.types import Recording, Samples

MOST_ROWS = 40  # recordings that are listed one by one
MOST_LABELS = 12  # labels and ranges of a recording that are listed
ROWS = 1 << 16  # samples that are looked at at a time


@click.command()
@click.argument("paths", metavar="[KIND:]DATA...", nargs=-1, required=True)
@stating_options
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
        click.echo(json_text({"recordings": rows}), nl=False)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("recording", "session", "signal", "seconds", "labels (seconds)", "repetitions", "range")
    shown = rows if len(rows) <= MOST_ROWS else rows[: MOST_ROWS - 1]
    for row in shown:
        low, high = row["range"]
        table.add_row(row["name"], row["session"], row["signal"], f"{row['seconds']:g}", _labels(row["labels_s"]),
                      _ranges(row["repetitions"]), "" if low is None else f"{low:g} .. {high:g}")  # fmt: skip
    if len(rows) > len(shown):
        total = Counter[str]()
        for row in rows:
            total.update(row["labels_s"])
        table.add_section()
        table.add_row(f"all {len(rows)}", "", "", f"{sum(row['seconds'] for row in rows):g}", _labels(total))
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


def _labels(seconds: Mapping[str, float]) -> str:
    """Labels with their seconds; of many only the first."""
    found = [f"{name} {time:g}" for name, time in seconds.items()]
    most = len(found) if len(found) <= MOST_LABELS else MOST_LABELS - 1
    return ", ".join(found[:most]) + (f" and {len(found) - most} more" if len(found) > most else "")


def _ranges(numbers: Sequence[int]) -> str:
    """Rising numbers, those in a row as a range: "1-85, 90"."""
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in found[:MOST_LABELS]) + (
        f" and {len(numbers)} in all" if len(found) > MOST_LABELS else ""
    )


def _facts(recording: Recording) -> dict[str, Any]:
    import numpy as np

    from emgctl.recording.extent import assessed

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
        "range": _range(recording.samples),
        "telemetry": {
            source: {
                "values": list(telemetry.names),
                "rows": len(telemetry.rows),
                "notes": [{"seconds": round(at / rate_hz, 3), "text": text} for at, text in telemetry.notes],
            }
            for source, telemetry in recording.telemetry.items()
        },
        "names": list(recording.signal.names),
        "notes": list(recording.notes),
        "troubles": [str(trouble) for trouble in assessed(recording)],
    }


def _range(samples: Samples) -> list[float | None]:
    """The lowest and highest value, None where there are none; NaN is a gap."""
    import numpy as np

    low, high = np.inf, -np.inf
    for begin in range(0, len(samples), ROWS):
        part = np.asarray(samples[begin : begin + ROWS])
        if not np.isnan(part).all():
            low, high = min(low, float(np.nanmin(part))), max(high, float(np.nanmax(part)))
    return [low, high] if low <= high else [None, None]
