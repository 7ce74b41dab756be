"""Connections that die without a word, amplifiers that connect anew, and strangers' bytes, over loopback."""

import os
import signal
import socket
import threading
import time

import numpy as np
import pytest
import simulated
from free_port import free_port
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import patient

from emgctl.errors import DeviceError
from emgctl.recording.reader import read_recording
from emgctl.recording.record import record_input
from emgctl.runtime.input_runner import InputRunner
from emgctl_otb.framing import Framing, NoStream
from emgctl_otb.options import OtbOptions
from emgctl_otb.otb import Otb

pytestmark = pytest.mark.process


@pytest.fixture
def simulate():
    making = simulated.Making(simulated.Simulated)
    yield making
    making.close()


def muovi_samples(first, count):
    layout = OtbOptions(device="muovi").layout()
    whole = np.zeros((count, layout.total), ">i2")
    whole[:, layout.counter] = np.arange(first, first + count) % 65536 - 65536 * (
        np.arange(first, first + count) > 32767
    )
    whole[:, 0] = 100
    return whole.tobytes()


class Probe:
    """A probe by hand: connects, waits for the command, and sends what a test wants."""

    def __init__(self, port):
        until_s = time.monotonic() + patient(10)
        while True:
            try:
                self.link = socket.create_connection(("127.0.0.1", port), 10)
                break
            except ConnectionRefusedError:
                if time.monotonic() > until_s:
                    raise
                time.sleep(0.01)

    def serve(self, count=200):
        assert self.link.recv(1) == b"\x09"
        self.link.sendall(muovi_samples(0, count))


def opened(port, **options):
    """An input with a probe that has sent its first samples."""
    one = Otb(OtbOptions(device="muovi", port=port, **options))
    probes = []

    def serve():
        probes.append(Probe(port))
        probes[0].serve()

    thread = threading.Thread(target=serve)
    thread.start()
    one.open()
    thread.join()
    return one, probes[0]


def until_lost(one, seconds=10):
    until_s = time.monotonic() + patient(seconds)
    try:
        while time.monotonic() < until_s:
            one.read(0.05)
    except DeviceError as error:
        return str(error)
    return "nothing was lost"


def test_a_frozen_connection_is_lost_and_opened_anew(simulate):
    virtual, stall_s = simulate("quattrocento", "port=0"), patient(0.5)
    source = InputRunner(Otb(OtbOptions(host="127.0.0.1", port=virtual.port, channels=120, stall_s=stall_s)))
    source.open()
    os.kill(virtual.process.pid, signal.SIGSTOP)
    until_s = time.monotonic() + patient(10)
    while not source.problem and time.monotonic() < until_s:
        source.read(0.1)
    assert f"sent no samples for {stall_s:g} s" in source.problem
    os.kill(virtual.process.pid, signal.SIGCONT)
    while source.read(0.1) is None and time.monotonic() < until_s + 10:
        pass
    assert source.reconnects == 1
    source.close()


def test_a_probe_that_connects_anew_takes_the_place_of_its_silent_connection(caplog):
    port = free_port()
    one, before = opened(port, stall_s=10)
    index = 0
    while (block := one.read(0.05)) is not None:
        index = block.start + len(block.samples)
    again = Probe(port)
    thread = threading.Thread(target=again.serve)
    thread.start()
    until_s = time.monotonic() + patient(10)
    while (block := one.read(0.05)) is None and time.monotonic() < until_s:
        pass
    thread.join()
    assert block.start >= index + 700  # of 2000 a second, for 0.5 s or more, less the 200 that came at once
    assert one.status["samples_lost"] == block.start - index
    assert one.status["reconnected"] == 1
    assert "has reconnected" in caplog.text
    assert before.link.recv(1) == b""
    one.close()
    for probe in (before, again):
        probe.link.close()


def test_one_that_still_sends_is_not_given_up_for_another():
    port = free_port()
    one, probe = opened(port)
    other = Probe(port)
    other.link.settimeout(0)
    for number in range(10):
        probe.link.sendall(muovi_samples(200 + 100 * number, 100))
        time.sleep(0.1)
        while one.read(0.0) is not None:
            pass
    with pytest.raises(BlockingIOError):
        other.link.recv(1)
    assert one.status == {"samples_lost": 0, "realigned": 0}
    one.close()
    probe.link.close()
    other.link.close()


def test_bytes_that_are_no_samples_do_not_keep_a_connection_alive():
    port = free_port()
    one, probe = opened(port, stall_s=0.5)
    done = threading.Event()

    def trickle():
        while not done.wait(0.05):
            probe.link.sendall(b"\0")

    thread = threading.Thread(target=trickle)
    thread.start()
    assert "sent no samples for 0.5 s" in until_lost(one)
    done.set()
    thread.join()
    one.close()
    probe.link.close()


def test_garbage_ends_in_one_sentence_and_never_blocks_a_read():
    port = free_port()
    one, probe = opened(port)
    stopped = threading.Event()

    def flood():
        rng = np.random.default_rng(0)
        try:
            while not stopped.is_set():
                probe.link.sendall(rng.bytes(100_000))
        except OSError:
            pass

    thread = threading.Thread(target=flood)
    thread.start()
    assert "the data are not a stream of 38 channels" in until_lost(one)
    stopped.set()
    one.close()
    probe.link.close()
    thread.join()


def test_closing_ends_the_wait_for_a_probe_at_once():
    one, failed = Otb(OtbOptions(device="muovi", port=free_port(), wait_s=60)), []

    def opening():
        try:
            one.open()
        except DeviceError as error:
            failed.append(str(error))

    thread = threading.Thread(target=opening)
    thread.start()
    time.sleep(0.2)
    one.close()
    thread.join(5)
    assert not thread.is_alive()
    assert failed


def test_a_host_that_can_t_be_looked_up():
    with pytest.raises(DeviceError, match="can't be reached"):
        Otb(OtbOptions(host="x" * 70 + ".invalid")).open()


def test_a_recording_of_a_silent_input_ends(tmp_path):
    port = free_port()
    one = Otb(OtbOptions(device="muovi", port=port, stall_s=10))
    probe = []

    def serve():
        probe.append(Probe(port))
        probe[0].serve(300)

    thread = threading.Thread(target=serve)
    thread.start()
    begun_s = time.monotonic()
    seconds = record_input(one, tmp_path / "a.h5", "tester", 1.0, "")
    assert 1.0 <= time.monotonic() - begun_s < 8
    assert seconds == pytest.approx(0.15)
    assert len(read_recording(tmp_path / "a.h5").samples) == 300
    thread.join()
    probe[0].link.close()


@settings(max_examples=60)
@given(
    st.sampled_from(
        [
            {"device": "quattrocento", "channels": 120},
            {"device": "muovi", "eeg": True},
            {"device": "muovi", "counter": 0},
        ]
    ),
    st.lists(st.binary(max_size=5000), max_size=8),
    st.integers(0, 2**32 - 1),
)
def test_any_bytes_are_samples_or_no_stream_and_never_pile_up(options, pieces, seed):
    layout = OtbOptions(**options).layout()
    framing, taken = Framing(layout), 0
    pieces = [*pieces, np.random.default_rng(seed).bytes(100_000)]
    try:
        for piece in pieces:
            for lost, samples in framing.push(piece):
                assert lost >= 0
                assert samples.shape[1] == layout.total
                taken += samples.size * layout.octets
    except NoStream:
        return
    assert sum(map(len, pieces)) - 300 * layout.frame < taken <= sum(map(len, pieces))
