"""Memory and files of a long run: the demo's minute in a loop, at full speed, with log, OSC and a recording in parts.

    python benchmarks/endurance.py --hours 24

It prints the resident memory at the end of each hour of the sample clock, and at last how much the last hour differs
from the second, the size of the log and of all its lines, and of the recordings, of which only the two newest parts
are kept. The exit status is 1 if memory has grown by more than 2 %, or the log has not stayed within its bounds.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

import emgctl
from emgctl_log import read_log

PROFILES = Path(__file__).parents[1] / "profiles"
PROFILE = """
emgctl: 1
user: demo
input: {{kind: replay, path: demo.h5, loop: true}}
decoder:
  kind: classifier
  model: demo.onnx
  postprocessing: {{smoothing: mean, smoothing_windows: 3, enter: 0.6, stay: 0.4, min_dwell_s: 0.1}}
mapping:
  fist: [{{do: hold, button: a}}]
  flexion: [{{do: axis, axis: left_x, value: -1}}]
  radial: [{{do: proportional, axis: right_trigger}}]
outputs:
  - {{kind: log, path: log.jsonl}}
  - {{kind: osc, port: {port}}}
safety: {{stale_after_s: 2}}
"""
HOUR_S = 3600.0
MOST_GROWTH = 0.02
MOST_LOG_MB = 65.0


class Sizes:
    """Watches a folder in a thread: recorded megabytes, of which only the newest are kept, and memory by the hour."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.recorded_mb, self.parts, self.log_mb = 0.0, 0, 0.0
        self.rss_mb: list[float] = []

    def look(self, last: bool = False) -> None:
        """Note the memory when a recording, which is an hour, is full; count and remove it later."""
        recordings = sorted(self._folder.glob("day-*.h5"))
        hours = self.parts + len(recordings) - 1
        if hours > len(self.rss_mb):
            self.rss_mb.append(resident_mb())
            print(f"hour {hours:3}: {self.rss_mb[-1]:7.1f} MB of memory, {self.log_mb:5.1f} MB of log", flush=True)
        for one in recordings[: None if last else -2]:
            self.recorded_mb += one.stat().st_size / 1e6
            self.parts += 1
            one.unlink()
        sizes = []
        for one in self._folder.glob("log*"):
            try:
                sizes.append(one.stat().st_size / 1e6)
            except FileNotFoundError:  # compressed or removed meanwhile
                continue
        self.log_mb = max(self.log_mb, sum(sizes))


def resident_mb(process: int | str = "self") -> float:
    """The memory of a process, by default this one (Linux)."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--hours", type=float, default=24.0, help="hours of the sample clock")
    hours = parser.parse_args().hours
    with tempfile.TemporaryDirectory() as name, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        folder = Path(name)
        receiver.bind(("127.0.0.1", 0))
        for one in ("demo.h5", "demo.onnx"):
            shutil.copy(PROFILES / one, folder)
        (folder / "p.yaml").write_text(PROFILE.format(port=receiver.getsockname()[1]))
        sys.exit(measure(folder, hours))


def measure(folder: Path, hours: float) -> int:
    """Print the figures; returns the exit status."""
    sizes, over = Sizes(folder), threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            sizes.look()

    watching = threading.Thread(target=watch)
    watching.start()
    begun_s, cpu_s = time.perf_counter(), time.process_time()
    try:
        stats = emgctl.run(
            folder / "p.yaml", speed="max", duration=hours * HOUR_S, record=folder / "day.h5", record_minutes=60
        )
    finally:
        over.set()
        watching.join()
    took_s, cpu_s = time.perf_counter() - begun_s, time.process_time() - cpu_s
    sizes.look(last=True)
    lines = sum(1 for _ in read_log(folder / "log.jsonl"))
    print(f"{stats.signal_s / HOUR_S:.2f} h of signal in {took_s:.0f} s, {cpu_s:.0f} s of processor time")
    print(f"{stats.windows_decoded} decisions; gaps {stats.gaps}, faults {stats.faults}")
    print(f"outputs: {stats.outputs}")
    print(f"recorded: {sizes.parts} parts, {sizes.recorded_mb:.1f} MB ({sizes.recorded_mb / hours:.1f} MB an hour)")
    print(f"log: {sizes.log_mb:.1f} MB at most, {lines} lines in all that is kept")
    wrong = sizes.log_mb > MOST_LOG_MB
    if len(sizes.rss_mb) > 2:
        second, last = sizes.rss_mb[1], sizes.rss_mb[-1]
        print(f"memory: second hour {second:.1f} MB, last hour {last:.1f} MB: {100 * (last / second - 1):+.2f} %")
        wrong |= last > second * (1 + MOST_GROWTH)
    return int(wrong)


if __name__ == "__main__":
    main()
