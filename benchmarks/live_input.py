"""A live input with its simulated sender: samples lost, processor time, and what happens when the sender is lost.

    python benchmarks/live_input.py udp [--minutes 10] [--losses 10]
    python benchmarks/live_input.py serial|chords|gforce|gforce-1000|npg|osc|mudra|sifi|cyton|mindrove ...
    python benchmarks/live_input.py brainflow-board|mindrove-board --losses 0

First a whole run decodes two muscles, and the time of the processor is taken. Then the sender is lost again and again
for a second (a board's cable is pulled, a program ends and restarts): how long until the outputs are neutral, and,
once it is back, until samples are decoded. Last the sender sends a pattern for the given minutes, and every sample is
checked by the input alone; of the libraries' synthetic boards, the numbers of their packages. Devices over Bluetooth:
see over_the_air.py; the GATT client's time counts as the input's.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from live_senders import SOURCES, Sender, Source

from emgctl.errors import DeviceError
from emgctl.inference.muscles.fit import fit_muscles
from emgctl.recording.played import COUNT_STEP
from emgctl.recording.reader import read_recording
from emgctl.recording.segments import labelled_segments
from emgctl.recording.writer import RecordingWriter
from emgctl.registry import Registry
from emgctl.types import SampleBlock, Signal

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "profiles" / "demo.h5"
STALE_S, BACK_S, START_S = 0.2, 60.0, 120.0
Line = dict[str, Any]
Condition = Callable[[Line], bool]
TAIL = 100_000  # bytes of a log, about 3 s: more would keep the computer busy


class Waiting(threading.Thread):
    """Measures for how long the computer left this process waiting: beyond 0.2 s a pseudo-terminal is full."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.longest_s, self.often = 0.0, 0
        self.start()

    def run(self) -> None:
        """Sleep briefly, again and again."""
        while True:
            begun_s = time.monotonic()
            time.sleep(0.05)
            late_s = time.monotonic() - begun_s - 0.05
            self.longest_s, self.often = max(self.longest_s, late_s), self.often + (late_s > 0.2)


def alone(source: Source, sender: Sender | None, minutes: float) -> None:
    """Read every sample for some minutes, and check that it is the next one."""
    if sender and sender.air:
        sender.air.use()
    cls = Registry().input(source.kind)
    port = {source.argument: sender.port} if sender else {}
    one = cls(cls.Options(**port, **source.options))
    signal = one.open()
    count, wrong, gaps, missing, before, expected, waiting = 0, 0, 0, 0, None, None, Waiting()
    cpu_s, begun_s = time.process_time(), time.monotonic()
    while time.monotonic() < begun_s + 60 * minutes:
        try:
            block = one.read(0.5)
        except DeviceError as error:  # the whole computer stood still, or the board did
            print(f"after {time.monotonic() - begun_s:.0f} s, waiting {waiting.longest_s:.1f} s: {error}", flush=True)
            one.close()
            one.open()
            before = expected = None
            continue
        if block is None:
            continue
        follows = block.start == expected
        if expected is not None and not follows:
            gaps, missing = gaps + 1, missing + block.start - expected
        expected = block.start + len(block.samples)
        if source.counts:
            column = np.rint(block.samples[:, 0] / source.scale)
            first = np.concatenate([[before], column]) if follows else column
            wrong += int((np.diff(first) % source.count_size != COUNT_STEP).sum())
            before = first[-1]
        count += len(block.samples)
    took_s = time.monotonic() - begun_s
    share = (time.process_time() - cpu_s) / took_s
    one.close()
    print(
        f"input alone, {source.kind}, {signal}: {count} samples in {took_s:.0f} s ({count / took_s:.1f} Hz), {gaps} "
        f"gaps of {missing} samples{f', {wrong} not the next one' if source.counts else ''}; {one.status}; "
        f"{100 * share:.1f} % of a core; the computer left this process waiting {waiting.often} times for more than "
        f"0.2 s, {waiting.longest_s:.2f} s at most",
        flush=True,
    )


def recording(folder: Path, source: Source) -> tuple[Path, dict[str, list[np.ndarray]]]:
    """The demo's recording as this sender sends it, and the parts of it under each label."""
    demo = read_recording(DEMO)
    ratio = source.rate_hz / demo.signal.rate_hz
    count = int(len(demo.samples) * ratio)
    places = np.arange(count) / ratio
    columns = [np.interp(places, np.arange(len(demo.samples)), column) for column in demo.samples.T]
    samples = np.stack([columns[place % len(columns)] for place in range(source.channels)], axis=1).astype(np.float32)
    path = folder / "sent.h5"
    writer = RecordingWriter(path, Signal(source.channels, source.rate_hz, demo.signal.unit))
    writer.write(SampleBlock(samples, 0, 0.0))
    writer.wait()
    writer.close()
    spans = labelled_segments([demo], 0, len(demo.samples))
    return path, {
        name: [
            samples[int((a + 80) * ratio) : int((b - 20) * ratio)] * np.float32(source.scale)
            for a, b in spans[name]
            if b - a > 150
        ]
        for name in ("rest", "flexion", "extension")
    }


