"""What the checks of the signal cost and miss: false alarms on real recordings, and how soon injected faults are found.

    python benchmarks/false_alarms.py --data shared/data [--only NAME ...] [--places 200] [--json FILE]

Plays every recording of every folder of DATA through emgctl.runtime.stream.stream_guard in blocks of 20 ms, and then
short pieces of them in which the device begins to hang at a random sample. An alarm in a recording counts as true
where the rows really repeat rows before them (they are shown): everything else is false.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from emgctl.errors import EmgctlError
from emgctl.recording.datasets import read_dataset
from emgctl.registry import Registry
from emgctl.runtime.stream.stream_guard import Fault, StreamGuard
from emgctl.types import Recording, SampleBlock, Samples, Signal

BLOCK_S = 0.02
BEFORE_S, AFTER_S = 3.0, 1.0  # of an injected fault
RATE_COLUMNS = {"myo_modes": 8}  # the columns behind these are no electrodes: time stamps
SAME_ROWS = 10  # rows in succession that are exactly those of up to two seconds before: a true alarm

Inject = Callable[[Samples, int], Samples]


def tail(count_s: float) -> Callable[[float], Inject]:
    """The last ``count_s`` seconds (0: the last sample) again and again."""

    def at(rate_hz: float) -> Inject:
        count = max(1, round(count_s * rate_hz))
        return lambda before, n: np.resize(before[-count:], (n, before.shape[1]))

    return at


def constant(value: Callable[[Samples], Any]) -> Callable[[float], Inject]:
    """A value a channel, or one row a sample."""
    return lambda _: lambda before, n: np.broadcast_to(value(before), (n, before.shape[1])).astype(np.float32)


def rail(before: Samples) -> float:
    """The end of the converter's range, as far as it can be seen."""
    largest = float(np.abs(before).max())
    return 127.0 if largest <= 128 else 1.5 * largest


def alternating(_: float) -> Inject:
    """From one end of the range to the other, sample by sample."""

    def inject(before: Samples, n: int) -> Samples:
        signs = np.where(np.arange(n) % 2, -1, 1)[:, None]
        return np.broadcast_to(signs * rail(before), (n, before.shape[1])).astype(np.float32)

    return inject


FAULTS: dict[str, Callable[[float], Inject]] = {
    "zeros": constant(lambda _before: 0.0),
    "all at the rail": constant(rail),
    "last sample": tail(0),
    "last 20 ms": tail(0.02),
    "last 50 ms": tail(0.05),
    "last 100 ms": tail(0.1),
    "last 200 ms": tail(0.2),
    "last 500 ms": tail(0.5),
    "alternating rails": alternating,
}
"""Of all electrodes. That of a single one is injected beside the signal that goes on."""


def recordings(folder: Path, registry: Registry) -> list[Recording]:
    """All that emgctl reads in a folder."""
    found = [one for file in sorted(folder.glob("*.npz")) or [folder] for one in read_dataset(str(file), registry)]
    columns = RATE_COLUMNS.get(folder.name)
    if columns is None:
        return found
    return [
        Recording(one.name, Signal(columns, one.signal.rate_hz), np.ascontiguousarray(one.samples[:, :columns]), "")
        for one in found
    ]


def faults(samples: Samples, signal: Signal) -> Iterator[tuple[int, Fault | None, StreamGuard]]:
    """The verdict on each block, with the index of its end."""
    guard = StreamGuard(signal, 0.05, live=False)
    size = max(1, round(BLOCK_S * signal.rate_hz))
    for start in range(0, len(samples), size):
        block = SampleBlock(samples[start : start + size], start, start / signal.rate_hz)
        verdict = guard.inspect(block)
        yield start + len(block.samples), verdict if isinstance(verdict, Fault) else None, guard


def repeated_rows(samples: Samples, end: int, rate_hz: float) -> tuple[int, int]:
    """How many rows before ``end`` are exactly those a period before, and that period, 0 where there is none."""
    best = (0, 0)
    for period in range(1, min(round(2 * rate_hz), end - 1) + 1):
        same = (samples[period:end] == samples[: end - period]).all(axis=1)[::-1]
        count = len(same) if same.all() else int(same.argmin())
        if count > best[0] and (samples[end - count : end] != samples[end - 1]).any():
            best = (count, period)
    return best


