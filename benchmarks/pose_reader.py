"""How fast emg2pose files are read: every sample and every angle once, as a multiple of the time they were recorded in.

    python benchmarks/pose_reader.py [--users 3] [--stages 2] [--seconds 60]     # at least 500 times

The files are simulated, of the published layout and size (scripts/make_emg2pose.py): once with their rows one behind
the other, which are mapped, and once in compressed chunks as the published ones are, which are decoded the first time
and from then on mapped from the cache. "memory_mb" is what this process then holds itself, beside mapped files.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "scripts"))

from make_emg2pose import make

from emgctl.recording.datasets import read_dataset
from emgctl.registry import Registry

BAR = 500.0
PIECE = 20_000  # samples that are looked at at once


def resident_mb() -> float:
    """The memory that is this process's own and not a file's, at present; Linux only."""
    status = Path("/proc/self/status")
    if not status.exists():
        return float("nan")
    return float(status.read_text(encoding="utf-8").partition("RssAnon:")[2].split()[0]) / 1024


def measure(folder: Path, registry: Registry) -> dict[str, float]:
    """Open the recordings of a folder and look at everything once."""
    before_mb, began_s = resident_mb(), time.perf_counter()
    recordings = read_dataset(f"emg2pose:{folder}", registry)
    opened_s = time.perf_counter() - began_s
    opened_mb, total = resident_mb(), 0.0
    for one in recordings:
        assert one.pose is not None
        for first in range(0, len(one.samples), PIECE):
            total += float(np.abs(one.samples[first : first + PIECE]).sum())
            total += float(np.nansum(one.pose.values[first : first + PIECE]))
    whole_s = time.perf_counter() - began_s
    recorded_s = sum(one.duration_s for one in recordings)
    assert np.isfinite(total)
    return {
        "recorded_s": recorded_s,
        "open_s": round(opened_s, 4),
        "open_and_read_s": round(whole_s, 4),
        "realtime_factor": round(recorded_s / whole_s),
        "memory_mb": round(max(opened_mb, resident_mb()) - before_mb, 1),
    }


def main() -> int:
    """Print JSON; 1 where the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=3)
    parser.add_argument("--stages", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    registry = Registry()
    registry.dataset("emg2pose")  # loading plugins is not reading
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as name:
        os.environ["EMGCTL_CACHE"] = str(Path(name) / "cache")
        for kind, compressed in (("mapped", False), ("compressed", True)):
            folder = Path(name) / kind
            make(folder, options.users, options.stages, options.seconds, compressed=compressed)
            measure_twice = ("first", "again") if compressed else ("first",)
            for turn in measure_twice:
                found[f"{kind}_{turn}" if compressed else kind] = measure(folder, registry)
            found[f"{kind}_files"] = {"mb": round(sum(one.stat().st_size for one in folder.iterdir()) / 1e6, 1)}
    print(json.dumps(found, indent=2))
    return int(any(found[kind]["realtime_factor"] < BAR for kind in ("mapped", "compressed_again")))


if __name__ == "__main__":
    sys.exit(main())
