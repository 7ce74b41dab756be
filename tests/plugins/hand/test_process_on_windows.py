"""The hand's process as it runs on Windows: a port of pyserial's kind for Windows, and a run that reads nothing."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest
from fake_windows import windows
from patience import patient

from emgctl_hand import process
from emgctl_hand.channel import ThreadSender, sender
from emgctl_hand.inbox import ThreadInbox, inbox
from emgctl_hand.link import Link, start_process
from emgctl_hand.options import HandOptions
from emgctl_hand.order import Order
from emgctl_hand.virtual import VIRTUAL, VirtualHand

PATIENCE_S = patient(10)
STALE_S = 0.2


class Port:
    """A port with a virtual hand behind it, as pyserial has it on Windows: without a descriptor, with a slow flush."""

    def __init__(self, hand):
        self.hand, self.timeout, self._answers = hand, 0.0, b""
        self.closed = False

    @property
    def in_waiting(self):
        return len(self._answers)

    def fileno(self):
        raise io.UnsupportedOperation("fileno")

    def write(self, data):
        self.hand.step(time.monotonic())
        self._answers += self.hand.receive(bytes(data))
        return len(data)

    def read(self, size=1):
        found, self._answers = self._answers[:size], self._answers[size:]
        return found

    def flush(self):
        pytest.fail("flush sleeps for 50 ms at a time on Windows")

    def reset_input_buffer(self):
        self._answers = b""

    def reset_output_buffer(self):
        pass

    def close(self):
        self.closed = True


def serving(monkeypatch, protocol, arriving, sending):
    """The hand's process in this one, up to its end."""
    hand = VIRTUAL[protocol]()
    control = {"grips": {"fist": "power"}, "speed_per_s": 5.0, "safe": {"end": "open"}}
    options = HandOptions(port="COM3", protocol=protocol, control=control, **hand.options())
    port = Port(hand)
    monkeypatch.setattr(process, "opened", lambda *_: port)
    monkeypatch.setattr(process, "identity", lambda _: "")
    run = {"pid": 0, "stale_after_s": STALE_S, "wait_for_rest": True, "anew": False, "device": "", "at": {}}
    made = process.HandProcess({"hand": options.for_process(), "run": run}, arriving, sending)
    made.open()
    made.serve()
    made.close()
    return hand, port


@pytest.mark.parametrize("protocol", ["inspire", "rohand", "packet"])
def test_a_hand_without_a_watchdog_opens_closes_and_is_safe_when_its_run_hangs_and_is_gone(monkeypatch, protocol):
    if protocol == "rohand":
        pytest.importorskip("pymodbus")
    theirs, ours = os.pipe()
    unread, reports = os.pipe()  # the run reads nothing from the start
    if sys.platform == "linux":
        import fcntl

        fcntl.fcntl(reports, fcntl.F_SETPIPE_SZ, 4096)  # as large as Windows makes it
    most: list[float] = []
    hands: list[VirtualHand] = []
    make = VIRTUAL[protocol]

    def made():
        hands.append(make())
        return hands[-1]

    def run():
        orders = ThreadSender(os.fdopen(ours, "wb", buffering=0))
        until_s = time.monotonic() + PATIENCE_S
        while time.monotonic() < until_s and not (most and most[-1] > 0.5):
            label = "rest" if not most else "fist"
            order = Order(time.perf_counter(), label, 1.0, 1.0, label == "rest")
            orders.send("order", 0, time.perf_counter(), order)
            time.sleep(0.01)
            most.append(hands[0].closures["index"] if hands else 0.0)
        time.sleep(2 * STALE_S)
        orders.close(PATIENCE_S)

    monkeypatch.setitem(VIRTUAL, protocol, made)
    with windows(monkeypatch):
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        arriving, sending = inbox(theirs), sender(os.fdopen(reports, "wb", buffering=0))
        assert isinstance(arriving, ThreadInbox)
        hand, port = serving(monkeypatch, protocol, arriving, sending)
    thread.join(PATIENCE_S)
    hand.step(time.monotonic() + 1.0)
    assert max(most) > 0.5  # it moved
    assert hand.closures["index"] < 0.1  # and is open, as its safe end demands
    assert port.closed
    for end in (theirs, unread):
        os.close(end)


def test_the_process_is_started_so_that_nothing_but_the_run_ends_it(monkeypatch):
    started = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **how: started.append((command, how)))
    monkeypatch.setattr(sys, "_base_executable", "C:/Python311/python.exe", raising=False)
    with windows(monkeypatch):
        start_process()
    (program, *_), how = started[0]
    assert program == "C:/Python311/python.exe"  # a virtual environment's launcher would end with the console
    assert how["env"]["__PYVENV_LAUNCHER__"] == sys.executable
    assert how["creationflags"] == 0x8 | 0x200  # DETACHED_PROCESS, CREATE_NEW_PROCESS_GROUP


def test_it_ends_last_and_keeps_time(monkeypatch):
    power = []

    def set_information(_process, kind, about, size):
        state = about._obj
        power.append((kind, state.version, state.control, state.state, size))
        return 1

    actions = {
        "SetProcessShutdownParameters": lambda level, _flags: level,
        "timeBeginPeriod": lambda _ms: 0,
        "GetCurrentProcess": lambda: 2**64 - 1,
        "SetProcessInformation": set_information,
    }
    sent = SimpleNamespace(get=lambda _: None)
    monkeypatch.setattr(process, "inbox", lambda _: sent)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(fileno=lambda: 0))
    with windows(monkeypatch, **actions) as system:
        assert process.main() == 1  # the run is gone before it has said anything
    assert ("SetProcessShutdownParameters", 0x100, 0) in system.calls
    assert ("timeBeginPeriod", 1) in system.calls
    assert power == [(4, 1, 0x1 | 0x4, 0, 12)]


def test_a_process_that_was_killed_as_it_hung_is_replaced_although_windows_gives_it_an_ordinary_status():
    theirs, stdin = os.pipe()
    stdout, reports = os.pipe()
    hung: Any = SimpleNamespace(
        stdin=os.fdopen(stdin, "wb", buffering=0), stdout=os.fdopen(stdout, "rb", buffering=0),
        kill=lambda: os.close(reports), wait=lambda: 1,
    )  # fmt: skip
    values = {"run": {"stale_after_s": STALE_S}, "hand": {"write_timeout_s": 0.2}}
    died = threading.Event()
    link = Link("hand on COM3", values, lambda *_: None, lambda _: died.set(), hung)
    link.kill("its process has not responded for 1 s")
    assert died.wait(PATIENCE_S)
    os.close(theirs)
