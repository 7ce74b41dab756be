"""What outputs make of a hand's pose: OSC, LSL, the console, and drives of a hand that follow its joints."""

import os
import shutil
import socket
import subprocess
import sys
import time
import uuid
from contextlib import suppress

import numpy as np
import pytest
import simulated
from patience import patient

from emgctl.handmodel.closure import closures
from emgctl.handmodel.joints import JOINTS, LIMITS_RAD
from emgctl.mapping.engine import MappingEngine
from emgctl.testing import run_context
from emgctl.types import Command, Pose
from emgctl_console.console import Console, ConsoleOptions
from emgctl_hand.hand import Hand, HandOptions
from emgctl_osc.osc import Osc, OscOptions

STRAIGHT = np.zeros(20, np.float32)
FIST = np.array([most if joint.endswith("_fe") else 0.0 for joint, (_, most) in LIMITS_RAD.items()], np.float32)
WAITING = "waiting for rest"


def posed(angles_rad, at_s=1.0, confidence=0.75, intensity=0.5):
    return Pose(JOINTS, angles_rad, at_s, confidence, intensity)


def command(angles_rad, at_s=1.0):
    return MappingEngine({}).command(posed(angles_rad, at_s))


def held_back(angles_rad):
    return Command.neutral(1.1, WAITING, posed(angles_rad), "waiting")


def test_closures_of_fingers():
    assert closures(JOINTS, STRAIGHT) == dict.fromkeys(("thumb", "index", "middle", "ring", "pinky"), 0.0)
    assert list(closures(JOINTS, FIST).values()) == pytest.approx([1.0] * 5)
    assert closures(("index_pip_fe", "wrist"), np.array([np.pi / 4, 1])) == {"index": pytest.approx(0.45)}
    assert closures(("index_pip_fe",), np.array([np.nan])) == {}


# osc


@pytest.fixture
def receiver():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(5)
        yield peer


def received(peer):
    from pythonosc.osc_bundle import OscBundle

    data = peer.recv(65536)
    assert len(data) <= 1200  # what every network carries
    return {message.address.removeprefix("/emgctl/tester/"): message.params for message in OscBundle(data)}


def test_osc_reports_every_joint_and_how_sure_it_is(receiver):
    osc = Osc(OscOptions(port=receiver.getsockname()[1]))
    osc.open(run_context(joints=JOINTS))
    osc.send(held_back(FIST))
    assert received(receiver) == {"confidence": [0.0, 0.0], "state": [WAITING]}
    osc.send(command(FIST))
    got = received(receiver)
    assert got.pop("confidence") == [0.75, 0.5]
    assert got.pop("state") == ["ok"]
    assert set(got) == {f"joint/{joint}" for joint in JOINTS}
    assert got["joint/index_pip_fe"] == [pytest.approx(np.radians(100))]
    osc.send(Command.neutral(2.0, "no samples for 0.2 s", cause="silence"))
    assert received(receiver)["confidence"] == [0.0, 0.0]
    osc.close()


def test_osc_reports_a_pose_in_one_message_after_its_names(receiver):
    port = receiver.getsockname()[1]
    osc = Osc(OscOptions(port=port, addresses={"joint": None, "pose": "/{user}/hand", "pose_names": "/names"}))
    osc.open(run_context(joints=JOINTS))
    osc.send(command(FIST))
    first = received(receiver)
    assert first["/names"] == list(JOINTS)
    assert first["/tester/hand"] == pytest.approx(FIST.tolist())
    osc.send(command(STRAIGHT))
    assert set(received(receiver)) == {"/tester/hand", "confidence", "state"}
    osc.send(held_back(FIST))
    assert set(received(receiver)) == {"/names", "confidence", "state"}
    unknown = FIST.copy()
    unknown[3] = np.nan
    osc.send(command(unknown))
    assert set(received(receiver)) == {"confidence", "state"}
    osc.close()


@pytest.mark.slow
@pytest.mark.liblo
def test_osc_s_pose_is_understood_by_liblo(receiver):
    if shutil.which("oscdump") is None:
        reason = "oscdump is missing: apt install liblo-tools"
        (pytest.fail if "liblo" in os.environ.get("EMGCTL_REQUIRE", "") else pytest.skip)(reason)
    port = receiver.getsockname()[1]
    receiver.close()
    dump = subprocess.Popen(["oscdump", "-L", str(port)], stdout=subprocess.PIPE, text=True)
    osc = Osc(OscOptions(port=port, addresses={"pose": "/hand"}))
    osc.open(run_context(joints=JOINTS))
    for _ in range(30):
        with suppress(OSError):  # it does not listen yet
            osc.send(command(FIST))
        time.sleep(0.05)
    dump.terminate()
    printed, _ = dump.communicate(timeout=patient(10))
    assert "/emgctl/tester/joint/index_mcp_fe f 1.570796" in printed
    assert f"/hand {'f' * 20} 0.523599 0.000000 0.872665" in printed
    assert "/emgctl/tester/confidence ff 0.750000 0.500000" in printed
    osc.close()