def alarms(name: str, found: list[Recording]) -> dict[str, Any]:
    """How often each kind of fault begins in recordings, and where."""
    rows: list[dict[str, Any]] = []
    bad: set[tuple[str, int, str]] = set()
    seconds = cost_s = 0.0
    for one in found:
        begun_s, before, size = time.process_time(), False, max(1, round(BLOCK_S * one.signal.rate_hz))
        for end, fault, guard in faults(one.samples, one.signal):
            bad |= {(one.name, place, what) for place, what in guard.bad_electrodes.items()}
            if fault is not None and not before:
                first = max(0, end - size)
                ends = range(first + 1, end + 1)
                count, period = max(repeated_rows(one.samples[: at + 1], at, one.signal.rate_hz) for at in ends)
                label = "" if one.labels is None else one.label_names[one.labels[end - 1]]
                rows.append({"recording": one.name, "at_s": end / one.signal.rate_hz, "kind": fault.kind,
                             "reason": fault.reason, "label": label, "rows_repeated": count, "period": period,
                             "true": count >= SAME_ROWS})  # fmt: skip
            before = fault is not None
        cost_s += time.process_time() - begun_s
        seconds += one.duration_s
    false = [row for row in rows if not row["true"]]
    return {
        "set": name,
        "hours": seconds / 3600,
        "false": dict(Counter(row["kind"] for row in false)),
        "false_in_gestures": sum(row["label"] not in ("", "rest") for row in false),
        "true": len(rows) - len(false),
        "true_in_gestures": sum(row["true"] and row["label"] not in ("", "rest") for row in rows),
        "warned": len(bad),
        "percent_of_a_core": 100 * cost_s / seconds,
        "rows": rows,
        "bad": sorted(bad),
    }


def delays(found: list[Recording], places: int, seed: int = 18) -> dict[str, dict[str, float]]:
    """How soon each injected fault is found, in seconds from its first sample to the verdict."""
    rng = np.random.default_rng(seed)
    usable = [one for one in found if one.duration_s > 2 * BEFORE_S]
    results = {}
    single = {f"one electrode: {name}": make for name, make in FAULTS.items() if "rail" in name}
    for name, make in (FAULTS | single).items():
        took: list[float] = []
        for _ in range(places if usable else 0):
            one = usable[rng.integers(len(usable))]
            rate_hz = one.signal.rate_hz
            count, after = round(BEFORE_S * rate_hz), round(AFTER_S * rate_hz)
            onset = int(rng.integers(count, len(one.samples) - after))
            head = one.samples[onset - count : onset]
            broken = make(rate_hz)(head, after)
            if name in single:
                electrode, whole = rng.integers(one.signal.channels), one.samples[onset : onset + after].copy()
                whole[:, electrode] = broken[:, electrode]
                broken = whole
            ends = (
                end for end, fault, _ in faults(np.concatenate((head, broken)), one.signal) if fault and end > count
            )
            took.append((next(ends, np.inf) - count) / rate_hz)
        if took:
            times = np.sort(took)
            results[name] = {
                "places": len(times),
                "found": float(np.isfinite(times).mean()),
                "p50_s": float(times[int(0.5 * (len(times) - 1))]),
                "p99_s": float(times[int(np.ceil(0.99 * (len(times) - 1)))]),
                "max_s": float(times[-1]),
            }
    return results


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", nargs="*", default=[], help="folders of DATA")
    parser.add_argument("--places", type=int, default=200, help="at which each fault is injected, for each folder")
    parser.add_argument("--json", type=Path, help="write all figures, with every alarm")
    options = parser.parse_args()
    logging.disable()  # each electrode's warning is counted instead
    registry, results = Registry(), []
    for folder in sorted(one for one in options.data.iterdir() if one.is_dir()):
        if options.only and folder.name not in options.only:
            continue
        try:
            found = recordings(folder, registry)
        except EmgctlError as error:
            print(f"{folder.name}: not read: {error}", flush=True)
            continue
        row = alarms(folder.name, found)
        row["delays"] = delays(found, options.places)
        results.append(row)
        report(row)
    total = sum(row["hours"] for row in results)
    false = sum(sum(row["false"].values()) for row in results)
    print(f"all: {total:.2f} h, {false} false alarms, {false / total if total else 0:.3f} an hour")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


def report(row: dict[str, Any]) -> None:
    """Print what was found in one folder."""
    print(f"{row['set']}: {row['hours']:.3f} h, false alarms {sum(row['false'].values())} {row['false'] or ''}, in "
          f"gestures {row['false_in_gestures']}; true alarms {row['true']}, in gestures {row['true_in_gestures']}; "
          f"electrodes warned of {row['warned']}; {row['percent_of_a_core']:.1f} % of a core", flush=True)  # fmt: skip
    for one in row["rows"]:
        what = f"{one['rows_repeated']} rows repeat with a period of {one['period']}" if one["true"] else "FALSE"
        print(f"  {one['recording']} at {one['at_s']:.2f} s ({one['label'] or 'no label'}): {one['reason']} [{what}]")
    for name, figures in row["delays"].items():
        found = f"{100 * figures['found']:5.1f} % of {figures['places']:.0f}"
        times = " ".join(f"{key} {figures[f'{key}_s']:.3f}" for key in ("p50", "p99", "max"))
        print(f"  {name:36s} found {found}, after {times} s", flush=True)


if __name__ == "__main__":
    main()
