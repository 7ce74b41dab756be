"""From POST /kill to the answer and to the neutral output, of this tree beside an older one, in one run.

    python benchmarks/stop_by_http.py --old COMMIT [--times 50]

A kill lasts until the run ends, so that each is of a run of its own: the demo's recording at its own pace, through the
demo's model, to OSC and HTTP. The trees take turns, so that what else the machine does falls on both. Prints p50, p99
and the longest of both times, and each answer of a kill that was not confirmed in time.
"""

import argparse
import contextlib
import http.client
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import yaml

from emgctl.cli.other_version import environment, unpacked
from emgctl.errors import UsageError

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from free_port import free_port

NEW = Path(__file__).parent.parent
STARTS_S = 30.0


class Osc:
    """Receives a run's OSC bundles: when the first one that drives came, and the first one of the kill."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.driven, self.killed, self.killed_s = threading.Event(), threading.Event(), 0.0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while datagram := self.socket.recv(65_536):
            now_s = time.perf_counter()
            if b",s\0\0ok\0\0" in datagram:
                self.driven.set()
            elif b"killed by HTTP" in datagram and not self.killed.is_set():
                self.killed_s = now_s
                self.killed.set()

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self.socket.getsockname())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--old", required=True, metavar="COMMIT")
    parser.add_argument("--times", type=int, default=50)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            trees = {"old": unpacked(wanted.old, folder), "new": NEW}
            environments = {version: environment(tree) for version, tree in trees.items()}
        except UsageError as error:
            sys.exit(f"--old: {error}")
        measured = {"old": [], "new": []}
        for turn in range(wanted.times):
            for tree in sorted(measured, reverse=turn % 2 == 0):
                measured[tree].append(one_kill(trees[tree], environments[tree], folder / f"{tree}{turn}"))
    for tree, times_s in measured.items():
        for what, found in zip(("answer", "neutral output"), 1000 * np.array(times_s).T, strict=True):
            p50, p99 = np.percentile(found, [50, 99])
            print(
                f"{tree}, kill to {what}: n {len(found)}, p50 {p50:.2f} ms, p99 {p99:.2f} ms, max {found.max():.2f} ms"
            )


def one_kill(tree, variables, folder):
    """Seconds until the answer, and until the neutral output, of a run that is killed while it drives."""
    folder.mkdir()
    for name in ("demo.h5", "demo.onnx"):
        shutil.copy(NEW / "profiles" / name, folder)  # a profile reaches no file outside its folder
    osc, port = Osc(), free_port()
    profile = yaml.safe_load((tree / "profiles" / "demo.yaml").read_text())
    profile["outputs"] = [{"kind": "osc", "port": osc.socket.getsockname()[1]}, {"kind": "http", "port": port}]
    (folder / "p.yaml").write_text(yaml.safe_dump(profile))
    command = [sys.executable, "-m", "emgctl", "run", "-p", "p.yaml"]
    with subprocess.Popen(command, cwd=folder, env=variables, stderr=subprocess.PIPE) as run:
        try:
            if not osc.driven.wait(STARTS_S):
                sys.exit(f"the run does not drive: {run.poll()}")
            begun_s = time.perf_counter()
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            with contextlib.closing(connection):
                connection.request("POST", "/kill")
                response = connection.getresponse()
                text = response.read()
            answered_s = time.perf_counter()
            if not osc.killed.wait(5):
                sys.exit(f"the kill failed: {response.status} {text.decode()}")
            if response.status != 200:  # on a busy machine an output may take longer than a kill waits for
                print(f"{tree.name}, {response.status} after {answered_s - begun_s:.3f} s: {text.decode().strip()}")
            return answered_s - begun_s, osc.killed_s - begun_s
        finally:
            run.terminate()
            run.communicate()
            osc.close()


if __name__ == "__main__":
    main()
