"""The guard of a stream as a whole: any cut, any number of channels, and real recordings."""

import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from guarded_streams import RATE_HZ, blocks, first_fault, fist, guard, repeated, resting, verdicts
from hypothesis import given, settings
from hypothesis import strategies as st

from emgctl.recording.datasets import read_dataset
from emgctl.runtime.stream.stream_guard import Fault, Ok
from emgctl.types import LabelChange, SampleBlock, Signal

DATA = Path(os.environ.get("EMGCTL_DATA", "../shared/data"))


@given(sizes=st.lists(st.integers(1, 60), min_size=1, max_size=40), period=st.sampled_from([1, 2, 7, 40]))
@settings(max_examples=int(os.environ.get("EMGCTL_REPEAT", "12")), deadline=None)
def test_the_verdict_does_not_depend_on_how_the_stream_was_cut(sizes, period):
    head = fist(1)
    samples = np.concatenate((head, repeated(head, period), fist(0.5, seed=5)))
    _, came = first_fault(samples, size=1)
    one, start = guard(), 0
    for size in (sizes * len(samples))[: len(samples)]:
        part = samples[start : start + size]
        fault = one.inspect(SampleBlock(part, start, start / RATE_HZ))
        start += len(part)
        if isinstance(fault, Fault):
            assert start - len(part) < came <= start
            return
        assert start < came
    pytest.fail("never found")


@given(broken=st.sampled_from(["repeated", "frozen", "lost", "not finite", "nothing"]), at=st.integers(2, 39))
@settings(max_examples=20, deadline=None)
def test_warming_up_changes_no_verdict(broken, at):
    stream = list(blocks(fist(2)))
    there = stream[at]
    if broken == "lost":
        del stream[at : at + 3]
    else:
        samples = {"repeated": stream[at - 1].samples, "frozen": np.full_like(there.samples, 7)}.get(broken)
        spoiled = np.full_like(there.samples, np.nan) if broken == "not finite" else there.samples
        stream[at] = SampleBlock(spoiled if samples is None else samples, there.start, there.received_s)
    one, other = guard(), guard()
    for last, block in pairwise(stream):
        one.warm_up(last)
        found = [each.inspect(block, defer=True) for each in (one, other)]
        assert type(found[0]) is type(found[1])
        assert getattr(found[0], "reason", "") == getattr(found[1], "reason", "")
        assert one.inspect_deferred() == other.inspect_deferred()
        one.warm_up(block)
    assert (one.counts, one.lost, one.gaps, one.repeated) == (other.counts, other.lost, other.gaps, other.repeated)


@pytest.mark.parametrize(("channels", "rate_hz"), [(1, 200), (2, 1000), (3, 50), (4, 500), (13, 200), (64, 2048)])
@pytest.mark.parametrize("count", [1, 20])
def test_any_number_of_channels_at_any_rate(channels, rate_hz, count):
    signal, n = Signal(channels, float(rate_hz)), 2 * rate_hz
    head = resting(n / RATE_HZ, channels, scale=10)
    broken = np.resize(head[-count:], (rate_hz * 2, channels))
    kinds = [getattr(one, "kind", "") for one in verdicts(np.concatenate((head, broken)), 10, guard(signal))]
    assert not any(kinds[: n // 10])
    assert kinds[-1] in ("frozen", "saturated")


@pytest.mark.skipif(not (DATA / "kaggle_emg4").exists(), reason="needs the shared recordings")
@pytest.mark.parametrize(
    "name", ["kaggle_emg4", "libemg_one_subject_myo", "unibo_inail_4ch", "ninapro_db1_e1/S2_A1_E1.mat"]
)
def test_recordings_have_no_fault(name):
    for recording in read_dataset(str(DATA / name)):
        one = guard(recording.signal)
        for block in blocks(recording.samples[:4000], 50, rate_hz=recording.signal.rate_hz):
            assert isinstance(one.inspect(block), Ok)


def test_label_changes_move_with_the_samples_of_a_block_that_begins_with_repeated_ones():
    samples, one = fist(1), guard()
    one.inspect(SampleBlock(samples[:60], 0, 0.3))
    made = (LabelChange(10, "rest"), LabelChange(30, "fist"))
    found = one.inspect(SampleBlock(samples[40:100], 40, 0.5, label_changes=made))
    assert found.repeated == 20
    assert found.block.label_changes == (LabelChange(10, "fist"),)
