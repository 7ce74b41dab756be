"""Samples in UDP datagrams: what is found by listening, and what happens when the sender or a stranger fails them."""

import json
import socket
import time

import numpy as np
import pytest
import simulated
from free_port import free_port
from hypothesis import given
from hypothesis import strategies as st
from patience import patient
from reading import read_until

from emgctl.errors import DeviceError
from emgctl.recording.listening.datagram_stream import MOST_ROWS
from emgctl.support.datagrams import QUIET_S, OneSender
from emgctl.types import Signal
from emgctl_udp.finding import find_stream
from emgctl_udp.options import UdpOptions
from emgctl_udp.udp_input import UdpInput

RANDOM = np.random.default_rng(0)
NOISE = RANDOM.normal(0, 100, (120, 3)).round(2).tolist()
WHOLE = RANDOM.integers(-300, 300, (120, 3)).tolist()


def received(datagrams, rate_hz=200.0):
    return [(number / rate_hz, data) for number, data in enumerate(datagrams)]


def binary(rows, dtype):
    return [np.array(row).astype(dtype).tobytes() for row in rows]


def counted(rows):
    return [[number, *row] for number, row in enumerate(rows)]


def written(template, rows):
    return [template.format(n=number, t=5 * number, a=row).encode() for number, row in enumerate(rows)]


SENT = {
    "commas": (written("{a[0]},{a[1]},{a[2]}", NOISE), "text", 3, None, None),
    "spaces, with an end": (written("{a[0]} {a[1]} {a[2]}\r\n", NOISE), "text", 3, None, None),
    "counter and time": (written("{n};{t};{a[0]};{a[1]}", NOISE), "text", 2, 1, 0),
    "an object as text in JSON": (written('{{"t": {t}, "emg": [{a[0]}, {a[1]}]}}', NOISE), "json", 2, 0, None),
    "array": ([json.dumps(row).encode() for row in NOISE], "json", 3, None, None),
    "arrays": ([json.dumps([row, row]).encode() for row in NOISE], "json", 3, None, None),
    "arrays, one a line": ([b"[1.5,%d]\n[2.5,%d]" % (row[0], row[1]) for row in WHOLE], "json", 2, None, None),
    "float32": (binary(NOISE, "<f4"), "float32-le", 3, None, None),
    "float32, big-endian": (binary(NOISE, ">f4"), "float32-be", 3, None, None),
    "int16 with a counter": (binary(counted(WHOLE), "<i2"), "int16-le", 3, None, 0),
    "int16, big-endian": (binary(WHOLE, ">i2"), "int16-be", 3, None, None),
}


@pytest.mark.parametrize(("datagrams", "form", "channels", "time_at", "counter"), SENT.values(), ids=SENT)
def test_what_is_sent_is_found(datagrams, form, channels, time_at, counter):
    stream = find_stream("udp", received(datagrams), UdpOptions(port=1), None)
    assert stream.options["format"] == form
    assert stream.layout.signal.channels == channels
    assert (stream.layout.time, stream.layout.counter) == (time_at, counter)
    together = len(list(stream.rows(datagrams[0])))
    assert stream.layout.signal.rate_hz == 200 * together
    again = find_stream("udp", received(datagrams), UdpOptions(port=1, **stream.options), None)
    assert again.layout.electrodes == stream.layout.electrodes
    assert list(again.rows(datagrams[7])) == list(stream.rows(datagrams[7]))
    values = [row.values for datagram in datagrams for row in stream.rows(datagram)]
    assert np.isfinite(np.array(values, np.float64)).all()


def test_several_samples_of_the_stated_channels_are_in_a_datagram():
    rows = [NOISE[number] + NOISE[number + 1] for number in range(100)]
    stream = find_stream(
        "udp", received(binary(rows, "<f4")), UdpOptions(port=1, channels=3, unit="mV"), Signal(3, 406.0)
    )
    assert stream.layout.signal == Signal(3, 406.0, "uV")  # the model's rate, as the measured one is near it
    assert stream.layout.factor == 1000
    found = [row.values for row in stream.rows(np.array(rows[5], "<f4").tobytes())]
    np.testing.assert_allclose(found, NOISE[5:7], rtol=1e-6)
    assert stream.layout.description[0] == "float32-le, 3 numbers a sample, 2 at a time"


