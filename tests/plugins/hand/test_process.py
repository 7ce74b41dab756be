"""The hand's own process: whatever becomes of the run, the hand stops, is safe, and moves again only after rest.

The times are those of the simulated hand. With EMGCTL_REPEAT=20 each case is run twenty times, with every protocol.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import simulated
from full_form import FULL
from patience import patient

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="needs pseudo-terminals and signals"),
    pytest.mark.process,
]
REPEAT = int(os.environ.get("EMGCTL_REPEAT", "1"))
ALL = ("ability", "inspire", "rohand", "arduino", "packet", "lines")
STALE_S, ALLOWED_S = 0.2, 0.1
NOISE_S = float(os.environ.get("EMGCTL_NOISE_S") or min(patient(0.3), 1.0))  # of a machine that does other things, too
SLOW = 0.3  # of a drive's range a second, so that the hand is on its way when something happens


def some(name, few, every):
    """Cases of which a few are enough in the short form."""
    return pytest.mark.parametrize(name, every if FULL else few)


class Hand(simulated.Simulated):
    """A simulated hand; ``options`` are those it needs of the output."""

    def __init__(self, protocol, *settings):
        super().__init__("hand", protocol, *settings)
        self.protocol = protocol
        self.options = {"port": self.port, "protocol": protocol} | self.first
        for key in ("wall_s", "event"):
            self.options.pop(key)

    def moves(self, since_s=0.0):
        """When it moved, and how far the middle finger was closed then."""
        moved = [event for event in self.events if event["event"] == "moved" and event["wall_s"] > since_s]
        return [(event["wall_s"], event["middle"]) for event in moved]

    def closed(self, at_s=float("inf")):
        before = [middle for wall_s, middle in self.moves() if wall_s <= at_s]
        return before[-1] if before else 0.0

    def lines(self, since_s=0.0):
        return [event["line"] for event in self.events if event["event"] == "line" and event["wall_s"] > since_s]


class Run(simulated.Making):
    """A run in a process of its own that drives a simulated hand; see driven.py."""

    def __init__(self, protocol, safe, **rules):
        super().__init__(Hand)
        command = [sys.executable, str(Path(__file__).with_name("driven.py"))]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.virtual = self(protocol)
        options = dict(self.virtual.options)
        if protocol != "lines":
            options["control"] = {"grips": {"fist": "power"}, "move": "position", "speed_per_s": SLOW, "safe": safe}
        for line in (options, rules):
            self.process.stdin.write(json.dumps(line) + "\n")
        self.events: list[dict[str, Any]] = []
        threading.Thread(target=self._read, daemon=True).start()
        self.until(lambda: self.events)
        self.moving("fist")

    def _read(self):
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def until(self, condition, seconds=10.0):
        self.virtual.until(condition, seconds)

    def order(self, word):
        """Give an order, and wait for the answer."""
        count = len([one for one in self.events if one.get("order") == word])
        self.process.stdin.write(word + "\n")
        self.until(lambda: len([one for one in self.events if one.get("order") == word]) > count)
        return [one for one in self.events if one.get("order") == word][-1]

    def moving(self, gesture):
        """Let the decoder rest and then make a gesture, until the hand moves and is not there yet."""
        self.order("rest")
        time.sleep(0.1)
        self.order(gesture)
        self.until(lambda: self.virtual.closed() > 0.05)

    @property
    def children(self):
        """The process ids of what it has started: the hand's process, and one that stands by."""
        threads = Path(f"/proc/{self.process.pid}/task").iterdir()
        return [int(pid) for thread in threads for pid in (thread / "children").read_text().split()]

    @property
    def driver(self):
        """The process that has the port open."""
        found = []
        for pid in self.children:
            with contextlib.suppress(OSError):
                files = [str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()]
                found += [pid] * (self.virtual.port in files)
        (pid,) = found
        return pid

    def lost(self):
        """Why the output was lost, once it is back."""
        self.until(lambda: any("reopened" in one for one in self.events))
        return next(one["lost"] for one in self.events if "lost" in one)

    def close(self):
        for send in (signal.SIGCONT, signal.SIGKILL):
            self.process.send_signal(send)
        self.process.communicate()
        super().close()


@pytest.fixture
def running():
    made = []

    def run(*words, **rules):
        made.append(Run(*words, **rules))
        return made[-1]

    yield run
    for one in made:
        one.close()


def happens(run, what):
    """Let it happen; when it did."""
    at_s = time.time()
    if what in ("SIGKILL", "SIGSTOP"):
        run.process.send_signal(getattr(signal, what))
    else:
        run.order(what)
    return at_s


def assert_stopped(run, at_s, allowed_s):
    """Nothing closes any further after the time that is allowed."""
    before = run.virtual.closed(at_s + allowed_s)
    later = [middle for wall_s, middle in run.virtual.moves(at_s + allowed_s)]
    assert max(later, default=0.0) <= before + 0.02, f"it went on from {before} to {max(later)}"


