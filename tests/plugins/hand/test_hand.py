"""The output against virtual hands on pseudo-terminals: what their drives do when things go well, and when not."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import simulated
import yaml
from command_line import emgctl
from full_form import combined
from patience import patient
from pydantic import ValidationError

from emgctl.errors import DeviceError
from emgctl.recording.reader import read_recording
from emgctl.testing import gesture, run_context
from emgctl.types import Command
from emgctl_hand.hand import Hand, HandOptions

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="needs pseudo-terminals"),
    pytest.mark.process,
]
PROFILES = Path(__file__).parents[3] / "profiles"
REPEAT = int(os.environ.get("EMGCTL_REPEAT", "1"))
PROTOCOLS = ["ability", "inspire", "rohand", "arduino"]


class VirtualOne(simulated.Simulated):
    """A virtual hand."""

    def __init__(self, *settings):
        super().__init__("hand", *settings)

    def closed(self):
        """How far the middle finger is closed."""
        moved = [event for event in self.events if event["event"] == "moved"]
        return moved[-1]["middle"] if moved else 0.0


@pytest.fixture
def simulate():
    making = simulated.Making(VirtualOne)
    yield making
    making.close()


def hand(port, protocol, **options):
    control = {"grips": {"fist": "power", "open": "open"}, "speed_per_s": 4} | options.pop("control", {})
    return Hand(HandOptions(port=port, protocol=protocol, control=control, **options))


def listening(one):
    """A context for an output, and what its device reported last."""
    reported: dict[str, object] = {}
    context = run_context(
        lambda values, note: reported.update(zip(one.telemetry_channels, values, strict=True), note=note)
    )
    return replace(context, doing=lambda text: reported.update(doing=text)), reported


def keep(one, label="", seconds=1.0, cause="", until=None):
    """Send a command again and again, as an OutputRunner does: so many seconds long, or until something is so.

    Where a busy machine made a hand wait for rest, it gets one.
    """
    until_s = time.monotonic() + (seconds if until is None else patient(10.0))
    rest_s = time.monotonic() + 3.0
    while time.monotonic() < until_s:
        if until is not None:
            if until():
                return
            if time.monotonic() > rest_s:
                keep(one, "rest", 0.1)
                rest_s = time.monotonic() + 3.0
        now_s = time.monotonic()
        command = Command(now_s, prediction=gesture(label, now_s, intensity=1.0))
        one.send(Command.neutral(now_s, cause, cause=cause) if cause else command)
        time.sleep(0.02)
    assert until is None, "it did not come"


def test_the_protocol_s_name_in_earlier_versions_is_accepted_in_a_profile():
    assert HandOptions.model_validate({"port": "p", "dialect": "ability"}) == HandOptions(port="p", protocol="ability")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_it_closes_opens_and_reports_where_it_is(simulate, protocol):
    virtual = simulate(protocol)
    one = hand(virtual.port, protocol)
    asked, reported = listening(one)
    one.open(asked)
    keep(one, "rest", 0.1)
    keep(one, "fist", until=lambda: virtual.closed() > 0.9 and reported.get("closure_middle", 0) > 0.8)
    assert reported["doing"] == "power"
    keep(one, "open", until=lambda: virtual.closed() < 0.1 and reported["doing"] == "open")
    one.close()
    assert not [event for event in virtual.events if event["event"] == "watchdog"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_it_begins_from_where_the_hand_is(simulate, protocol):
    virtual = simulate(protocol)
    first = hand(virtual.port, protocol, control={"safe": {"end": "hold"}})
    first.open(run_context())
    keep(first, "rest", 0.1)
    keep(first, "fist", 0.8)
    keep(first, cause="end", seconds=0.05)
    first.close()
    closed = virtual.closed()
    again = hand(virtual.port, protocol)
    again.open(run_context())
    keep(again, cause="waiting", seconds=0.3)
    assert virtual.closed() == pytest.approx(closed, abs=0.02)
    again.close()


@pytest.mark.parametrize("protocol", ["ability", "inspire", "rohand"])  # an Arduino knows of no faults
def test_a_hand_that_is_off_or_falls_silent_or_faulty(simulate, protocol):
    virtual = simulate(protocol)
    virtual.order("off")
    virtual.until(lambda: virtual.events)
    with pytest.raises(DeviceError, match="does not respond in the protocol"):
        hand(virtual.port, protocol).open(run_context())
    virtual.order("on")
    one = hand(virtual.port, protocol)
    one.open(run_context())
    keep(one, "rest", 0.1)
    keep(one, "fist", until=lambda: virtual.closed() > 0.5)
    virtual.order("fault on")
    with pytest.raises(DeviceError, match="reports a fault"):
        keep(one, "fist", patient(2))
    virtual.order("fault off")
    one.close()
    one.open(run_context())
    virtual.order("off")
    with pytest.raises(DeviceError, match="has not responded for"):
        keep(one, "rest", patient(2))
    one.close()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_noise_on_the_line_moves_nothing_that_was_not_meant(simulate, protocol):
    virtual = simulate(protocol, "noise=0.01")
    one = hand(virtual.port, protocol, answer_s=2.0)
    one.open(run_context())
    keep(one, "rest", 1.0)
    assert virtual.closed() == 0
    one.close()


def test_a_pulled_cable_is_an_error(simulate):
    virtual = simulate("ability")
    one = hand(virtual.port, "ability")
    one.open(run_context())
    virtual.order("pull")
    with pytest.raises((OSError, DeviceError)):
        keep(one, "rest", patient(3))
    one.close()


def demo_on(tmp_path, port, protocol, *words):
    """``emgctl run`` of the demo, in a process of its own, with a hand that makes a fist of every gesture."""
    for name in ("demo.h5", "demo.onnx"):
        (tmp_path / name).write_bytes((PROFILES / name).read_bytes())
    profile = yaml.safe_load((PROFILES / "demo.yaml").read_text())
    grips = dict.fromkeys(("fist", "pinch", "point", "open", "flexion", "extension", "radial", "ulnar"), "power")
    control = {"grips": grips, "move": "position", "speed_per_s": 4}
    profile |= {"mapping": {}, "outputs": [{"kind": "hand", "port": port, "protocol": protocol, "control": control}]}
    (tmp_path / "p.yaml").write_text(yaml.safe_dump(profile))
    return subprocess.Popen([sys.executable, "-m", "emgctl", "run", "-p", str(tmp_path / "p.yaml"), *words])


def test_what_the_hand_reports_is_recorded_and_its_fault_too(simulate, tmp_path):
    virtual = simulate("ability")
    record, stats = tmp_path / "r.h5", tmp_path / "s.json"
    run = demo_on(tmp_path, virtual.port, "ability", "--record", str(record), "--stats", str(stats))
    virtual.until(lambda: virtual.closed() > 0.9, 30)
    virtual.order("fault on")
    time.sleep(0.4)
    virtual.order("fault off")
    time.sleep(1.0)
    run.send_signal(signal.SIGINT)
    assert run.wait(patient(10)) == 0
    telemetry = read_recording(record).telemetry["hand"]
    assert telemetry.names[:2] == ("closure_thumb_rotation", "closure_thumb")
    assert telemetry.names[-1] == "frames_rejected"
    assert telemetry.rows[:, telemetry.names.index("closure_middle")].max() > 0.9
    assert telemetry.rows[:, telemetry.names.index("current_middle_a")].max() == pytest.approx(0.05, abs=0.01)
    assert (np.diff(telemetry.at) >= 0).all()
    assert "positions out of range" in telemetry.notes[0][1]
    assert telemetry.notes[-1][1] == ""
    last = json.loads(stats.read_text())["telemetry"]["hand"]
    assert set(last) == {*telemetry.names, "note"}
    info = emgctl("data", "info", record)
    assert info.returncode == 0, info.stderr
    assert "hand reported closure_thumb_rotation" in info.stdout
    assert "recovered" in info.stdout


@pytest.mark.parametrize(("ending", "protocol"), combined(["SIGTERM", "SIGKILL"], [*PROTOCOLS]))
@pytest.mark.parametrize("turn", range(REPEAT))
def test_whatever_ends_emgctl_the_hand_becomes_safe(simulate, tmp_path, protocol, ending, turn):
    virtual = simulate(protocol)
    run = demo_on(tmp_path, virtual.port, protocol)
    virtual.until(lambda: virtual.closed() > 0.9, 30)
    run.send_signal(getattr(signal, ending))
    run.wait(patient(10))
    ended_s = time.monotonic()
    virtual.until(lambda: virtual.closed() < 0.02, 3)
    assert time.monotonic() - ended_s < patient(2)
    count = len(virtual.events)
    time.sleep(0.5)
    assert len([event for event in virtual.events[count:] if event["event"] == "moved"]) <= 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"protocol": "ability", "line": "x"}, "'line' applies only to the protocol 'lines'"),
        ({"protocol": "lines"}, "'safe_line' is missing"),
        ({"protocol": "lines", "safe_line": "x", "control": {}}, "'control' does not apply to the protocol 'lines'"),
        ({"protocol": "abilty"}, "ability"),
        ({"protocol": "packet"}, "'packet' is missing"),
        ({"protocol": "packet", "packet": {"fields": [{"drive": "indx"}]}}, "there is no drive 'indx'"),
    ],
)
def test_options_that_do_not_go_together(options, message):
    with pytest.raises(ValidationError, match=message):
        HandOptions(port="/dev/x", **options)


def test_a_hand_that_never_answers_is_moved_by_packets_and_left_safe():
    import tty

    ours, theirs = os.openpty()
    tty.setraw(theirs)
    packet = {"head": "aa", "fields": [{"drive": "middle"}], "checksum": "sum8"}
    one = hand(os.ttyname(theirs), "packet", packet=packet, control={"move": "position"})
    one.open(run_context())
    keep(one, "rest", 0.1)
    keep(one, "fist", 0.5)
    keep(one, cause="end", seconds=0.05)
    one.close()
    written = b""
    while select.select([ours], [], [], 0.2)[0]:
        written += os.read(ours, 65_536)
    packets = [written[place : place + 3] for place in range(0, len(written), 3)]
    assert all(sum(one[:2]) & 0xFF == one[2] and one[0] == 0xAA for one in packets)
    assert max(one[1] for one in packets) == 255
    assert packets[-1][1] == 0
    for end in (ours, theirs):
        os.close(end)
