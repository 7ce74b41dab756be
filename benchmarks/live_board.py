"""The inputs of boards with what plays the board: samples lost, processor time, and what happens when it is lost.

    python benchmarks/live_board.py [--input serial|brainflow|mindrove] [--minutes 10] [--losses 10]
                                    [--rate 500] [--format lines|chords]

First a board is lost again and again: how long until the outputs are neutral, and, once it is back, until samples are
decoded. Then it sends for so many minutes: the time of the processor is taken, and every sample counted.

`serial` is `emgctl simulate serial`, eight channels with time stamps, whose cable is pulled; every sample is checked,
and the time of a whole run that decodes two muscles is taken, too. `brainflow` is a simulated Cyton whose cable is
pulled; for minutes, the library's synthetic board, and beside it the Cyton, of which every sample is checked.
`mindrove` is a program that sends the library's synthetic board by multicast and is killed; for minutes, that board.
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
from emgctl.plugin import Input
from emgctl.recording.reader import read_recording
from emgctl.recording.segments import labelled_segments
from emgctl.registry import Registry
from emgctl.types import Signal
from emgctl_serial.board import COUNT_SIZE, COUNT_STEP

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "profiles" / "demo.h5"
CHANNELS, STALE_S, BACK_S = 8, 0.2, 15.0
TAIL = 400_000  # bytes of a log, more than 10 s
LOST_S = {"serial": 1.0, "brainflow": 3.0, "mindrove": 3.0}  # longer than what the input takes for a loss
GROUP, PORT = "225.1.1.1", 6688
SEND = f"""
import sys
from mindrove.board_shim import BoardShim, MindRoveInputParams
BoardShim.disable_board_logger()
board = BoardShim(-1, MindRoveInputParams())
board.prepare_session()
board.start_stream(4500, "streaming_board://{GROUP}:{PORT}")
print('{{"port": ""}}', flush=True)
sys.stdin.read()  # until the benchmark ends or kills it
"""


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

    def lose(self, seconds: float) -> None:
        """Pull the cable for so long."""
        self._process.stdin.write(f"pull {seconds}\n")

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


class Sender:
    """A program that sends MindRove's synthetic board by multicast."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-c", SEND], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._process.stdout.readline()

    def lose(self, seconds: float) -> None:
        """Kill it, and start it again so much later."""
        self.close()
        threading.Timer(seconds, self._start).start()

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


def played(kind: str) -> tuple[Board | Sender, dict[str, object], Signal]:
    """What plays the board of an input that is to be lost, the input's options, and its signal."""
    if kind == "serial":
        board = Board(str(DEMO), f"channels={CHANNELS}", "rate_hz=200", "time=ms")
        return board, {"port": board.port}, Signal(CHANNELS, 200.0)
    if kind == "brainflow":
        board = Board(str(DEMO), "format=cyton")
        return board, {"board": "cyton", "serial_port": board.port}, Signal(CHANNELS, 250.0, "uV")
    options = {"board": "streaming", "master_board": "synthetic", "ip_address": GROUP, "ip_port": PORT}
    return Sender(), options, Signal(16, 250.0, "uV")


def made(kind: str, **options: object) -> Input:
    """The input of this kind."""
    cls = Registry().input(kind)
    return cls(cls.Options(**options))


def alone(title: str, one: Input, minutes: float, counted: bool) -> None:
    """Read every sample for some minutes; where the board counts, check that each is the next one."""
    signal = one.open()
    count, wrong, before, expected, waiting = 0, 0, None, None, Waiting()
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
        wrong += 0 if expected in (None, block.start) else block.start - expected
        if counted:
            values = np.rint(block.samples[:, 0])
            values = values if before is None else np.concatenate([[before], values])
            wrong += int((np.diff(values) % COUNT_SIZE != COUNT_STEP).sum())
            before = values[-1]
        expected = block.start + len(block.samples)
        count += len(block.samples)
    passed_s = time.monotonic() - begun_s
    share = (time.process_time() - cpu_s) / passed_s
    one.close()
    print(
        f"input alone, {title}, {signal}: {count} samples in {passed_s:.1f} s ({count / passed_s:.2f} Hz), {wrong} "
        f"{'not the next one' if counted else 'missing by package numbers'}; {one.status}; {100 * share:.1f} % of a "
        f"core; the computer left this process waiting {waiting.often} times for more than 0.2 s, "
        f"{waiting.longest_s:.2f} s at most", flush=True,
    )  # fmt: skip


def all_alone(kind: str, minutes: float, rate_hz: float, form: str) -> None:
    """What sends for minutes, the processes of one kind beside each other."""
    if kind == "serial":
        time_stamps = "time=us" if form == "lines" else "time=none"
        board = Board(f"channels={CHANNELS}", f"rate_hz={rate_hz}", "pattern=count", time_stamps, f"format={form}")
        alone(form, made("serial", port=board.port, format=form), minutes, True)
        board.close()
        return
    cyton = None
    if kind == "brainflow":  # in a process of its own, so that each input's time is its own
        cyton = subprocess.Popen([sys.executable, __file__, "--cyton", "--minutes", str(minutes)])
    alone("the library's synthetic board", made(kind, board="synthetic"), minutes, False)
    if cyton is not None:
        cyton.wait()


