"""What the dashboard costs a run: packet to command with a page that looks, beside runs without, in one run.

    python benchmarks/studio_beside.py [--rounds 6] [--seconds 20]

Rounds alternate, as in latency_beside.py, with the same recording, model and output. The page is a client that reads
everything the studio sends to one. Prints p50 and p99 of both, their ratios, and how much of a core the studio's server
used with a page, and without one.
"""

import argparse
import http.client
import os
import statistics
import tempfile
import threading
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
from latency_beside import NEW, one_round
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

TICKS = os.sysconf("SC_CLK_TCK")


class Page:
    """Opens the dashboard of a run, and reads what it sends; ``cpu_share`` is of the server's process."""

    def __init__(self, looks):
        self.looks, self.cpu_share = looks, None

    def __call__(self, run):
        link = next(line.decode().split()[-1] for line in run.stderr if b"the dashboard is at" in line)
        self.server = self._child(run.pid)
        self.begun = self._used()
        if self.looks:
            threading.Thread(target=self._read, args=(urlsplit(link),), daemon=True).start()
        threading.Thread(target=self._watch, daemon=True).start()

    def _read(self, link):
        connection = http.client.HTTPConnection(link.netloc)
        connection.request("GET", f"/?{link.query}")
        cookie = connection.getresponse().headers["set-cookie"].split(";")[0]
        try:
            with connect(
                f"ws://{link.netloc}/api/live", additional_headers={"Cookie": cookie}, origin=f"http://{link.netloc}"
            ) as live:
                while True:
                    live.recv()
        except (ConnectionClosed, OSError):
            pass

    def _watch(self):
        """Note the share until the server is gone."""
        while True:
            threading.Event().wait(0.5)
            try:
                cpu_s, at_s = (b - a for a, b in zip(self.begun, self._used(), strict=True))
            except OSError:
                return
            self.cpu_share = cpu_s / at_s

    def _used(self):
        """Seconds of a core that the server used, and the time, both since the machine's start."""
        fields = Path(f"/proc/{self.server}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS, float(Path("/proc/uptime").read_text().split()[0])

    @staticmethod
    def _child(pid):
        found = [
            int(one.name) for one in Path("/proc").glob("[0-9]*")
            if b"emgctl.studio.beside" in (one / "cmdline").read_bytes() and f" {pid} " in (one / "stat").read_text()
        ]  # fmt: skip
        return found[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    measured, shares = {"without": [], "with": []}, []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for turn in range(options.rounds):
            for kind in ("without", "with") if turn % 2 == 0 else ("with", "without"):
                page = Page(looks=True)
                words = ("--dashboard",) if kind == "with" else ()
                beside = page if kind == "with" else lambda _run: None
                measured[kind].append(one_round(NEW, options.seconds, folder / f"{kind}{turn}", *words, beside=beside))
                shares += [page.cpu_share] if kind == "with" else []
        idle = Page(looks=False)
        one_round(NEW, options.seconds, folder / "idle", "--dashboard", beside=idle)
    for kind, delays_ms in measured.items():
        p50, p99 = np.percentile(np.concatenate(delays_ms), [50, 99])
        print(f"{kind} a page: p50 {p50:.3f} ms, p99 {p99:.3f} ms")
    for percent in (50, 99):
        pairs = [
            np.percentile(a, percent) / np.percentile(b, percent)
            for a, b in zip(measured["with"], measured["without"], strict=True)
        ]
        print(f"p{percent} with / without: {statistics.median(pairs):.3f} ({min(pairs):.3f} to {max(pairs):.3f})")
    share = statistics.median(shares)
    print(f"the server used {100 * share:.1f} % of a core with a page, {100 * idle.cpu_share:.1f} % without")


if __name__ == "__main__":
    main()
