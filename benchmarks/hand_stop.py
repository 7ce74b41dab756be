"""How soon a hand stops, whatever happens to the run that drives it, and what the hand's process costs.

    python benchmarks/hand_stop.py --times 20 [--load] [--protocols ability,lines]

For each protocol a simulated hand closes slowly when the run is killed (SIGKILL), stopped (SIGSTOP), hangs in a regular
expression that holds the interpreter, falls silent, or when the hand's process is killed. The time is that of the
hand's own clock, from the event to the last movement that closes it any further (lines: to the first safe line). Then
halts are sent, and it is timed until each is confirmed. With --load, one process a core computes meanwhile. Linux.
"""

import argparse
import multiprocessing
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
from hand_keepalive import busy

TESTS = Path(__file__).parent.parent / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "plugins" / "hand")]
from test_process import ALL, Run, happens  # noqa: E402

EVENTS = {
    "killed": ("SIGKILL", "end"),
    "stopped": ("SIGSTOP", "silence"),
    "hangs": ("hang", "silence"),
    "silent": ("mute", "silence"),
    "process killed": ("child", "fault"),
}
STEP = 0.004  # less than a drive moves in a step


def stopped_in(protocol, what, cause):
    """Seconds from the event to the last movement that closed the hand."""
    run = Run(protocol, {cause: "hold"})
    try:
        child = run.driver
        at_s = time.time()
        if what == "child":
            os.kill(child, signal.SIGKILL)
        else:
            at_s = happens(run, what)
        time.sleep(0.9)
        if protocol == "lines":
            events = [event for event in run.virtual.events if event["event"] == "line" and event["wall_s"] > at_s]
            return next(event["wall_s"] for event in events if event["line"] == "OPEN") - at_s
        closing, last = at_s, run.virtual.closed(at_s)
        for wall_s, middle in run.virtual.moves(at_s):
            if middle > last + STEP / 10:
                closing, last = wall_s, middle
        return closing - at_s
    finally:
        run.close()


def halts(protocol, times):
    """Seconds until each halt was confirmed, and the memory of the hand's process in KiB."""
    run = Run(protocol, {})
    try:
        took = []
        for _ in range(times):
            took.append(run.order("halt")["took_s"])
            run.order("rest")
            run.order("fist")
        status = Path(f"/proc/{run.driver}/status").read_text(encoding="utf-8")
        return took, int(status.partition("VmRSS:")[2].split()[0])
    finally:
        run.close()


def start(times):
    """Seconds from the start of a process to its first message, without a hand."""
    from emgctl.testing import run_context
    from emgctl_hand.hand import Hand, HandOptions

    ours, theirs = os.openpty()
    took = []
    for _ in range(times):
        one = Hand(HandOptions(port=os.ttyname(theirs), safe_line="S"))
        begun_s = time.perf_counter()
        one.open(run_context())
        took.append(time.perf_counter() - begun_s)
        one.close()
    os.close(ours)
    os.close(theirs)
    return took


def shown(seconds):
    p50, p99, most = (1000 * value for value in (*np.percentile(seconds, (50, 99)), max(seconds)))
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {most:.1f} ms ({len(seconds)} times)"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--halts", type=int, default=200)
    parser.add_argument("--protocols", default=",".join(ALL))
    parser.add_argument("--load", action="store_true")
    wanted = parser.parse_args()
    load = [multiprocessing.Process(target=busy, daemon=True) for _ in range(os.cpu_count() or 1 if wanted.load else 0)]
    for one in load:
        one.start()
    print(f"process started, port open: {shown(start(20))}")
    for protocol in wanted.protocols.split(","):
        took, kib = halts(protocol, wanted.halts)
        print(f"{protocol}: halt -> confirmed: {shown(took)}; the process has {kib / 1024:.0f} MiB")
        for name, (what, cause) in EVENTS.items():
            took_s = [stopped_in(protocol, what, cause) for _ in range(wanted.times)]
            print(f"{protocol}: {name} -> still: {shown(took_s)}")
    for one in load:
        one.kill()


if __name__ == "__main__":
    main()