@pytest.mark.parametrize("turn", range(REPEAT))
@some("protocol", ["ability"], ALL)
@some("what", ["hang"], ["SIGSTOP", "hang", "mute"])
def test_a_run_that_hangs_is_stopped_or_falls_silent_moves_nothing(running, what, protocol, turn):
    run = running(protocol, {"silence": "hold"})
    at_s = happens(run, what)
    time.sleep(NOISE_S + 0.7)
    if protocol == "lines":
        assert "OPEN" in run.virtual.lines(at_s)
        assert "POWER" not in run.virtual.lines(at_s + STALE_S + ALLOWED_S + NOISE_S)
        run.until(lambda: run.virtual.closed() < 0.02)
        return
    assert run.virtual.closed() < 0.9
    assert_stopped(run, at_s, STALE_S + ALLOWED_S + NOISE_S)


@pytest.mark.parametrize("turn", range(REPEAT))
@some("protocol", ["packet"], ALL)
def test_the_safe_state_of_silence_is_reached_and_left_only_after_rest(running, protocol, turn):
    run = running(protocol, {"silence": "open"})
    at_s = happens(run, "SIGSTOP")
    run.until(lambda: run.virtual.closed() < 0.02)
    assert time.time() - at_s < STALE_S + ALLOWED_S + NOISE_S + 1 / SLOW
    run.process.send_signal(signal.SIGCONT)  # the fist goes on
    time.sleep(0.7)
    assert run.virtual.closed() < 0.02
    run.moving("fist")


@pytest.mark.parametrize("turn", range(REPEAT))
@some("protocol", ["lines"], ALL)
def test_a_run_that_is_killed_leaves_the_hand_safe(running, protocol, turn):
    run = running(protocol, {"end": "open", "silence": "hold"})
    at_s = happens(run, "SIGKILL")
    run.until(lambda: run.virtual.closed() < 0.02)
    assert_stopped(run, at_s, STALE_S + ALLOWED_S + NOISE_S)
    if protocol == "lines":
        assert run.virtual.lines(at_s)[-1] == "OPEN"


@pytest.mark.parametrize("turn", range(REPEAT))
@some("protocol", ["packet"], ALL)
@pytest.mark.parametrize("all_of_them", [False, True])
def test_a_process_that_is_killed_is_replaced_at_once_and_waits_for_rest(running, all_of_them, protocol, turn):
    run = running(protocol, {"fault": "open", "end": "hold"})
    child, children = run.driver, run.children
    at_s = time.time()
    for pid in children if all_of_them else [child]:
        os.kill(pid, signal.SIGKILL)
    run.until(lambda: run.virtual.closed() < 0.02)
    assert_stopped(run, at_s, STALE_S + ALLOWED_S + NOISE_S)
    assert "its process was killed by signal 9" in run.lost()
    time.sleep(0.5)
    assert run.virtual.closed() < 0.02  # the fist goes on, but no rest was seen
    run.moving("fist")
    assert run.driver != child


@some("protocol", ["rohand"], ALL)
def test_a_halt_is_confirmed_at_once_and_nothing_weaker_replaces_it(running, protocol):
    run = running(protocol, {"halt": "hold", "fault": "open", "silence": "open"})
    assert run.order("halt")["took_s"] < patient(0.15)
    at_s = time.time()
    run.order("fault")
    run.order("silence")
    time.sleep(0.6)
    if protocol == "lines":
        assert run.virtual.lines(at_s)[-1] == "OPEN"
    else:
        assert run.virtual.closed() > 0.02
        assert_stopped(run, at_s, 0.1)
    before = run.virtual.closed()
    run.moving("fist")
    run.until(lambda: run.virtual.closed() > before + 0.05)


@some("protocol", ["ability"], ALL)
def test_the_end_is_safe_before_close_returns(running, protocol):
    run = running(protocol, {"end": "open"})
    time.sleep(0.2)
    assert run.order("close")["took_s"] < patient(1.5)
    run.until(lambda: run.virtual.closed() < 0.02)


@some("number", ["SIGTERM"], ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_to_the_process_alone_ends_it_safely_and_the_run_takes_another(running, number):
    run = running("inspire", {"end": "open", "fault": "hold"})
    child = run.driver
    os.kill(child, getattr(signal, number))
    run.until(lambda: run.virtual.closed() < 0.02)
    assert f"its process was ended by {number}" in run.lost()
    run.moving("fist")


def test_a_process_that_hangs_is_killed_and_replaced(running):
    run = running("inspire", {"fault": "open"})
    child = run.driver
    os.kill(child, signal.SIGSTOP)
    assert "its process has not responded" in run.lost()
    run.until(lambda: run.virtual.closed() < 0.02)
    run.moving("fist")


def test_a_hand_that_reports_a_fault_is_still_brought_to_the_safe_state_of_the_end(running):
    run = running("inspire", {"end": "open"})
    run.until(lambda: run.virtual.closed() > 0.3)
    run.process.kill()
    run.virtual.order("fault on")
    run.until(lambda: run.virtual.closed() < 0.02)


def test_what_the_run_has_forked_does_not_keep_the_hand_from_its_end(running):
    run = running("inspire", {"end": "open", "silence": "hold"})
    run.order("fork")
    run.process.kill()
    run.until(lambda: run.virtual.closed() < 0.02, 1.5)


def test_a_run_and_its_process_that_are_killed_together_leave_the_hand_where_it_is(running):
    run = running("inspire", {"end": "open"})
    for pid in [*run.children, run.process.pid]:
        os.kill(pid, signal.SIGKILL)
    at_s = time.time()
    time.sleep(0.5)
    assert_stopped(run, at_s, NOISE_S)
