"""Samples in OSC messages: what is found by listening, and what is no sample."""

import contextlib
import socket
import struct
import time

import numpy as np
import pytest
import simulated
from free_port import free_port
from hypothesis import given
from hypothesis import strategies as st
from osc_listening import bundle, message, padded
from patience import patient

from emgctl.errors import DeviceError
from emgctl.types import SampleBlock
from emgctl_osc.input_options import OscInputOptions
from emgctl_osc.osc_input import OscInput
from emgctl_osc.samples import find_stream

NOISE = np.random.default_rng(0).normal(0, 100, (120, 4)).astype(np.float32).tolist()


def received(datagrams, rate_hz=200.0):
    return [(number / rate_hz, data) for number, data in enumerate(datagrams)]


def tagged(seconds, *contents):
    sized = b"".join(struct.pack(">i", len(one)) + one for one in contents)
    return b"#bundle\0" + struct.pack(">Q", int((3.9e9 + seconds) * 2**32)) + sized


def found(datagrams, **options):
    return find_stream("osc", received(datagrams), OscInputOptions(port=1, **options), None)


RAW = [message("/myo1/emg/raw", *row) for row in NOISE]
BESIDE = [bundle(message("/myo1/pose", "fist"), one, message("/myo1/gyro/raw", 1.0, 2.0, 3.0)) for one in RAW]
CHANNELS = [bundle(*[message(f"/chan{place}", value) for place, value in enumerate(row, 9)]) for row in NOISE]
TAGGED = [tagged(number / 200, one) for number, one in enumerate(RAW)]


@pytest.mark.parametrize(
    ("datagrams", "options", "address", "tags"),
    [
        (RAW, {}, "/myo1/emg/raw", False),
        (BESIDE, {}, "/myo1/emg/raw", False),  # the only address with emg in it
        (BESIDE, {"address": "/myo?/{emg,eeg}/*"}, "/myo1/emg/raw", False),
        (CHANNELS, {"address": "/chan*"}, "/chan*", False),
        (CHANNELS, {"address": "/chan[19]*"}, "/chan[19]*", False),
        (TAGGED, {}, "/myo1/emg/raw", True),
        (TAGGED, {"time_tags": False}, "/myo1/emg/raw", False),
    ],
)
def test_the_samples_are_found(datagrams, options, address, tags):
    stream = found(datagrams, **options)
    assert stream.options["address"] == address
    assert stream.options["time_tags"] is tags
    assert (stream.layout.signal.channels, stream.layout.signal.rate_hz) == (4, 200)
    (row,) = stream.rows(datagrams[7])
    assert row.values == NOISE[7]
    assert (row.stamp is not None) is tags
    again = found(datagrams, **stream.options)
    assert list(again.rows(datagrams[7])) == [row]


def test_channels_with_addresses_of_their_own_are_in_order_and_have_their_names():
    stream = found(CHANNELS, address="/chan*")
    assert stream.layout.signal.names == ("chan9", "chan10", "chan11", "chan12")
    several = bundle(*[message(f"/chan{place}", *row) for place, row in enumerate(np.array(NOISE[:5]).T.tolist(), 9)])
    assert [row.values for row in stream.rows(several)] == NOISE[:5]
    lacking = bundle(*[message(f"/chan{place}", 1.0) for place in (9, 10, 12)])
    assert list(stream.rows(lacking)) == [None]


def test_several_samples_are_in_a_message_or_a_bundle():
    together = [message("/emg", *NOISE[number], *NOISE[number + 1]) for number in range(100)]
    stream = found(together, channels=4)
    assert [row.values for row in stream.rows(together[5])] == NOISE[5:7]
    assert stream.layout.signal.rate_hz == 400
    bundles = [tagged(n / 100, *[message("/emg", *row) for row in NOISE[n : n + 2]]) for n in range(100)]
    stream = find_stream("osc", received(bundles, 100.0), OscInputOptions(port=1), None)
    first, second = stream.rows(bundles[0])
    assert first.stamp is not None
    assert second.stamp is not None
    assert second.stamp - first.stamp == pytest.approx(1 / 200, abs=1e-6)


