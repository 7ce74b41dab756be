"""The input serial with a simulated board: samples lost, processor time, and what happens when the board is lost.

    python benchmarks/serial_board.py [--minutes 10] [--rate 500] [--losses 10] [--format lines|chords]

First the board sends eight channels, with time stamps, for so many minutes: every sample is checked, and the time of
the processor is taken, of the input alone and of a whole run that decodes two muscles. Then the board's cable is pulled
again and again for a second: how long until the outputs are neutral, and, once it is back, until samples are decoded.
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
from pathlib import Path

import numpy as np
import yaml

from emgctl.errors import DeviceError
from emgctl.inference.muscles.fit import fit_muscles
from emgctl.recording.listening.sending import COUNT_SIZE, COUNT_STEP
from emgctl.recording.reader import read_recording
from emgctl.recording.segments import labelled_segments
from emgctl.types import Signal
from emgctl_serial.options import SerialOptions
from emgctl_serial.serial_input import SerialInput

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "profiles" / "demo.h5"
CHANNELS, STALE_S, PULLED_S, BACK_S = 8, 0.2, 1.0, 15.0


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


class Board:
    """``emgctl simulate serial`` in a process of its own."""

    def __init__(self, *words: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "emgctl", "simulate", "serial", *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip
        self.port = json.loads(self._process.stdout.readline())["port"]

    def order(self, text: str) -> None:
        """Type a command."""
        self._process.stdin.write(text + "\n")

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


def alone(minutes: float, rate_hz: float, form: str) -> None:
    """Read every sample for some minutes, and check that it is the next one."""
    time_stamps = "time=us" if form == "lines" else "time=none"
    board = Board(f"channels={CHANNELS}", f"rate_hz={rate_hz}", "pattern=count", time_stamps, f"format={form}")
    one = SerialInput(SerialOptions(port=board.port, format=form))
    signal = one.open()
    count, wrong, before, waiting = 0, 0, None, Waiting()
    cpu_s, until_s = time.process_time(), time.monotonic() + 60 * minutes
    begun_s = time.monotonic()
    while time.monotonic() < until_s:
        try:
            block = one.read(0.5)
        except DeviceError as error:  # the whole computer stood still, or the board did
            print(f"after {time.monotonic() - begun_s:.0f} s, waiting {waiting.longest_s:.1f} s: {error}", flush=True)
            one.close()
            one.open()
            before = None
            continue
        if block is None:
            continue
        first = block.samples[:, 0] if before is None else np.concatenate([[before], block.samples[:, 0]])
        wrong += int((np.diff(first) % COUNT_SIZE != COUNT_STEP).sum())
        before = first[-1]
        count += len(block.samples)
    share = (time.process_time() - cpu_s) / (time.monotonic() - begun_s)
    one.close()
    board.close()
    print(
        f"input alone, {form}, {signal}: {count} samples in {60 * minutes:.0f} s, {wrong} not the next one; "
        f"{one.status}; {100 * share:.1f} % of a core; the computer left this process waiting {waiting.often} times "
        f"for more than 0.2 s, {waiting.longest_s:.2f} s at most"
    )


def profile(folder: Path, port: str) -> Path:
    """A profile that decodes two muscles of the demo's person, as the board sends them."""
    demo = read_recording(DEMO)
    spans = labelled_segments([demo], 0, len(demo.samples))
    rest, flexion, extension = (
        [demo.samples[a + 80 : b - 20] for a, b in spans[name] if b - a > 150]
        for name in ("rest", "flexion", "extension")
    )
    found = fit_muscles(Signal(CHANNELS, demo.signal.rate_hz), rest, {"flexion": flexion, "extension": extension})
    (folder / "two.json").write_text(found.model_dump_json())
    path = folder / "two.yaml"
    path.write_text(
        yaml.safe_dump(
            {
                "emgctl": 1, "user": "two", "input": {"kind": "serial", "port": port},
                "decoder": {"kind": "muscles", "model": "two.json"}, "mapping": {},
                "outputs": [{"kind": "log", "path": "log.jsonl", "wall_clock": True}],
                "safety": {"stale_after_s": STALE_S},
            }
        )
    )  # fmt: skip
    return path


def run(seconds: float, losses: int) -> None:
    """A whole run for some time; then the cable is pulled so many times."""
    board = Board(str(DEMO), f"channels={CHANNELS}", "rate_hz=200", "time=ms")
    with tempfile.TemporaryDirectory() as name:
        path = profile(Path(name), board.port)
        total_s = seconds + losses * (PULLED_S + BACK_S) + 10
        words = ["run", "--profile", str(path), "--duration", str(total_s), "--stats", str(Path(name) / "stats.json")]
        process = subprocess.Popen([sys.executable, "-m", "emgctl", *words], stderr=subprocess.PIPE, text=True)
        log, begun_s = Path(name) / "log.jsonl", time.time()
        until(log, lambda lines: any(not line["reason"] for line in lines), 30)
        ready_s = time.time()
        cpu_s = processor_s(process.pid)
        time.sleep(seconds)
        if seconds:
            share = (processor_s(process.pid) - cpu_s) / (time.time() - ready_s)
            print(f"whole run, 8 channels at 200 Hz, a decision each 10 ms: {100 * share:.1f} % of a core")
        neutral, back = [], []
        for _ in range(losses):
            at_s = time.time()
            board.order(f"pull {PULLED_S}")
            lines = until(log, lambda lines, at_s=at_s: [x for x in lines if x["wall_s"] > at_s and lost(x)], 5)
            neutral.append(next(x["wall_s"] for x in lines if x["wall_s"] > at_s and lost(x)) - at_s)
            lines = until(
                log,
                lambda lines, at_s=at_s: [x for x in lines if x["wall_s"] > at_s + PULLED_S and not lost(x)],
                BACK_S,
            )
            found = next(x["wall_s"] for x in lines if x["wall_s"] > at_s + PULLED_S and not lost(x))
            back.append(found - at_s - PULLED_S)
            time.sleep(1.0)
        process.terminate()
        process.communicate()
        if neutral:
            print(
                f"cable pulled {losses} times: neutral after {min(neutral):.3f} to {max(neutral):.3f} s (allowed "
                f"{STALE_S + 0.05:g}), decoded again {min(back):.2f} to {max(back):.2f} s after it is back (5); "
                f"run of {time.time() - begun_s:.0f} s"
            )
    board.close()


def lost(line: dict[str, object]) -> bool:
    """Whether a command is neutral because samples are missing: not because rest is waited for after that."""
    return bool(line["reason"]) and not str(line["reason"]).startswith("waiting")


def until(log: Path, condition: object, seconds: float) -> list[dict[str, object]]:
    """The log's lines as soon as they fulfill a condition."""
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        if log.exists():
            lines = [json.loads(line) for line in log.read_text().splitlines()[-3000:] if line.endswith("}")]
            if condition(lines):
                return lines
        time.sleep(0.02)
    raise SystemExit("it did not come: " + "\n".join(map(str, lines[-3:])))


def processor_s(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--losses", type=int, default=10)
    parser.add_argument("--format", choices=["lines", "chords"], default="lines")
    given = parser.parse_args()
    run(60.0 if given.minutes >= 1 else 5.0, given.losses)
    alone(given.minutes, given.rate, given.format)


if __name__ == "__main__":
    main()