def test_names_and_units_of_objects_and_lines_are_kept():
    objects = [json.dumps({"biceps": a, "triceps": b}).encode() for a, b, _ in NOISE]
    stream = find_stream("udp", received(objects), UdpOptions(port=1, columns=["triceps", "biceps"]), None)
    assert stream.layout.signal.names == ("triceps", "biceps")
    assert next(stream.rows(objects[3])).values == [NOISE[3][1], NOISE[3][0]]
    assert list(stream.rows(b'{"triceps": 1, "biceps": 2}')) == [None]  # another order is no sample
    lines = find_stream("udp", received(written("{a[0]} mV {a[1]} mV", NOISE)), UdpOptions(port=1), None)
    assert lines.layout.signal.unit == "uV"


ODD = [
    b"", b"\xff" * 65_000, b"[" * 60_000, b"1e999", b"[1e999, 1, 1]", b"9" * 60_000, b"[" + b"9" * 5000 + b"]",
    b"null", b"[null, null, null]", b"[true, 1, 2]", b"\n" * 60_000, b"1,2,3\n" * 10_000, b"[[1,2,3],[1,2]]",
]  # fmt: skip


@pytest.mark.parametrize("sent", ["commas", "array", "float32", "an object as text in JSON"])
def test_odd_datagrams_give_whole_samples_or_none(sent):
    stream = find_stream("udp", received(SENT[sent][0]), UdpOptions(port=1), None)
    for odd in ODD:
        found = list(stream.rows(odd))
        assert all(row is None or len(row.values) == stream.layout.signal.channels for row in found)
        assert sum(row is not None for row in found) <= MOST_ROWS


@given(st.lists(st.binary(max_size=80) | st.text('0123456789.,;-e \n[]{}":', max_size=60).map(str.encode), max_size=40))
def test_any_datagrams_are_understood_or_refused_in_one_sentence(datagrams):
    try:
        stream = find_stream("udp 127.0.0.1:1", received(datagrams), UdpOptions(port=1), None)
    except DeviceError:
        return
    for datagram in datagrams:
        for row in stream.rows(datagram):
            assert row is None or len(row.values) == stream.layout.signal.channels


@given(st.binary(max_size=200) | st.text("0123456789.,-e [", max_size=100).map(str.encode))
def test_any_datagram_of_a_known_stream_gives_whole_samples_or_none(datagram):
    for stream in STREAMS:
        assert all(row is None or len(row.values) == stream.layout.signal.channels for row in stream.rows(datagram))


STREAMS = [
    find_stream("udp", received(SENT[one][0]), UdpOptions(port=1), None) for one in ("commas", "array", "float32")
]


@pytest.mark.parametrize(
    ("datagrams", "options", "message"),
    [
        ([b"hello"] * 50, {}, "receives no lines of numbers that have one form, but 'hello'"),
        (
            [RANDOM.bytes(33) for _ in range(50)],
            {},
            "receives what can't be recognized: .* set 'format' to one of text",
        ),
        (binary(NOISE, "<f4")[:5], {"format": "float32-le"}, "receives 5 samples in 2 s, which is too slow for EMG"),
        (binary(NOISE, "<f4"), {"channels": 2}, "receives 3 numbers a sample, 3 of them electrodes, not 2"),
        (binary(RANDOM.normal(0, 1, (50, 80)), "<f4"), {}, "receives 80 numbers at a time; set 'channels'"),
        (binary(NOISE, "<f4"), {"columns": [4]}, "sends 3 numbers a sample, so there is no column 4"),
        (written("{a[0]},{a[1]}", NOISE), {"format": "json"}, "receives no json, but '.*correct 'format'"),
    ],
)
def test_what_can_not_be_understood_is_one_sentence(datagrams, options, message):
    with pytest.raises(DeviceError, match=message):
        find_stream("udp", received(datagrams), UdpOptions(port=1, **options), None)


@pytest.fixture
def port():
    return free_port(socket.SOCK_DGRAM)


def test_a_port_in_use_is_refused_with_the_program_that_uses_it(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))
        with pytest.raises(
            DeviceError, match=rf"udp 127\.0\.0\.1:{port}: .*choose another 'port' or close the program"
        ):
            UdpInput(UdpOptions(port=port)).open()


