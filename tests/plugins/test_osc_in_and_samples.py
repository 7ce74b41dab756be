"""OSC in, and Myo Mapper's namespace, with liblo's programs as the other side where they are installed."""

import shutil
import socket
import subprocess
import time

import numpy as np
import pytest
from patience import patient
from pythonosc.osc_message import OscMessage
from pythonosc.osc_packet import OscPacket

from emgctl.plugin import RunContext
from emgctl.stats import Stats
from emgctl.testing import SIGNAL, gesture
from emgctl.types import Command, SampleBlock, StopAnswer, StopRequest, Vibrate
from emgctl_osc.osc import Osc, OscOptions
from emgctl_osc.server import Listener


@pytest.fixture
def receiver():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.settimeout(2)
        yield one


def received(receiver, count):
    messages: list[OscMessage] = []
    while len(messages) < count:
        messages += [timed.message for timed in OscPacket(receiver.recv(65_536)).messages]
    return [(message.address, list(message.params)) for message in messages]


def test_myo_mapper_s_messages(receiver):
    asked: list[object] = []
    options = OscOptions(port=receiver.getsockname()[1], namespaces=["myo_mapper"], myo_number=2)
    osc = Osc(options)
    osc.open(RunContext("tester", SIGNAL, ("rest", "fist"), Stats().snapshot, asked.append))
    samples = np.array([[-128, 127, 0, 0, 0, 0, 0, 64]] * 2, np.float32)
    row = np.array([[1, 0, 0, 0, 0, 0, 1, 0, 0, 200]], np.float32)
    assert osc.wants_samples
    osc.samples(SampleBlock(samples, 0, 0.0, row))
    got = received(receiver, 2 * 3 + 7)
    values = dict(got)
    assert [address for address, _ in got].count("/myo2/emg/raw") == 2
    assert values["/myo2/emg/raw"] == [-128, 127, 0, 0, 0, 0, 0, 64]
    assert values["/myo2/emg/scaled"][:2] == [-1, 1]
    assert values["/myo2/emg/scaled/abs"][0] == 1
    assert values["/myo2/orientation/quaternion"] == [1, 0, 0, 0]
    assert values["/myo2/orientation/scaled"] == [0.5, 0.5, 0.5]
    assert values["/myo2/gyro/scaled"] == pytest.approx([0, 0, 0.1])
    osc.send(Command(0.0, prediction=gesture("fist")))
    assert received(receiver, 1) == [("/myo2/pose", ["fist"])]
    osc.send(Command.neutral(0.1, "silence", gesture("fist")))
    assert received(receiver, 1) == [("/myo2/pose", [""])]
    osc.samples(SampleBlock(np.full((1, 8), np.nan, np.float32), 2, 0.0))
    osc.send(Command(0.2, prediction=gesture("rest")))
    assert received(receiver, 1) == [("/myo2/pose", ["rest"])]  # NaN was not sent
    osc.close()


def test_a_large_block_is_sent_in_small_datagrams(receiver):
    osc = Osc(OscOptions(port=receiver.getsockname()[1], namespaces=["myo_mapper"]))
    osc.open(RunContext("tester", SIGNAL, (), Stats().snapshot))
    osc.samples(SampleBlock(np.ones((20, 8), np.float32), 0, 0.0))
    sizes, messages = [], 0
    while messages < 60:
        datagram = receiver.recv(65_536)
        sizes.append(len(datagram))
        messages += len(OscPacket(datagram).messages)
    assert max(sizes) < 1300
    osc.close()


@pytest.mark.liblo
def test_messages_of_another_program_arrive(caplog):
    if shutil.which("oscsend") is None:
        pytest.skip("needs oscsend (Debian: liblo-tools)")
    asked: list[object] = []

    def halt(request):
        asked.append(request)
        return StopAnswer("paused", 0.001)

    listener = Listener("127.0.0.1", 0, halt, asked.append)
    for words in (["/myo1/vibrate", "i", "2"], ["/nobody", "s", "x"], ["/emgctl/pause"]):
        subprocess.run(["oscsend", "localhost", str(listener.port), *words], check=True)
    until_s = time.monotonic() + patient(3)
    while len(asked) < 2 and time.monotonic() < until_s:
        time.sleep(0.01)
    assert asked == [Vibrate("medium"), StopRequest("toggle", "OSC")]
    assert [record.message for record in caplog.records] == ["osc: unknown address '/nobody'"]
    listener.close()
