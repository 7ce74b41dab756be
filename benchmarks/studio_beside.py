"""What the dashboard costs a run: packet to command with a page that looks, beside runs without, in one run.

    python benchmarks/studio_beside.py [--rounds 6] [--seconds 20]
    python benchmarks/studio_beside.py --stalled 600

Rounds alternate, with the same recording, model and output. The page is a client that reads
everything the studio sends to one. Prints p50 and p99 of both, their ratios, and how much of a core the studio's server
used with a page, and without one.

With --stalled, a page opens the live view and never reads, for so many seconds. A run without a dashboard plays at the
same time. Prints the latency of both, and the memory of the server and of both runs in the course of time.
"""

import argparse
import statistics
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from dashboard_client import DashboardClient, memory_mb
from delays import NEW, one_round

SETTLED_S = 10  # after which the first buffers are full


def alternate(rounds, seconds, folder):
    """Rounds with a page and without, and one whose server nobody looks at."""
    measured, shares = {"without": [], "with": []}, []
    for turn in range(rounds):
        for kind in ("without", "with") if turn % 2 == 0 else ("with", "without"):
            page = DashboardClient("looks")
            more = (("--dashboard",), page) if kind == "with" else ((), lambda _run: None)
            measured[kind].append(one_round(NEW, seconds, folder / f"{kind}{turn}", *more[0], beside=more[1]))
            shares += [page.cpu_share] if kind == "with" else []
    absent = DashboardClient("absent")
    one_round(NEW, seconds, folder / "absent", "--dashboard", beside=absent)
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
    print(f"the server used {100 * share:.1f} % of a core with a page, {100 * absent.cpu_share:.1f} % without")


def stall(seconds, folder):
    """A run with a page that never reads, and one without a dashboard at the same time."""
    page, alone, ended = DashboardClient("stalls"), [], threading.Event()
    with ThreadPoolExecutor(2) as runs:
        stalled = runs.submit(one_round, NEW, seconds, folder / "stalled", "--dashboard", beside=page)
        free = runs.submit(one_round, NEW, seconds, folder / "free", beside=alone.append)
        stalled.add_done_callback(lambda _: ended.set())
        page.ready.wait()
        pids, course, unread = {"server": page.server, "run": page.run, "run alone": alone[0].pid}, [], []
        while not ended.wait(min(SETTLED_S, seconds / 10)):
            try:
                course.append([memory_mb(pid) for pid in pids.values()])
                unread.append(page.unread())
            except OSError:  # they end now
                break
        delays_ms = {"with a stalled page": stalled.result(), "alone": free.result()}
    print(f"at most {max(unread)} bytes waited in the server's socket")
    for name, memory in zip(pids, np.array(course).T, strict=True):
        print(
            f"memory of the {name}: {memory[0]:.1f} MB at first, {memory[-1]:.1f} MB at last, most {memory.max():.1f}"
        )
    for name, one in delays_ms.items():
        print(f"{name}: p50 {np.median(one):.3f} ms, p99 {np.percentile(one, 99):.3f} ms, longest {one.max():.3f} ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--stalled", type=float, metavar="SECONDS")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if options.stalled:
            stall(options.stalled, Path(name))
        else:
            alternate(options.rounds, options.seconds, Path(name))


if __name__ == "__main__":
    main()
