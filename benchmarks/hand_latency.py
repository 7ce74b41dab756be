"""How soon a decision is on the wire to a hand: timestamps at both ends of a pseudo-terminal.

    python benchmarks/hand_latency.py --decisions 1000 [--load]

Commands are put into the output's slot as the loop does it, and reach the hand's process from there. Another process
plays a virtual Ability Hand, and takes the time at which each frame arrives. Frames are not repeated here, so that each
one belongs to a decision. With --load, one process a core computes meanwhile. Linux (where processes share the
monotonic clock) and macOS.
"""

import argparse
import multiprocessing
import os
import random
import select
import time
import tty

import numpy as np
from hand_keepalive import busy

from emgctl.runtime.output_runner import OutputRunner
from emgctl.testing import gesture, run_context
from emgctl.types import Command
from emgctl_hand.hand import Hand, HandOptions
from emgctl_hand.protocols.stuffing import FLAG
from emgctl_hand.virtual import VirtualAbility

LONGEST_QUERY = 8


def play(line, pipe):
    """Be the hand; the times at which frames that move it arrived."""
    hand, arrived = VirtualAbility(), []
    while not pipe.poll():
        if select.select([line], [], [], 0.05)[0]:
            data = os.read(line, 4096)
            now_s = time.perf_counter()
            if len(data) > LONGEST_QUERY:
                arrived += [now_s] * (data.count(FLAG) // 2)  # each frame begins and ends with one
            hand.step(now_s)
            if answer := hand.receive(data):
                os.write(line, answer)
    pipe.send(arrived)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--decisions", type=int, default=500)
    parser.add_argument("--load", action="store_true")
    wanted = parser.parse_args()
    line, port = os.openpty()
    tty.setraw(port)
    ours, theirs = multiprocessing.Pipe()
    hand = multiprocessing.Process(target=play, args=(line, theirs), daemon=True)
    hand.start()
    load = [multiprocessing.Process(target=busy, daemon=True) for _ in range(os.cpu_count() or 1 if wanted.load else 0)]
    for one in load:
        one.start()
    control = {"grips": {"fist": "power", "open": "open"}, "move": "position"}
    options = HandOptions(port=os.ttyname(port), protocol="ability", control=control, resend_s=0, answer_s=5)
    hand_output = Hand(options)
    out = OutputRunner("hand", hand_output, "rest", False)
    out.open(run_context())
    decided = []
    for number in range(wanted.decisions):
        for _ in range(random.randint(3, 7)):
            time.sleep(0.01)
            hand_output.heartbeat(time.perf_counter())
        label = "fist" if number // 20 % 2 else "open"
        decided.append(time.perf_counter())
        out.send(Command(decided[-1], prediction=gesture(label, decided[-1], intensity=1.0)))
    time.sleep(0.1)
    ours.send("end")
    arrived = np.array(ours.recv())
    out.close(Command.neutral(time.perf_counter(), "end", cause="end"))
    for one in load:
        one.kill()
    assert len(arrived) == len(decided), f"{len(decided)} decisions, {len(arrived)} frames"
    delays_ms = 1000 * (arrived - np.array(decided))
    p50, p99, most = np.percentile(delays_ms, 50), np.percentile(delays_ms, 99), delays_ms.max()
    print(f"{len(arrived)} decisions -> frames: p50 {p50:.3f} ms, p99 {p99:.3f} ms, longest {most:.3f} ms")


if __name__ == "__main__":
    main()
