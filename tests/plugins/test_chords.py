"""NPG Lite boards over Bluetooth: their packets, and the input against the virtual board over a real GATT link."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from over_the_air import STALL_S, check_reopening, collect, linked, missing, together
from present import present

from emgctl.errors import DeviceError
from emgctl.recording.played import COUNT_STEP
from emgctl.support.ble.packet_counter import PacketCounter
from emgctl_chords import protocol
from emgctl_chords.chords import Chords
from emgctl_chords.simulator import counts
from emgctl_chords.virtual import VirtualChords


def virtual(channels=3, rate_hz=500):
    return partial(VirtualChords, played=counts(channels, "count"), rate_hz=rate_hz)


@pytest.fixture
def plugged():
    """An input that is connected to a board."""
    with linked(Chords, "NPG") as plug:
        yield plug


def orders(ether):
    return [event["words"] for event in ether.events if event["event"] == "command"]


@pytest.mark.slow
@pytest.mark.parametrize(("channels", "rate_hz"), [(3, 500), (6, 500), (3, 250)])
def test_the_channels_are_found_and_every_sample_arrives(plugged, channels, rate_hz):
    board, ether = plugged(virtual(channels, rate_hz), rate_hz=rate_hz)
    signal = board.open()
    assert (signal.channels, signal.rate_hz, signal.unit) == (channels, rate_hz, "count")
    blocks = collect(board, 300)
    samples = together(blocks)
    assert (np.diff(samples[:, 0]) % 1000 == COUNT_STEP).all()
    assert (np.diff(samples, axis=1) == 1).all()
    assert missing(blocks) == 0
    board.close()
    assert orders(ether) == ["START", "STOP"]
    assert ether.events[-1]["event"] == "disconnected"


@pytest.mark.slow
def test_losses_are_gaps_and_damaged_packets_are_no_electrodes(plugged):
    board, ether = plugged(virtual())
    board.open()
    blocks = collect(board, 40)
    ether.order("lose", "4")
    blocks += collect(board, 80)
    assert missing(blocks) == board.status["samples_lost"] == 40
    ether.order("malformed", "1")
    blocks += collect(board, 80)
    assert missing(blocks) == board.status["samples_lost"] == 50
    assert board.status["packets_malformed"] == 1
    assert set(np.diff(together(blocks)[:, 0]) % 1000) == {COUNT_STEP, COUNT_STEP * 41, COUNT_STEP * 11}


@pytest.mark.slow
def test_a_lost_or_silent_link_is_reopened_and_the_board_started_again(plugged):
    board, ether = plugged(virtual(6), stall_s=STALL_S)
    check_reopening(board, ether)
    assert orders(ether).count("START") == 3


@pytest.mark.slow
def test_a_board_that_sends_something_else_is_refused(plugged, monkeypatch):
    monkeypatch.setattr("emgctl_chords.board.FIRST_S", 0.4)
    board, ether = plugged(virtual(3), channels=6)
    with pytest.raises(DeviceError, match=r"sends something else than samples of 6 channels; .* leave 'channels' out"):
        board.open()
    assert orders(ether) == ["START", "STOP"]


def test_boards_are_recognized_by_their_names(plugged):
    board, _ = plugged(virtual(), name="Other", scan_s=0.3)
    with pytest.raises(DeviceError, match=r"chords: no board found within 0\.3 s; switch it on"):
        board.open()


@given(st.binary(max_size=300), st.sampled_from(protocol.CHANNELS))
def test_any_bytes_are_samples_or_none(data, channels):
    found = protocol.samples(data, channels)
    if found is not None:
        assert found.counts.shape == (len(data) / (1 + 2 * channels), channels)
        assert found.counts.max() <= protocol.TOP
        assert found.number == data[0]


@given(st.integers(0, 255), st.sampled_from(protocol.CHANNELS), st.integers(2, 25), st.data())
def test_samples_come_back_as_they_were_sent_and_no_other(number, channels, length, data):
    values = data.draw(st.lists(st.integers(0, 4095), min_size=channels * length, max_size=channels * length))
    sent = np.array(values).reshape(length, channels)
    packet = protocol.samples_packet(sent, number)
    assert present(protocol.samples(packet, channels)).counts.tolist() == sent.tolist()
    assert protocol.channels_of(packet) in (channels, None)
    assert protocol.samples(packet[:-1], channels) is None
    wrong = bytearray(packet)
    wrong[data.draw(st.integers(0, length - 1)) * (1 + 2 * channels)] ^= 1
    assert protocol.samples(bytes(wrong), channels) is None


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(1, 3)), max_size=40), st.integers(0, 255))
def test_numbers_show_losses_modulo_256_and_repeats(packets, first):
    counter, number, index = PacketCounter(256, 4), first, 0
    for lost, times in packets:
        if index:
            number, index = number + lost, index + 4 * lost
        packet = number.to_bytes(8, "big")
        starts = [counter.start(number % 256, packet, 2) for _ in range(times)]
        assert starts == [index] + [None] * (times - 1)
        number, index = number + 2, index + 8
