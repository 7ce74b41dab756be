"""A simulated Quattrocento into a grid decoder, live: delays, processor time, memory, samples lost.

    python benchmarks/grid_live.py --seconds 60 [--load] [--all] [--record]

192 channels (8 x 24) at 2048 Hz of 408 that are streamed, a decision every 25 ms; then all 384 EMG channels are
received and recorded. With --all, all 384 (16 x 24) are decoded; with --record, they are recorded meanwhile. The signal
is a simulation of motor units (docs/synthetic.md); the model is trained on another one. With --load, one process a core
computes meanwhile. Linux and macOS.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import yaml
from hand_keepalive import busy

from emgctl.recording.convert import convert
from emgctl.recording.reader import read_recording
from emgctl_synthetic import SyntheticOptions, synthesize

RATE_HZ = 2048
EVERY = [f"MULT{number}" for number in range(1, 5)] + [f"IN{number}" for number in range(1, 9)]
PART = {"inputs": EVERY[:3], "grids": ["8x24"]}
WHOLE = {"inputs": EVERY, "grids": ["8x24", "8x24"], "beside": "down"}


def emgctl(*words, **more):
    return subprocess.run([sys.executable, "-m", "emgctl", *map(str, words)], check=True, **more)


def prepare(folder, rows):
    """Two sessions of a simulated person with 24 columns of electrodes, and a model of the first."""
    for number, name in enumerate(("one.h5", "two.h5")):
        options = SyntheticOptions(
            layout="grid", grid=(rows, 24), rate_hz=RATE_HZ, unit="uV", seed=number, script="all", duration_s=40
        )
        convert([synthesize(options)], folder / name, lambda _done, _all: None)
    emgctl("train", "grid", "one.h5", "--hop-ms", 25 * rows // 8, "--out", "m.onnx", "--set", "report=no", cwd=folder,
           stdout=subprocess.DEVNULL)  # fmt: skip


def simulated(folder):
    process = subprocess.Popen(
        [sys.executable, "-m", "emgctl", "simulate", "quattrocento", "two.h5", "port=0"],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return process, json.loads(process.stdout.readline())["port"]


def decode(folder, seconds, port, electrodes, words):
    profile = {
        "emgctl": 1,
        "input": {"kind": "otb", "host": "127.0.0.1", "port": port, **electrodes},
        "decoder": {"kind": "grid", "model": "m.onnx", "hop_s": 0.025},
        "outputs": [{"kind": "log", "path": "log.jsonl"}],
    }  # fmt: skip
    (folder / "p.yaml").write_text(yaml.safe_dump(profile))
    emgctl("run", "-p", "p.yaml", "--duration", seconds, "--stats", "s.json", *words, cwd=folder)
    stats = json.loads((folder / "s.json").read_text())
    delay, stages = stats["latency_us"], stats["stage_us"]
    channels = 192 * len(electrodes["grids"])
    print(f"{channels} channels at {RATE_HZ} Hz, a decision every 25 ms, {stats['signal_s']:.0f} s:")
    p50, p99, most = (delay[name] / 1e3 for name in ("p50", "p99", "max"))
    print(f"  packet -> command p50 {p50:.2f} ms, p99 {p99:.2f} ms, most {most:.2f} ms")
    print("  of which", ", ".join(f"{name} {stage['p50'] / 1e3:.2f}" for name, stage in stages.items()), "ms (p50)")
    lost = f"{stats['samples_lost']} samples lost, {stats['device']['samples_lost']} at the amplifier"
    late = f"{stats['windows_skipped']} windows skipped"
    print(f"  {100 * stats['cpu_share']:.0f} % of a core, {stats['rss_mb']} MB; {lost}, {late}")


def receive(folder, seconds, port):
    profile = yaml.safe_load((folder / "p.yaml").read_text())
    profile["input"] = {"kind": "otb", "host": "127.0.0.1", "port": port, "inputs": EVERY}
    (folder / "q.yaml").write_text(yaml.safe_dump(profile))
    emgctl("record", "-p", "q.yaml", "--out", "all.h5", "--duration", seconds, cwd=folder)
    show(folder / "all.h5")


def show(path):
    recording = read_recording(path)
    lost = int(np.isnan(recording.samples[:, 0]).sum())
    what = f"{recording.signal.channels} channels of 408 at {RATE_HZ} Hz received and recorded"
    print(f"{what}: {recording.duration_s:.0f} s, {lost} samples lost, {path.stat().st_size / 1e6:.0f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    for name in ("--load", "--all", "--record"):
        parser.add_argument(name, action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        prepare(folder, 16 if wanted.all else 8)
        cores = os.cpu_count() or 1
        load = [multiprocessing.Process(target=busy, daemon=True) for _ in range(cores if wanted.load else 0)]
        for one in load:
            one.start()
        process, port = simulated(folder)
        try:
            words = ["--record", "run.h5"] if wanted.record else []
            decode(folder, wanted.seconds, port, WHOLE if wanted.all else PART, words)
            if wanted.record:
                show(folder / "run.h5")
            receive(folder, min(wanted.seconds, 30), port)
        finally:
            process.kill()
            process.communicate()
            for one in load:
                one.kill()


if __name__ == "__main__":
    main()
