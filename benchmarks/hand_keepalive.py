"""How regularly a hand is spoken to, and how soon after a decision, while both cores are busy.

    python benchmarks/hand_keepalive.py --minutes 10

A run with the demo's recording and model drives a virtual Ability Hand on a pseudo-terminal that this program reads:
the time of every frame is taken as it arrives. Meanwhile one process a core computes without end. Linux and macOS.
"""

import argparse
import json
import multiprocessing
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
import tty
from pathlib import Path

import numpy as np
import yaml

from emgctl_hand.virtual import VirtualAbility

PROFILES = Path(__file__).parent.parent / "profiles"


def busy():
    while True:
        sum(range(10_000))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0)
    wanted = parser.parse_args()
    line, port = os.openpty()
    tty.setraw(port)
    load = [multiprocessing.Process(target=busy, daemon=True) for _ in range(os.cpu_count() or 1)]
    for one in load:
        one.start()
    with tempfile.TemporaryDirectory() as folder:
        profile = yaml.safe_load((PROFILES / "demo.yaml").read_text())
        for name in ("demo.h5", "demo.onnx"):
            shutil.copy(PROFILES / name, folder)  # a profile reaches no file outside its folder
        profile["input"]["loop"] = True
        control = {"grips": {"fist": "power", "open": "open"}}
        hand = {"kind": "hand", "protocol": "ability", "port": os.ttyname(port), "control": control}
        profile |= {"mapping": {}, "outputs": [hand]}
        (Path(folder) / "p.yaml").write_text(yaml.safe_dump(profile))
        command = [sys.executable, "-m", "emgctl", "run", "-p", "p.yaml", "--duration", str(60 * wanted.minutes)]
        run = subprocess.Popen([*command, "--stats", "stats.json"], cwd=folder)
        arrived = listen(line, run)
        stats = json.loads((Path(folder) / "stats.json").read_text())
    for one in load:
        one.kill()
    gaps_ms = 1000 * np.diff(arrived)
    p50, p99, most = np.percentile(gaps_ms, 50), np.percentile(gaps_ms, 99), gaps_ms.max()
    print(f"{len(arrived)} frames; gap p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {most:.1f} ms")
    print(f"decision -> slot {stats['latency_us']}; outputs {json.dumps(stats['outputs'])[:200]}")


def listen(line, run):
    """When each frame arrived, while the hand lives."""
    hand, arrived = VirtualAbility(), []
    while run.poll() is None:
        ready, _, _ = select.select([line], [], [], 0.1)
        hand.step(time.monotonic())
        if ready:
            data = os.read(line, 4096)
            if len(data) > 8:
                arrived.append(time.monotonic())
            if answer := hand.receive(data):
                os.write(line, answer)
    return arrived


if __name__ == "__main__":
    main()
