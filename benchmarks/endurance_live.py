"""A long run at the signal's own speed with everything on: log, OSC, a hand, a page and a recording.

    python benchmarks/endurance_live.py --minutes 60

The demo's minute plays in a loop and drives a virtual Ability Hand on a pseudo-terminal, which this program reads and
answers. It prints the memory of the run's processes every minute, how much the last sixth of the time differs from the
second, what every output took, the sizes of log and recording, and how far the sample clock is from the wall clock.
The exit status is 1 if memory has grown by more than 2 %. Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import tty
import urllib.request
from pathlib import Path

import yaml
from endurance import MOST_GROWTH, PROFILES, resident_mb

from emgctl_hand.virtual import VirtualAbility

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from free_port import free_port

PAGE_EVERY_S = 5.0


def main() -> None:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    minutes = parser.parse_args().minutes
    line, port = os.openpty()
    tty.setraw(port)
    with tempfile.TemporaryDirectory() as name, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        folder = Path(name)
        receiver.bind(("127.0.0.1", 0))
        page = free_port()
        _write_profile(folder, os.ttyname(port), receiver.getsockname()[1], page)
        command = [sys.executable, "-m", "emgctl", "run", "-p", "p.yaml", "--duration", str(60 * minutes)]
        command += ["--record", "run.h5", "--record-minutes", "10", "--stats", "stats.json"]
        run = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
        rss_mb = _watch(run, line, page)
        stats = json.loads((folder / "stats.json").read_text(encoding="utf-8"))
        sizes = {one.name: round(one.stat().st_size / 1e6, 1) for one in sorted(folder.glob("*"))}
    print(f"exit status {run.returncode}; {stats['signal_s']} s of signal in {stats['wall_s']} s")
    print(f"decisions {stats['windows_decoded']}, gaps {stats['gaps']}, faults {stats['faults']}")
    print(f"packet to command: {stats['latency_us']}; {stats['cpu_share']:.1%} of a core")
    for output, figures in stats["outputs"].items():
        print(f"{output}: {figures}")
    print(f"files in MB: {sizes}")
    sys.exit(_growth(rss_mb))


def _write_profile(folder: Path, port: str, osc_port: int, page_port: int) -> None:
    for name in ("demo.h5", "demo.onnx"):
        shutil.copy(PROFILES / name, folder)  # a profile reaches no file outside its folder
    profile = yaml.safe_load((PROFILES / "demo.yaml").read_text(encoding="utf-8"))
    profile["input"]["loop"] = True
    hand = {
        "kind": "hand",
        "protocol": "ability",
        "port": port,
        "control": {"grips": {"fist": "power", "open": "open"}},
    }
    profile["outputs"] = [
        {"kind": "log", "path": "log.jsonl"},
        {"kind": "osc", "port": osc_port},
        {"kind": "http", "port": page_port},
        hand,
    ]
    (folder / "p.yaml").write_text(yaml.safe_dump(profile), encoding="utf-8")


def _watch(run: subprocess.Popen[bytes], line: int, page_port: int) -> list[float]:
    """Answer as the hand does until the run ends; returns the memory of its processes, minute by minute."""
    hand, rss_mb, begun_s, asked_s = VirtualAbility(), list[float](), time.monotonic(), 0.0
    while run.poll() is None:
        now_s = time.monotonic()
        ready, _, _ = select.select([line], [], [], 0.1)
        hand.step(now_s)
        if ready and (answer := hand.receive(os.read(line, 4096))):
            os.write(line, answer)
        if now_s - asked_s > PAGE_EVERY_S:
            asked_s = now_s
            _look_at_page(page_port)
        if now_s - begun_s >= 60 * (len(rss_mb) + 1):
            rss_mb.append(_tree_mb(run.pid))
            print(f"minute {len(rss_mb):3}: {rss_mb[-1]:.1f} MB", flush=True)
    return rss_mb


def _look_at_page(port: int) -> None:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2).read()
    except OSError:  # not there yet, or no longer
        return


def _tree_mb(pid: int) -> float:
    """The memory of a process and all its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    return resident_mb(pid) + sum(_tree_mb(int(child)) for child in children)


def _growth(rss_mb: list[float]) -> int:
    part = len(rss_mb) // 6
    if not part:
        return 0
    second, last = statistics.median(rss_mb[part : 2 * part]), statistics.median(rss_mb[-part:])
    print(f"memory: second sixth {second:.1f} MB, last sixth {last:.1f} MB: {100 * (last / second - 1):+.2f} %")
    return int(last > second * (1 + MOST_GROWTH))


if __name__ == "__main__":
    main()