def cyton_alone(minutes: float) -> None:
    """A simulated Cyton that counts."""
    board = Board("format=cyton", "pattern=count")
    alone("a simulated Cyton", made("brainflow", board="cyton", serial_port=board.port), minutes, True)
    board.close()


def profile(folder: Path, kind: str, options: dict[str, object], signal: Signal) -> Path:
    """A profile that decodes two muscles of the demo's person, as the board sends them."""
    demo = read_recording(DEMO)
    samples = np.tile(demo.samples, (1, signal.channels // CHANNELS))
    spans = labelled_segments([demo], 0, len(samples))
    rest, flexion, extension = (
        [samples[a + 80 : b - 20] for a, b in spans[name] if b - a > 150] for name in ("rest", "flexion", "extension")
    )
    found = fit_muscles(signal, rest, {"flexion": flexion, "extension": extension})
    (folder / "two.json").write_text(found.model_dump_json())
    path = folder / "two.yaml"
    path.write_text(
        yaml.safe_dump(
            {
                "emgctl": 1, "user": "two", "input": {"kind": kind, **options},
                "decoder": {"kind": "muscles", "model": "two.json"}, "mapping": {},
                "outputs": [{"kind": "log", "path": "log.jsonl", "wall_clock": True}],
                "safety": {"stale_after_s": STALE_S},
            }
        )
    )  # fmt: skip
    return path


def run(kind: str, seconds: float, losses: int) -> None:
    """A whole run for some time; then the board is lost so many times."""
    board, options, signal = played(kind)
    lost_s = LOST_S[kind]
    with tempfile.TemporaryDirectory() as name:
        path = profile(Path(name), kind, options, signal)
        total_s = seconds + losses * (lost_s + BACK_S) + 30
        words = ["run", "--profile", str(path), "--duration", str(total_s), "--stats", str(Path(name) / "stats.json")]
        process = subprocess.Popen([sys.executable, "-m", "emgctl", *words], stderr=subprocess.DEVNULL)
        log = Path(name) / "log.jsonl"
        try:
            until(log, lambda lines: any(not lost(line) for line in lines), 30)
            whole(kind, signal, process.pid, seconds)
            if losses:
                lose(kind, board, log, losses)
        finally:
            process.kill()
            process.communicate()
            board.close()


def whole(kind: str, signal: Signal, pid: int, seconds: float) -> None:
    """The time of the processor that a run takes."""
    ready_s, cpu_s = time.time(), processor_s(pid)
    time.sleep(seconds)
    if seconds:
        share = (processor_s(pid) - cpu_s) / (time.time() - ready_s)
        print(f"whole run, {kind}, {signal}, a decision each 10 ms: {100 * share:.1f} % of a core", flush=True)


def lose(kind: str, board: Board | Sender, log: Path, losses: int) -> None:
    """Lose the board so many times."""
    neutral, back, lost_s, waiting = [], [], LOST_S[kind], Waiting()
    for _ in range(losses):
        at_s = time.time()
        board.lose(lost_s)
        lines = until(log, lambda lines, at_s=at_s: [x for x in lines if x["wall_s"] > at_s and lost(x)], 5)
        neutral.append(next(x["wall_s"] for x in lines if x["wall_s"] > at_s and lost(x)) - at_s)
        there_s = at_s + lost_s
        lines = until(
            log, lambda lines, there_s=there_s: [x for x in lines if x["wall_s"] > there_s and not lost(x)], BACK_S
        )
        back.append(next(x["wall_s"] for x in lines if x["wall_s"] > there_s and not lost(x)) - there_s)
        time.sleep(1.0)
    print(
        f"{kind} lost {losses} times for {lost_s:g} s: neutral after {min(neutral):.3f} to {max(neutral):.3f} s "
        f"(allowed {STALE_S + 0.05:g}), decoded again {min(back):.2f} to {max(back):.2f} s after it is back (5); "
        f"the computer left this process waiting {waiting.longest_s:.2f} s at most", flush=True,
    )  # fmt: skip


def lost(line: dict[str, object]) -> bool:
    """Whether a command is neutral because samples are missing: not because rest is waited for after that."""
    return bool(line["reason"]) and not str(line["reason"]).startswith("waiting")


def until(log: Path, condition: object, seconds: float) -> list[dict[str, object]]:
    """The log's lines as soon as they fulfill a condition."""
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        if log.exists():
            with log.open("rb") as file:
                file.seek(max(log.stat().st_size - TAIL, 0))
                complete = file.read().decode().splitlines()[1:]
            lines = [json.loads(line) for line in complete if line.endswith("}")]
            if condition(lines):
                return lines
        time.sleep(0.05)
    raise SystemExit("it did not come: " + "\n".join(map(str, lines[-3:])))


def processor_s(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--input", choices=list(LOST_S), default="serial")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=500.0)
    parser.add_argument("--losses", type=int, default=10)
    parser.add_argument("--format", choices=["lines", "chords"], default="lines")
    parser.add_argument("--cyton", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.cyton:
        cyton_alone(given.minutes)
        return
    if given.losses:
        run(given.input, 60.0 if given.minutes >= 1 else 5.0, given.losses)
    if given.minutes:
        all_alone(given.input, given.minutes, given.rate, given.format)


if __name__ == "__main__":
    main()
