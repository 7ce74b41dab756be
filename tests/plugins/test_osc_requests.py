"""What arrives over OSC: read, judged, carried out and answered, whatever else arrives; real datagrams and sockets."""

import math
import select
import socket
import struct
import subprocess
import sys
import threading
import time
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import patient
from pythonosc.osc_bundle import OscBundle
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.osc_packet import OscPacket

from emgctl.errors import LONGEST_QUOTE, DeviceError
from emgctl.plugin import RunContext
from emgctl.stats import Stats
from emgctl.testing import SIGNAL, gesture
from emgctl.types import Command, Led, Recentre, Select, StopAnswer, StopRequest, Vibrate
from emgctl_osc.limits import RateLimit, RateLimits
from emgctl_osc.osc import Osc, OscOptions
from emgctl_osc.reading import DEEPEST, OscError, messages
from emgctl_osc.requests import OddRequestError, request
from emgctl_osc.server import Listener

KILL = OscMessageBuilder("/emgctl/kill").build().dgram


def message(address, *values):
    built = OscMessageBuilder(address)
    for value in values:
        built.add_arg(value)
    return built.build().dgram


def padded(text):
    return text + b"\0" * (4 - len(text) % 4)


def bundle(*contents):
    sized = b"".join(struct.pack(">i", len(one)) + one for one in contents)
    return b"#bundle\0" + struct.pack(">Q", 1) + sized


def nested(datagram, depth):
    for _ in range(depth):
        datagram = bundle(datagram)
    return datagram


ODD = {
    "empty": b"",
    "no OSC": b"\xff\x00",
    "array": padded(b"/emgctl/vibrate") + padded(b",[i]") + struct.pack(">i", 1),
    "open array": padded(b"/emgctl/vibrate") + padded(b",[[[i"),
    "negative size": b"#bundle\0" + struct.pack(">Qi", 1, -4),
    "size zero": b"#bundle\0" + struct.pack(">Qi", 1, 0) * 9,
    "huge size": b"#bundle\0" + struct.pack(">Qi", 1, 2**31 - 1),
    "no time": b"#bundle\0",
    "odd time": b"#bundle\0" + b"\xff" * 8 + struct.pack(">i", 4) + b"/a\0\0",
    "deep": nested(message("/emgctl/recenter"), 3000),
    "self-similar": b"#bundle\0" + struct.pack(">Q", 1) + struct.pack(">i", 16) * 16_000,
    "many elements": bundle(*[b"/a\0\0"] * 8000),
    "many tags": padded(b"/a") + b"," + b"T" * 60_000,
    "many arrays": padded(b"/a") + b"," + b"[" * 60_000,
    "odd time tag": padded(b"/a") + padded(b",t") + b"\xff" * 8,
    "huge blob": padded(b"/a") + padded(b",b") + struct.pack(">i", 2**31 - 1),
    "negative blob": padded(b"/a") + padded(b",b") + struct.pack(">i", -8),
    "address of bytes": b"/\xff\xfe\0",
    "text of bytes": padded(b"/emgctl/select") + padded(b",s") + b"\xff\xfe\xfd\0",
}  # fmt: skip

STATES: dict[str, Literal["running", "paused", "killed"]] = {"kill": "killed", "resume": "running"}


class Run:
    """A run as its outputs see it: what it was asked, and halts that it confirms after ``takes_s``."""

    def __init__(self, missing=(), takes_s=0.0):
        self.asked, self.halts, self.missing, self.takes_s = [], [], missing, takes_s
        self._changed = threading.Condition()

    def halt(self, halt):
        with self._changed:
            self.halts.append(halt)
            self._changed.notify_all()
        if halt.how != "kill":
            time.sleep(self.takes_s)
        return StopAnswer(STATES.get(halt.how, "paused"), 0.0032, self.missing)

    def waits_for(self, *halts, timeout_s=10):
        with self._changed:
            assert self._changed.wait_for(lambda: self.halts == list(halts), timeout_s), self.halts


@pytest.fixture
def run():
    return Run()


@pytest.fixture
def listener(run):
    one = Listener("127.0.0.1", 0, run.halt, run.asked.append)
    yield one
    one.close()
    one.close()


@pytest.fixture
def sender(listener):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(5)
        one.connect(("127.0.0.1", listener.port))
        yield one


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_a_kill_arrives_after_any_odd_datagram(odd, run, listener, sender):
    sender.send(odd)
    sender.send(KILL)
    run.waits_for(StopRequest("kill", "OSC"), timeout_s=3)


def test_odd_datagrams_are_logged_a_little_printable_and_short(run, listener, sender, caplog):
    for odd in ODD.values():
        sender.send(odd)
        sender.send(odd)
    for number in range(200):
        sender.send(message(f"/x\x1b[2J{number}" + "y" * 500, "\x07"))
    sender.send(KILL)
    run.waits_for(StopRequest("kill", "OSC"))
    logged = [record.getMessage() for record in caplog.records]
    assert 5 < len(logged) <= 20
    assert len(set(logged)) == len(logged)
    assert all(one.isprintable() and len(one) <= LONGEST_QUOTE + len("osc: ...") for one in logged)