# lsl


@pytest.mark.slow
def test_lsl_streams_angles_named_by_their_joints():
    pylsl = pytest.importorskip("pylsl")
    from emgctl_lsl.outlet import LslOutput, LslOutputOptions

    name = f"alice {uuid.uuid4().hex[:8]}"
    one = LslOutput(LslOutputOptions(name=name, network=True))
    one.open(run_context(joints=JOINTS))
    inlets = {}
    for what in ("decisions", "pose", "gesture"):
        (info,) = pylsl.resolve_byprop("name", f"{name} {what}", 1, 10)
        inlets[what] = pylsl.StreamInlet(info)
        inlets[what].open_stream(10)
    channel = inlets["pose"].info(10).desc().child("channels").child("channel")
    described = []
    while not channel.empty():
        described.append((channel.child_value("label"), channel.child_value("unit")))
        channel = channel.next_sibling()
    assert described == [(joint, "rad") for joint in JOINTS]
    time.sleep(0.5)
    one.send(held_back(STRAIGHT))
    one.send(command(FIST))
    assert inlets["pose"].pull_sample(5)[0] == pytest.approx(FIST.tolist())
    assert inlets["pose"].pull_sample(0.0)[0] is None
    decisions = [inlets["decisions"].pull_sample(5)[0] for _ in range(2)]
    assert decisions == [[-1, 0.75, 0.5], [0, 0.75, 0.5]]
    assert [inlets["gesture"].pull_sample(5)[0] for _ in range(2)] == [[f"neutral: {WAITING}"], ["pose"]]
    one.close()


# console


def test_console_states_which_fingers_are_bent(capsys):
    console = Console(ConsoleOptions())
    console.open(run_context(joints=JOINTS))
    half = np.where(np.arange(20) < 8, 0.5 * FIST, FIST).astype(np.float32)
    for one in (held_back(STRAIGHT), command(STRAIGHT), command(FIST), command(half), command(0.7 * half)):
        console.send(one)
    console.send(command(0.3 * FIST))
    console.send(Command(1.5, prediction=Pose(("wrist",), np.zeros(1, np.float32), 1.5)))
    console.close()
    shown = [line.partition(" s  ")[2] for line in capsys.readouterr().out.splitlines()]
    assert shown == [
        f"neutral  [{WAITING}]  decoded all fingers straight 0.75",
        "all fingers straight 0.75",
        "all fingers bent 0.75",
        "middle, ring, pinky bent 0.75",
        "all fingers straight 0.75",
        "pose 1.00",
    ]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pty")
def test_console_shows_how_far_each_finger_is_bent(monkeypatch):
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        monkeypatch.setenv("COLUMNS", "140")
        console = Console(ConsoleOptions())
        console.open(run_context(joints=JOINTS))
        console.send(command(0.5 * FIST))
        console.close()
        shown = b""
        while not shown.endswith(b"\n"):
            shown += os.read(ours, 4096)
    os.close(ours)
    assert "thumb 50% index 50% middle 50% ring 50% pinky 50%" in shown.decode()
    assert "75%" in shown.decode()
    assert "█████·····" in shown.decode()


# hand


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs pseudo-terminals")
def test_drives_follow_the_joints_of_a_pose():
    making = simulated.Making(simulated.Simulated)
    virtual = making("hand", "ability")
    joints = {finger: {"joint": f"{finger}_mcp_fe", "open_deg": 0, "closed_deg": 90} for finger in ("index", "middle")}
    one = Hand(HandOptions(port=virtual.port, protocol="ability", control={"joints": joints, "speed_per_s": 5}))
    one.open(run_context(joints=JOINTS))
    angles = STRAIGHT.copy()
    angles[JOINTS.index("index_mcp_fe")], angles[JOINTS.index("middle_mcp_fe")] = np.radians((90, 45))
    try:
        until_s = time.monotonic() + 1.0
        while time.monotonic() < until_s:
            one.send(command(angles))
            time.sleep(0.02)
        moved = [event for event in virtual.events if event["event"] == "moved"][-1]
        assert moved["index"] == pytest.approx(1.0, abs=0.05)
        assert moved["middle"] == pytest.approx(0.5, abs=0.05)
        assert moved["ring"] == pytest.approx(0.0, abs=0.05)
    finally:
        one.close()
        making.close()
