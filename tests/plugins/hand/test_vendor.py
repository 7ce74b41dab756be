"""PSYONIC's own package as the judge of our Ability Hand, both ways.

It asks for an old matplotlib, which nothing here needs: pip install --no-deps ability-hand==0.2.2
"""

import importlib.util
import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from patience import patient
from test_hand import simulate  # noqa: F401 - a fixture

from emgctl_hand.protocols import ability
from emgctl_hand.virtual import VirtualAbility

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("ah_wrapper") is None or os.name != "posix",
        reason="needs the package: pip install --no-deps ability-hand==0.2.2",
    ),
    pytest.mark.process,
]
DEGREES = [10, 20, 30, 40, 50, -60]


@pytest.fixture
def vendor(tmp_path):
    def call(*words):
        command = [sys.executable, str(Path(__file__).with_name("vendor.py")), *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=patient(60))
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.partition("told ")[2])

    return call


def test_it_understands_every_frame_of_ours(vendor):
    codec = ability.Ability()
    frames = [codec.move(dict.fromkeys(ability.ORDER, share / 100)) for share in range(101)]
    told = vendor("read", *(frame.hex() for frame in [*frames, codec.query(), codec.release(), ability.grip(1)]))
    assert {one["address"] for one in told} == {0x50}
    assert {one["header"] for one in told[:101]} == {0x12}
    for share, one in enumerate(told[:101]):
        degrees = [count * 150 / 32767 for count in struct.unpack("<6h", bytes.fromhex(one["payload"]))]
        assert degrees == pytest.approx([share] * 5 + [-share], abs=0.005)
    assert [one["header"] for one in told[101:]] == [0xA2, 0x7C, 0x1D]


def test_our_frames_are_its_own(vendor):
    made = vendor("make")
    for reply, theirs in enumerate(made["position"]):
        ours = [struct.unpack("<6h", one[3:15]) for one in (unstuffed(theirs), unstuffed_ours(reply))]
        assert ours[0] == pytest.approx(ours[1], abs=1)  # it cuts off where we round
        assert unstuffed(theirs)[1] == 0x50
        assert unstuffed(theirs)[2] == unstuffed_ours(reply)[2] == 0x10 + reply
    assert made["grip"] == [ability.grip(number).hex() for number in range(5)]
    assert made["leave"] == ability.Ability().release().hex()


def unstuffed(text):
    from emgctl_hand.protocols.stuffing import Unstuffer

    (payload,) = Unstuffer().push(bytes.fromhex(text))
    return b"\0" + payload  # a place for the flag, so that places are those of the document


def unstuffed_ours(reply):
    return unstuffed(ability.positions(DEGREES, reply).hex())


def test_we_understand_its_replies(vendor):
    (told,) = ability.Ability().parse(bytes.fromhex(vendor("make")["reply"]))
    expected = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    assert [told.closures[name] for name in ability.ORDER] == pytest.approx(expected, abs=0.001)
    assert told.currents_a == pytest.approx(dict.fromkeys(ability.ORDER, 0.5), abs=0.002)
    assert told.fault == ""


def test_it_understands_our_virtual_hand_in_all_three_variants(vendor):
    closures = dict(zip(ability.ORDER, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], strict=True))
    replies = []
    for variant in range(3):
        hand = VirtualAbility(closures)
        replies.append(hand.receive(ability.frame(bytes([ability.READ + variant]))).hex())
    for one in vendor("telemetry", *replies):
        assert one["pos"] == pytest.approx([10, 20, 30, 40, 50, -60], abs=0.01)


def test_it_drives_our_virtual_hand(simulate, vendor):  # noqa: F811
    virtual = simulate("ability")
    told = vendor("drive", virtual.port)
    assert told["pos"] == pytest.approx([40, 30, 20, 10, 25, -50], abs=0.1)
    moved = [event for event in virtual.events if event["event"] == "moved"][-1]
    assert moved["index"] == pytest.approx(0.4, abs=0.01)
    assert moved["thumb_rotation"] == pytest.approx(0.5, abs=0.01)