@pytest.mark.parametrize("depth", [0, 1, DEEPEST])
def test_a_kill_within_bundles_arrives(depth, run, listener, sender):
    sender.send(nested(KILL, depth))
    run.waits_for(StopRequest("kill", "OSC"))


def test_what_is_sound_before_the_damage_counts():
    damaged = bundle(KILL, message("/emgctl/recenter")) + struct.pack(">i", -4)
    found: list[object] = []
    with pytest.raises(OscError, match="element of -4 bytes"):
        found.extend(messages(damaged))
    assert found == [("/emgctl/kill", []), ("/emgctl/recenter", [])]


@given(st.binary(max_size=600).map(lambda tail: b"#bundle\0" + tail) | st.binary(max_size=300).map(lambda t: b"/" + t))
def test_any_bytes_give_messages_or_one_kind_of_error(datagram):
    try:
        for address, _ in messages(datagram):
            assert address.startswith("/")
            assert address.isascii()
    except OscError:
        pass


_VALUES = st.lists(
    st.integers(-(2**31), 2**31 - 1)
    | st.floats(width=32, allow_nan=False)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
    | st.booleans()
    | st.binary(min_size=1, max_size=20),
    max_size=8,
)


@given(_VALUES, st.integers(0, 3))
def test_what_python_osc_writes_is_read_back(values, depth):
    content = OscMessageBuilder("/emgctl/x")
    for value in values:
        content.add_arg(value)
    built: OscMessage | OscBundle = content.build()
    for _ in range(depth):
        outer = OscBundleBuilder(IMMEDIATELY)
        outer.add_content(built)
        built = outer.build()
    assert list(messages(built.dgram)) == [("/emgctl/x", values)]


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


# the output


def run_context(run, user="tester"):
    return RunContext(user, SIGNAL, ("rest", "fist"), Stats().snapshot, run.asked.append, halt=run.halt)


def test_a_stop_is_received_while_the_receiver_is_lost(run, monkeypatch):
    one = Osc(OscOptions(port=9, listen_port=0))
    one.open(run_context(run))
    port = one._listener.port
    monkeypatch.setattr(one, "_messages", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        one.send(Command(0.0, prediction=gesture("fist")))
    one.close()  # as the core does before it tries to reopen
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.sendto(KILL, ("127.0.0.1", port))
        run.waits_for(StopRequest("kill", "OSC"))
        monkeypatch.undo()
        later = Run()
        one.open(run_context(later))
        peer.sendto(message("/emgctl/pause", 1.0), ("127.0.0.1", port))
        later.waits_for(StopRequest("toggle", "OSC"))
    one.send(Command.neutral(0.1, "end", cause="end"))
    one.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", port))  # it is free again


def test_a_listening_port_that_is_taken_names_who_has_it(run):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(DeviceError, match="choose another 'listen_port'") as raised:
            Listener("127.0.0.1", port, run.halt, run.asked.append)
    if sys.platform == "linux":
        assert "python" in str(raised.value)


SENDS = """
import sys
from emgctl.testing import run_context
from emgctl_osc.osc import Osc, OscOptions
one = Osc(OscOptions(port=int(sys.argv[1])))
one.open(run_context())
print("open", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows locks files in another way")
def test_a_second_run_of_the_same_user_to_the_same_receiver_is_refused(run):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        port = peer.getsockname()[1]
        words = [sys.executable, "-c", SENDS, str(port)]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout.readline() == "open\n"
            with pytest.raises(
                DeviceError, match=rf"another run \(process {other.pid}\) is sending to the same addresses"
            ):
                Osc(OscOptions(port=port)).open(run_context(run))
            for user, options in (("another", {}), ("tester", {"addresses": {"gesture": "/mine"}})):
                fits = Osc(OscOptions(port=port, **options))
                fits.open(run_context(run, user))
                fits.close()
            other.kill()
            other.wait()
        twice = [Osc(OscOptions(port=port)) for _ in range(2)]
        for one in twice:
            one.open(run_context(run))
        for one in twice:
            one.close()


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("Müller", "Muller"),
        ("Faust links", "Faust_links"),
        ("groß", "gross"),
        ("手", "_"),
        ("a/b", "a_b"),
        ("é\0\n", "e__"),
    ],
)
def test_addresses_are_ascii(user, expected, run):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(5)
        one = Osc(OscOptions(port=peer.getsockname()[1]))
        one.open(run_context(run, user))
        one.send(Command(0.0, {"höhe": 0.5}, prediction=gesture("fist")))
        addresses = {timed.message.address for timed in OscPacket(peer.recv(65_536)).messages}
        one.close()
    assert f"/emgctl/{expected}/axis/hohe" in addresses
    assert all(address.isascii() and address.isprintable() for address in addresses)


def test_labels_that_would_share_an_address_are_named():
    from emgctl.plugin import WindowSpec

    one = Osc(OscOptions(addresses={"is_gesture": "/is/{label}"}))
    (problem,) = one.problems(WindowSpec(SIGNAL, 4, 2, ("rest", "Faust links", "Faust_links")))
    assert problem[0] == ("addresses", "is_gesture")
    assert "'Faust links' and 'Faust_links' would share the address '/is/Faust_links'" in problem[1]
    assert not list(one.problems(WindowSpec(SIGNAL, 4, 2, ("rest", "fist"))))