def test_other_computers_are_only_listened_to_where_that_is_stated_and_it_is_logged(port, caplog):
    assert UdpOptions(port=port).host == "127.0.0.1"
    with pytest.raises(DeviceError, match=r"received nothing for 0.05 s; start the program that sends"):
        UdpInput(UdpOptions(port=port, host="0.0.0.0", wait_s=0.05)).open()
    assert "listens to other computers, too" in caplog.text
    with pytest.raises(DeviceError, match="there is no such address; correct 'host'"):
        UdpInput(UdpOptions(port=port, host="no such host")).open()


def test_a_second_sender_is_refused_until_the_first_is_quiet(port, caplog):
    receiver = OneSender("udp", "127.0.0.1", port)
    with socket.socket(type=socket.SOCK_DGRAM) as first, socket.socket(type=socket.SOCK_DGRAM) as second:
        first.sendto(b"a", ("127.0.0.1", port))
        assert [data for _, data in receiver.receive(5)] == [b"a"]
        second.sendto(b"b", ("127.0.0.1", port))
        first.sendto(b"c", ("127.0.0.1", port))
        found = receiver.receive(5) or receiver.receive(5)
        assert [data for _, data in found] == [b"c"]
        assert receiver.refused == 1
        assert f"its samples come from 127.0.0.1:{first.getsockname()[1]}" in caplog.text
        until_s = time.monotonic() + patient(10 * QUIET_S)
        while time.monotonic() < until_s and (not found or found[-1][1] != b"d"):
            second.sendto(b"d", ("127.0.0.1", port))
            found = receiver.receive(0.1)
        assert found[-1][1] == b"d"
    receiver.close()
    other = OneSender("udp", "127.0.0.1", port, "192.0.2.1")  # a computer that sent before
    with socket.socket(type=socket.SOCK_DGRAM) as stranger:
        stranger.sendto(b"e", ("127.0.0.1", port))
        assert other.receive(0.2) == []
    assert other.refused == 1
    other.close()


@pytest.fixture(scope="module")
def sender():
    made = simulated.Making(simulated.Simulated)
    yield made
    made.close()


@pytest.mark.process
def test_every_sample_arrives_and_each_fault_is_counted(sender, port):
    device = sender("udp", f"port={port}", "format=int16-be", "pattern=count", "rate_hz=1000")
    stall_s = patient(0.3)
    one = UdpInput(UdpOptions(port=port, listen_s=0.5, stall_s=stall_s, wait_s=60, rate_hz=1000))
    assert one.open() == Signal(8, 1000.0)
    assert one.stream_description().options["counter"] == 1
    blocks = read_until(one, lambda block: block.start > 500)
    assert set(np.diff(np.concatenate([block.samples[:, 0] for block in blocks])).tolist()) == {7.0, -993.0}
    assert not any(one.status.values())
    device.order("lose 10")
    read_until(one, lambda _: one.status["samples_lost"] >= 10)
    device.order("garbage 30")
    read_until(one, lambda _: one.status["damaged"])
    device.order(f"restart {2 * stall_s + 0.5}")
    with pytest.raises(DeviceError, match=r"received no samples for"):
        read_until(one, lambda _: False)
    one.close()
    assert one.open() == Signal(8, 1000.0)  # waits until the sender is back, on another port
    found = read_until(one, lambda block: block.start > 300)
    assert set(np.diff(np.concatenate([block.samples[:, 0] for block in found])).tolist()) == {7.0, -993.0}
    one.close()


@pytest.mark.process
def test_what_another_program_sends_later_is_no_signal(port):
    with socket.socket(type=socket.SOCK_DGRAM) as device:
        one = UdpInput(
            UdpOptions(port=port, channels=2, rate_hz=200, format="text", stall_s=patient(0.3), wait_s=patient(0.3))
        )
        sent = simulated.sending(device, port, lambda number: b"%d,%d" % (number % 7, number % 11))
        with sent:
            assert one.open() == Signal(2, 200.0)
            read_until(one, lambda block: True)
        with simulated.sending(device, port, lambda number: b"1,2,3"):
            with pytest.raises(DeviceError, match="receives something else than before; restart emgctl"):
                read_until(one, lambda _: False)
            one.close()
            with pytest.raises(DeviceError, match="receives something else than before; start the program"):
                one.open()
    one.close()
