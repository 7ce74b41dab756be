"""The gForcePro+: its packets, and the input against the virtual armband over a real GATT link."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from over_the_air import STALL_S, check_reopening, collect, linked, missing, together
from present import present

from emgctl.errors import DeviceError
from emgctl.recording.played import COUNT_STEP
from emgctl_gforce import protocol
from emgctl_gforce.assembly import MOST_BYTES, Assembly
from emgctl_gforce.gforce import GForce
from emgctl_gforce.simulator import counts
from emgctl_gforce.virtual import VirtualGForce, parts_of

RATES = st.sampled_from([500, 1000])


def virtual(rate_hz=500, **about):
    return partial(VirtualGForce, played=counts(rate_hz, "count"), rate_hz=rate_hz, **about)


@pytest.fixture
def worn():
    """Puts an armband on: an input that is connected to it."""
    with linked(GForce, "gForce") as put_on:
        yield put_on


def steps(samples, rate_hz):
    """The differences between samples of the pattern "count", in counts."""
    size = 1000 if rate_hz == 500 else 240
    return np.rint(np.diff(samples[:, 0]) / protocol.microvolts(rate_hz)) % size


@pytest.mark.slow
@pytest.mark.parametrize(("rate_hz", "mtu"), [(500, 247), (500, 23), (1000, 247)])
def test_every_sample_arrives_in_order_whole_or_in_parts(worn, rate_hz, mtu):
    armband, ether = worn(virtual(rate_hz), mtu=mtu, rate_hz=rate_hz)
    signal = armband.open()
    assert (signal.channels, signal.rate_hz, signal.unit, signal.names[7]) == (8, rate_hz, "uV", "electrode_8")
    blocks = collect(armband, 400)
    samples = together(blocks)
    assert (steps(samples, rate_hz) == COUNT_STEP).all()
    assert np.rint(np.diff(samples, axis=1) / protocol.microvolts(rate_hz)).tolist() == [[1] * 7] * len(samples)
    assert missing(blocks) == 0
    assert armband.status | {"rssi_dbm": 0} == {
        "address": "F0:00:00:00:00:00", "name": "gForce 0", "rssi_dbm": 0, "battery_percent": 80,
        "firmware": "1.0.3", "samples_lost": 0, "packets_malformed": 0,
    }  # fmt: skip
    armband.close()
    stopped, gone = ether.events[-2:]
    assert (stopped["code"], stopped["payload"], gone["event"]) == (protocol.DATA_SWITCH, "00000000", "disconnected")


@pytest.mark.slow
def test_losses_are_gaps_and_damaged_packets_are_no_electrodes(worn, caplog):
    armband, ether = worn(virtual(), mtu=23)
    armband.open()
    blocks = collect(armband, 40)
    ether.order("lose", "3")
    blocks += collect(armband, 80)
    assert missing(blocks) == armband.status["samples_lost"] == 24
    ether.order("malformed", "2")
    blocks += collect(armband, 80)
    assert missing(blocks) == armband.status["samples_lost"] == 40
    assert armband.status["packets_malformed"] == 2
    assert set(steps(together(blocks), 500)) == {COUNT_STEP, COUNT_STEP * 25, COUNT_STEP * 17}


@pytest.mark.slow
def test_a_lost_or_silent_link_is_reopened_and_the_armband_configured_anew(worn):
    armband, ether = worn(virtual(), stall_s=STALL_S)
    check_reopening(armband, ether)
    codes = [event["code"] for event in ether.events if event["event"] == "command"]
    assert codes.count(protocol.EMG_CONFIGURATION) == codes.count(protocol.PACKAGE_ID) == 3


@pytest.mark.slow
def test_an_armband_that_does_not_number_its_packets_is_used_and_warned_about(worn, caplog):
    armband, _ = worn(virtual(numbers=False))
    armband.open()
    assert missing(collect(armband, 100)) == 0
    assert armband.status["samples_lost"] is None
    assert "does not number its packets, so lost ones are not counted" in caplog.text


@pytest.mark.slow
def test_what_an_armband_refuses_is_reported_with_what_to_do(worn):
    armband, ether = worn(virtual(refuses=(protocol.EMG_CONFIGURATION,)), rate_hz=1000)
    with pytest.raises(DeviceError, match=r"refuses 1000 Hz with 8 bits \(not supported\); set rate_hz: 500"):
        armband.open()
    assert ether.events[-1]["event"] == "disconnected"


def test_an_armband_that_is_not_there(worn):
    armband, ether = worn(virtual(), scan_s=0.2)
    ether.silent = True
    with pytest.raises(DeviceError, match=r"gforce: no armband found within 0\.2 s; switch it on"):
        armband.open()


def test_volts_of_a_count():
    for rate_hz, top in zip(protocol.BITS, (4095, 255), strict=True):
        packet = protocol.emg_packet(np.full((protocol.samples_a_packet(rate_hz), 8), top, np.int64), rate_hz, 7)
        found = present(protocol.emg(packet, rate_hz))
        np.testing.assert_allclose(found.counts * protocol.microvolts(rate_hz), 2.5e6 / 1200, rtol=1e-6)
        assert found.number == 7


@given(st.binary(max_size=300), RATES)
def test_any_bytes_are_a_whole_packet_or_none(data, rate_hz):
    found = protocol.emg(data, rate_hz)
    if found is not None:
        assert data[0] == protocol.EMG_TYPE
        assert found.counts.shape == (protocol.samples_a_packet(rate_hz), 8)
        assert abs(found.counts).max() <= protocol.middle(rate_hz)
    protocol.response(data)
    protocol.is_other(data)


@given(st.integers(0, 15), st.integers(16, 255), st.integers(0, 7), st.integers(0, 7))
def test_more_than_12_bits_are_no_electrodes(low, high, sample, channel):
    packet = bytearray(protocol.emg_packet(np.full((8, 8), 2048), 500, 0))
    place = 2 + 2 * (8 * sample + channel)
    packet[place : place + 2] = bytes([low, high])
    assert protocol.emg(bytes(packet), 500) is None


@given(st.integers(3, 140), st.lists(st.booleans(), max_size=40))
def test_of_packets_in_parts_only_whole_ones_pass(longest, kept):
    """Parts are lost, fewer in a row than a packet has: a packet with a part lost, and no other, is left out."""
    assembly, passed, sent = Assembly(), [], iter(kept)
    whole, lost = [], 0
    for number in range(6):
        packet = protocol.emg_packet(np.full((8, 8), number), 500, number)
        parts = []
        pieces = parts_of(packet, longest)
        for part in pieces:
            there = next(sent, True) or lost == len(pieces) - 1
            lost = 0 if there else lost + 1
            parts.append((part, there))
        whole += [packet] if all(there for _, there in parts) else []
        for part, there in parts:
            if there and (found := assembly.put(part)) is not None and protocol.emg(found, 500) is not None:
                passed.append(found)
    assert passed == whole


@given(st.lists(st.binary(max_size=260), max_size=40))
def test_any_notifications_are_bounded_and_never_raise(notifications):
    assembly = Assembly()
    for one in notifications:
        found = assembly.put(b"\xff" + one)
        assert found is None or len(found) <= MOST_BYTES