def profile(folder: Path, source: Source, port: object, parts: dict[str, list[np.ndarray]]) -> Path:
    """A profile that decodes two muscles of the demo's person, as they are sent."""
    efforts = {name: parts[name] for name in ("flexion", "extension")}
    found = fit_muscles(Signal(source.channels, source.rate_hz, source.unit), parts["rest"], efforts)
    (folder / "two.json").write_text(found.model_dump_json())
    path = folder / "two.yaml"
    path.write_text(
        yaml.safe_dump(
            {
                "emgctl": 1, "user": "two", "input": {"kind": source.kind, source.argument: port, **source.options},
                "decoder": {"kind": "muscles", "model": "two.json"}, "mapping": {},
                "outputs": [{"kind": "log", "path": "log.jsonl", "wall_clock": True}],
                "safety": {"stale_after_s": STALE_S},
            }
        )
    )  # fmt: skip
    return path


def run(source: Source, seconds: float, losses: int) -> None:
    """A whole run for some time; then the sender is lost that many times."""
    with tempfile.TemporaryDirectory() as name:
        sent, parts = recording(Path(name), source)
        with closing(Sender(source, str(sent))) as sender:
            path = profile(Path(name), source, sender.port, parts)
            start, log = sender.air.emgctl if sender.air else ["-m", "emgctl"], Path(name) / "log.jsonl"
            with started([*start, "run", "--profile", str(path)]) as process:
                until(log, lambda lines: any(not line["reason"] for line in lines), START_S)
                if seconds:
                    begun_s, cpu_s = time.time(), processor_s(process.pid)
                    time.sleep(seconds)
                    share = (processor_s(process.pid) - cpu_s) / (time.time() - begun_s)
                    shape = f"{source.channels} channels at {source.rate_hz:g} Hz"
                    print(f"whole run, {shape}, a decision each 10 ms: {100 * share:.1f} % of a core", flush=True)
                lose(source, sender, log, losses)


@contextmanager
def started(words: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process of Python, which is ended."""
    process = subprocess.Popen([sys.executable, *words], stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def lose(source: Source, sender: Sender, log: Path, losses: int) -> None:
    """Lose the sender again and again, and print how long it took to be neutral and to decode again."""
    neutral, back, begun_s = [], [], time.time()
    for _ in range(losses):
        at_s = time.time()
        sender.lose()
        lost_s = logged_s(log, lambda line, at_s=at_s: line["wall_s"] > at_s and lost(line), 5)
        neutral.append(lost_s - at_s)
        from_s = max(lost_s, at_s + source.away_s)
        found_s = logged_s(log, lambda line, from_s=from_s: line["wall_s"] > from_s and not lost(line), BACK_S)
        back.append(found_s - at_s - source.away_s)
        time.sleep(2.5)  # a recording that begins again each second would be taken for a device that repeats itself
    if neutral:
        print(
            f"{source.kind} lost {losses} times for {source.away_s:g} s: neutral after {min(neutral):.3f} to "
            f"{max(neutral):.3f} s (allowed {STALE_S + 0.05:g}), decoded again {min(back):.2f} to {max(back):.2f} s "
            f"after it is back (5); in {time.time() - begun_s:.0f} s",
            flush=True,
        )


def logged_s(log: Path, condition: Condition, seconds: float) -> float:
    """When the first command that fulfills a condition was logged."""
    lines = until(log, lambda lines: any(map(condition, lines)), seconds)
    return next(line["wall_s"] for line in lines if condition(line))


def lost(line: Line) -> bool:
    """Whether a command is neutral because samples are missing: not because rest is waited for after that."""
    return bool(line["reason"]) and not str(line["reason"]).startswith("waiting")


def until(log: Path, condition: Callable[[list[Line]], bool], seconds: float) -> list[Line]:
    """The log's lines as soon as they fulfill a condition."""
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        if log.exists():
            tail = log.read_bytes()[-TAIL:].rpartition(b"\n")[0].splitlines()[1:]  # of whole lines
            lines = [json.loads(line) for line in tail]
            if condition(lines):
                return lines
        time.sleep(0.02)
    raise SystemExit("it did not come: " + "\n".join(map(str, lines[-3:])))


def processor_s(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", choices=SOURCES)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--losses", type=int, default=10)
    parser.add_argument("--rate", type=float, help="samples a second")
    given = parser.parse_args()
    source = SOURCES[given.source]
    source = replace(source, rate_hz=given.rate or source.rate_hz)
    if given.losses and source.argument:
        run(source, 60.0 if given.minutes >= 1 else 5.0, given.losses)
    if given.minutes:
        words = ["pattern=count"] if source.counts else []
        with closing(Sender(source, *words)) if source.argument else nullcontext() as sender:
            alone(source, sender, given.minutes)


if __name__ == "__main__":
    main()
