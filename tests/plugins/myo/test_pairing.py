import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emgctl.types import SampleBlock
from emgctl_myo.packet_sequencer import PacketSequencer
from emgctl_myo.protocol import EMG
from emgctl_myo.stream_merger import MOST_AHEAD, StreamMerger


def block(start, length=2):
    return SampleBlock(np.repeat(np.arange(start, start + length, dtype=np.float32)[:, None], 8, axis=1), start, 0.0)


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3)), max_size=200))
def test_what_is_paired_has_the_same_age_whatever_is_lost(steps):
    """Sides deliver in any order, each leaves out packets at random; time is the same on both."""
    got: list[SampleBlock] = []
    place = [0, 0]
    pairing = StreamMerger(got.append)
    pairing.put(0, block(0))
    pairing.put(1, block(0))
    place = [2, 2]
    for side, lost in steps:
        if place[side] - place[1 - side] > MOST_AHEAD - 8:
            continue
        place[side] += 2 * lost
        pairing.put(side, block(place[side]))
        place[side] += 2
    assert pairing.realigned == 0
    ends = 0
    for one in got:
        assert one.start >= ends
        ends = one.start + len(one.samples)
        left, right = one.samples[:, 0], one.samples[:, 8]
        assert (np.diff(one.samples, axis=0) == 1).all()
        assert len(set((left - right).tolist())) == 1


def test_an_armband_whose_clock_runs_ahead_is_brought_back():
    got: list[SampleBlock] = []
    pairing = StreamMerger(got.append)
    places = [0, 0]
    for turn in range(400):
        for side in (0, 1) if turn % 10 else (0,):
            pairing.put(side, block(places[side]))
            places[side] += 2
    assert pairing.realigned == 3
    starts = [one.start for one in got]
    assert starts == sorted(starts)
    ahead = got[-1].samples[-1, 0] - got[-1].samples[-1, 8]
    assert ahead >= 3 * MOST_AHEAD


@given(st.lists(st.integers(0, 3), max_size=100), st.integers(0, 3))
def test_a_break_in_the_rotation_reports_what_was_lost(losses, first):
    turns, packet = PacketSequencer(), first
    assert turns.start(packet % len(EMG)) == 0
    for lost in losses:
        packet += 1 + lost
        assert turns.start(packet % len(EMG)) == 2 * (packet - first)
    assert turns.lost == sum(losses)
