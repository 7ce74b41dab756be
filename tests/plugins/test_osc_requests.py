"""What OSC messages request, how stops are answered, and how many get through."""

import math
import select
import socket
import threading
import time

import pytest
from osc_listening import KILL, listener_fixture, message, run_fixture, sender_fixture  # noqa: F401
from patience import patient
from pythonosc.osc_packet import OscPacket

from emgctl.support.limits import RateLimit, RateLimits
from emgctl.types import Led, Recentre, Select, StopRequest, Vibrate
from emgctl_osc.requests import OddRequestError, request
from emgctl_osc.server import Listener


@pytest.mark.parametrize(
    ("address", "values", "asked"),
    [
        ("/myo1/vibrate", [], Vibrate("short")),
        ("/myo1/vibrate", [3], Vibrate("long")),
        ("/myo/vibrate", ["medium"], Vibrate("medium")),
        ("/emgctl/vibrate", [99], Vibrate("short")),
        ("/emgctl/vibrate", [2.0], Vibrate("medium")),
        ("/emgctl/vibrate", [0], None),
        ("/emgctl/vibrate", ["off"], None),
        ("/myo1/led", [255, 0, 16], Led("ff0010")),
        ("/myo1/Yaw/calibrate", [], Recentre()),
        ("/emgctl/recenter", [], Recentre()),
        ("/emgctl/recenter", [1.0], Recentre()),
        ("/emgctl/recenter", [0.0], None),
        ("/emgctl/recenter", [False], None),
        ("/emgctl/select", [], Select()),
        ("/emgctl/select", ["fist", "0"], Select(("fist", "0"))),
        ("/emgctl/select", [0.0], None),
        ("/emgctl/kill", [], StopRequest("kill", "OSC")),
        ("/emgctl/kill", [1], StopRequest("kill", "OSC")),
        ("/emgctl/kill", [0.001], StopRequest("kill", "OSC")),
        ("/emgctl/kill", [True], StopRequest("kill", "OSC")),
        ("/emgctl/kill", [None], StopRequest("kill", "OSC")),
        ("/emgctl/kill", ["on"], StopRequest("kill", "OSC")),
        ("/emgctl/kill", [0, 1], StopRequest("kill", "OSC")),
        ("/emgctl/kill", [0], None),
        ("/emgctl/kill", [0.0], None),
        ("/emgctl/kill", [-0.0], None),
        ("/emgctl/kill", [False], None),
        ("/emgctl/kill", ["0"], None),
        ("/emgctl/kill", ["Off"], None),
        ("/emgctl/kill", [0, 0], None),
        # what can't be judged stops, and never lets anything move
        ("/emgctl/kill", [math.nan], StopRequest("kill", "OSC")),
        ("/emgctl/kill", ["perhaps"], StopRequest("kill", "OSC")),
        ("/emgctl/kill", [b"\0"], StopRequest("kill", "OSC")),
        ("/emgctl/kill", None, StopRequest("kill", "OSC")),
        ("/emgctl/pause", [], StopRequest("toggle", "OSC")),
        ("/emgctl/pause", [1.0], StopRequest("toggle", "OSC")),
        ("/emgctl/pause", [0.0], None),
        ("/emgctl/pause", [False], None),
        ("/emgctl/pause", ["off"], None),
        ("/emgctl/pause", [math.nan], StopRequest("pause", "OSC")),
        ("/emgctl/pause", None, StopRequest("pause", "OSC")),
        ("/emgctl/paused", [1], StopRequest("pause", "OSC")),
        ("/emgctl/paused", [0], StopRequest("resume", "OSC")),
        ("/emgctl/paused", [0.0], StopRequest("resume", "OSC")),
        ("/emgctl/paused", [], StopRequest("pause", "OSC")),
        ("/emgctl/paused", [math.nan], StopRequest("pause", "OSC")),
        ("/emgctl/paused", None, StopRequest("pause", "OSC")),
        ("/emgctl/resume", [], StopRequest("resume", "OSC")),
        ("/emgctl/resume", [1], StopRequest("resume", "OSC")),
        ("/emgctl/resume", [0], None),
    ],
)
def test_what_a_message_asks_for(address, values, asked):
    assert request(address, values) == asked