@pytest.mark.parametrize(
    ("datagrams", "options", "problem"),
    [
        ([b"1,2,3"] * 50, {}, "receives no OSC messages with numbers; for other formats there is the input udp"),
        ([bundle(message("/a", 1.0), message("/b", 2.0, 1.0))] * 50, {}, "receives numbers at /a, /b; set 'address'"),
        (RAW, {"address": "/emg"}, "receives nothing at '/emg', but at /myo1/emg/raw; correct 'address'"),
        ([message(f"/c{n % 3}", 1.0) for n in range(90)], {"address": "/c*"}, "receives /c0, /c1, /c2 in datagrams of"),
        (RAW, {"channels": 3}, "receives 4 numbers a sample, 4 of them electrodes, not 3"),
        (RAW[:4], {}, "receives 4 samples in 2 s, which is too slow for EMG"),
    ],
)
def test_what_can_not_be_understood_is_one_sentence(datagrams, options, problem):
    with pytest.raises(DeviceError, match=problem):
        found(datagrams, **options)


DAMAGED = [
    message("/myo1/emg/raw", 1.0, 2.0, 3.0), message("/myo1/emg/raw", 1.0, 2.0, 3.0, "four"), message("/myo1/emg/raw"),
    padded(b"/myo1/emg/raw") + padded(b",ffff") + b"\0\0\0\1", b"\xff" * 100, b"#bundle\0",
]  # fmt: skip


@pytest.mark.parametrize("datagram", DAMAGED)
def test_what_is_damaged_is_no_sample(datagram):
    assert list(found(RAW).rows(datagram)) == [None]
    assert list(found(RAW).rows(message("/myo1/orientation", 1.0))) == []  # which is none of its messages


BYTES = st.binary(max_size=120)
LIKE_OSC = BYTES.map(lambda tail: b"#bundle\0" + tail) | BYTES.map(lambda tail: padded(b"/myo1/emg/raw") + tail)


@given(st.lists(BYTES | LIKE_OSC | st.sampled_from(RAW[:5]), max_size=30))
def test_any_datagrams_are_understood_or_refused_in_one_sentence(datagrams):
    for stream in STREAMS:
        for datagram in datagrams:
            assert all(row is None or len(row.values) == 4 for row in stream.rows(datagram))
    with contextlib.suppress(DeviceError):
        found(datagrams)


STREAMS = [found(RAW), found(TAGGED), found(CHANNELS, address="/chan*")]


@pytest.fixture(scope="module")
def sender():
    made = simulated.Making(simulated.Simulated)
    yield made
    made.close()


@pytest.mark.process
@pytest.mark.parametrize("words", [(), ("together=10", "bundle=false"), ("address=/c/{channel}",)])
def test_every_sample_arrives_and_lost_ones_are_counted(sender, words):
    port = free_port(socket.SOCK_DGRAM)
    device = sender("osc", f"port={port}", "pattern=count", *words)
    address = "/c/*" if words and "channel" in words[0] else "/emg"
    one = OscInput(OscInputOptions(port=port, listen_s=0.5, wait_s=60, rate_hz=500, channels=8, address=address))
    assert one.open().channels == 8
    blocks = list[SampleBlock]()

    def read(enough):
        until_s = time.monotonic() + patient(10)
        while not enough():
            assert time.monotonic() < until_s, one.status
            if (block := one.read(0.2)) is not None:
                blocks.append(block)

    read(lambda: blocks and blocks[-1].start > 200)
    assert set(np.diff(np.concatenate([block.samples[:, 0] for block in blocks])).tolist()) == {7.0, -993.0}
    device.order("lose 20")
    lost = 20 if one.stream_description().options["time_tags"] else 0
    read(lambda: one.status["samples_lost"] >= lost)
    device.order("garbage 20")
    read(lambda: one.status["damaged"])
    one.close()
