"""A run that drives a hand, in a process of its own, for tests of what the hand does when the run is gone.

Its options and the rules of its run come from stdin first, as JSON, a line each; then orders, a line each: a
gesture, or a cause of ``send`` ("halt"), which are repeated with a heartbeat every 20 ms; or "hang" (a regular
expression that holds the interpreter), "mute" (neither orders nor heartbeats any more), "fork" (a process that keeps
all files open for a while), "close". Each is answered on stdout by a line of JSON with the time it took. What happens
to the output is told there, too.
"""

import json
import os
import re
import sys
import threading
import time
from dataclasses import replace
from typing import get_args

from emgctl.errors import EmgctlError
from emgctl.testing import gesture, run_context
from emgctl.types import Cause, Command
from emgctl_hand.hand import Hand, HandOptions

CAUSES: dict[str, Cause] = {cause: cause for cause in get_args(Cause) if cause}


class Driven:
    """The hand, what it is told again and again, and its reopening as the core does it."""

    def __init__(self, options, **rules):
        self.hand, self.context = Hand(HandOptions(**options)), replace(run_context(), **rules)
        self.hand.open(self.context)
        self.order, self.beats, self.closed = "rest", True, False
        threading.Thread(target=self._keep, daemon=True).start()

    def command(self):
        now_s = time.perf_counter()
        if cause := CAUSES.get(self.order):
            return Command.neutral(now_s, self.order, cause=cause)
        return Command(now_s, prediction=gesture(self.order, now_s, intensity=1.0))

    def _keep(self):
        while not self.closed:
            time.sleep(0.02)
            if self.beats and not self.closed:
                try:
                    self.hand.heartbeat(time.perf_counter())
                    self.hand.send(self.command())
                except EmgctlError as error:
                    say(lost=str(error))
                    self.hand.close()
                    self._reopen()

    def _reopen(self):
        while not self.closed:
            time.sleep(0.2)
            try:
                self.hand.open(self.context)
            except EmgctlError as error:
                say(refused=str(error))
            else:
                say(reopened=True)
                return


def say(**what):
    sys.stdout.write(json.dumps({"wall_s": time.time(), **what}) + "\n")
    sys.stdout.flush()


def main():
    options, rules = json.loads(sys.stdin.readline()), json.loads(sys.stdin.readline())
    one = Driven(options, **rules)
    say(opened=True)
    for line in sys.stdin:
        word, begun_s = line.strip(), time.perf_counter()
        if word == "hang":
            say(order=word)
            re.match(r"(a+)+$", "a" * 64 + "!")  # for years
        elif word == "fork":
            if not os.fork():
                time.sleep(2)
                os._exit(0)
        elif word == "mute":
            one.beats = False
        elif word == "close":
            one.closed = True
            one.hand.close()
        else:
            one.order = word
            if word in CAUSES:
                one.hand.send(one.command())
        say(order=word, took_s=time.perf_counter() - begun_s)


if __name__ == "__main__":
    main()