@pytest.mark.parametrize(
    ("address", "values"),
    [
        ("/emgctl/kil", []), ("/emgctl/kil", [0]), ("/emgctl/resume", [math.nan]), ("/emgctl/resume", None),
        ("/emgctl/recenter", [math.nan]), ("/emgctl/recenter", ["perhaps"]), ("/myo1/led", [300, 0, 0]),
        ("/myo1/led", ["a", 0, 0]), ("/myo1/led", [math.nan] * 3), ("/emgctl/vibrate", [math.nan]),
        ("/emgctl/vibrate", ["perhaps"]), ("/emgctl/vibrate", [-1]), ("/emgctl/select", [math.nan]),
        ("/emgctl/select", [1]), ("/emgctl/select", ["x" * 1000]), ("/emgctl/select", ["x"] * 1000),
    ],
)  # fmt: skip
def test_what_means_nothing(address, values):
    with pytest.raises(OddRequestError):
        request(address, values)


def answer_to(sender):
    (got,) = OscPacket(sender.recv(2000)).messages
    return got.message.address, list(got.message.params)


@pytest.mark.parametrize(
    ("sent", "state"),
    [(KILL, "stopped"), (message("/emgctl/pause"), "paused"), (message("/emgctl/resume"), "running")],
)
def test_a_halt_is_answered_to_its_sender_when_it_is_done(sent, state, run, listener, sender):
    run.missing = ("hand: not connected",)
    sender.send(sent)
    assert answer_to(sender) == (f"/emgctl/{state}", [pytest.approx(3.2), "hand: not connected"])


def test_answers_are_small_and_few(run, listener, sender):
    run.missing = tuple(f"output {number}: " + "x" * 500 for number in range(50))
    for _ in range(200):
        sender.send(KILL)
    sender.send(message("/emgctl/kill", 0))
    sizes = []
    while select.select([sender], [], [], 0.5)[0]:
        sizes.append(len(sender.recv(65_536)))
    assert 1 <= len(sizes) < 150  # 50 at once and 50 a second
    assert max(sizes) < 600


def test_a_kill_waits_for_no_pause_however_many_there_are(run, listener, sender):
    run.takes_s = 1.0
    for _ in range(500):
        sender.send(message("/emgctl/pause"))
    begun_s = time.monotonic()
    sender.send(KILL)
    while StopRequest("kill", "OSC") not in run.halts and time.monotonic() - begun_s < 3:
        time.sleep(0.001)
    assert run.halts.count(StopRequest("kill", "OSC")) == 1
    assert len(run.halts) < 5


def test_a_stop_that_fails_does_not_end_the_listening(run):
    def fails_once(halt, calls=[]):  # noqa: B006 - kept between calls
        calls.append(halt)
        if len(calls) == 1:
            failed.set()
            raise RuntimeError("an accident")
        return run.halt(halt)

    failed = threading.Event()
    listener = Listener("127.0.0.1", 0, fails_once, run.asked.append)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(KILL, ("127.0.0.1", listener.port))
        assert failed.wait(patient(10))
        sender.sendto(KILL, ("127.0.0.1", listener.port))
        run.waits_for(StopRequest("kill", "OSC"))
    listener.close()


def test_other_requests_are_passed_on_but_no_flood_of_them(run, listener, sender):
    for _ in range(1000):
        sender.send(message("/emgctl/vibrate", 1))
    sender.send(KILL)
    run.waits_for(StopRequest("kill", "OSC"))
    assert 1 <= len(run.asked) < 500
    assert set(run.asked) == {Vibrate("short")}


def test_a_rate_limit_lets_a_burst_pass_and_then_so_many_a_second():
    now_s = [0.0]
    limit = RateLimit(burst=3, per_s=2.0, clock=lambda: now_s[0])
    assert [limit.allows() for _ in range(5)] == [True] * 3 + [False] * 2
    now_s[0] = 1.0
    assert [limit.allows() for _ in range(3)] == [True, True, False]
    now_s[0] = 1000.0
    assert [limit.allows() for _ in range(4)] == [True] * 3 + [False]


def test_one_sender_does_not_use_up_the_answers_of_others():
    limits = RateLimits(burst=3, per_s=0.001, most=2)
    assert [limits.allows("flood") for _ in range(10)] == [True] * 3 + [False] * 7
    assert limits.allows("phone")
    assert sum(limits.allows(number) for number in range(1000)) <= 30
