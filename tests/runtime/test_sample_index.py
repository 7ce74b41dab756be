"""The index of samples: gaps, blocks that come twice or late, and what was lost."""

from dataclasses import replace

import numpy as np
import pytest
from guarded_streams import GOOD, RATE_HZ, blocks, fist, guard
from hypothesis import given, settings
from hypothesis import strategies as st

from emgctl.runtime.stream.stream_guard import Fault, Ok
from emgctl.types import SampleBlock


def test_a_short_gap_is_counted_and_a_long_one_is_a_fault_that_counts_too():
    one, samples = guard(), fist()
    assert isinstance(one.inspect(SampleBlock(samples[:10], 0, 0.0)), Ok)
    assert one.inspect(SampleBlock(samples[20:30], 20, 0.1)).lost == 10
    fault = one.inspect(SampleBlock(samples[350:360], 350, 1.8))
    assert (fault.kind, fault.reason, fault.lost) == ("gap", "320 samples were lost", 320)
    assert fault.block.start == 350  # the samples after it are sound
    assert (one.gaps, one.lost) == (2, 330)
    assert isinstance(one.inspect(SampleBlock(samples[360:370], 360, 1.9)), Ok)


def test_an_index_that_goes_back_is_a_fault_at_once_and_time_goes_on():
    one, samples = guard(), fist(30)
    for block in blocks(samples[:4000]):
        one.inspect(block)
    fault = one.inspect(SampleBlock(samples[4000:4010], 120, 21.0))
    assert (fault.kind, fault.reason) == ("index back", "the sample index went back from 4000 to 120")
    assert fault.block.start == 4001
    after = one.inspect(SampleBlock(samples[4010:4020], 130, 21.1))
    assert (type(after), after.block.start) == (Ok, 4011)


def test_a_notification_that_comes_twice_is_dropped():
    one, samples = guard(), fist()
    passed = []
    for block in blocks(samples):
        for _ in range(2):
            verdict = one.inspect(block)
            assert isinstance(verdict, Ok)
            passed.append(verdict.block.samples)
    assert (np.concatenate(passed) == samples).all()
    assert (one.repeated, one.lost) == (len(samples), 0)


def test_of_blocks_that_overlap_the_new_samples_pass():
    one, samples = guard(), fist()
    one.inspect(SampleBlock(samples[:20], 0, 0.1))
    verdict = one.inspect(SampleBlock(samples[15:30], 15, 0.15))
    assert (verdict.block.start, len(verdict.block.samples), verdict.repeated) == (20, 10, 5)


def test_the_same_index_with_other_samples_is_a_fault():
    one, samples = guard(), fist()
    one.inspect(SampleBlock(samples[:20], 0, 0.1))
    fault = one.inspect(SampleBlock(samples[100:110], 10, 0.15))
    assert (fault.kind, fault.reason) == ("index repeated", "sample 10 was delivered again with different values")


def test_lost_samples_that_come_late_are_an_index_that_goes_back():
    one, samples = guard(), fist()
    one.inspect(SampleBlock(samples[:10], 0, 0.1))
    assert one.inspect(SampleBlock(samples[15:20], 15, 0.15)).lost == 5
    fault = one.inspect(SampleBlock(samples[10:15], 10, 0.16))
    assert (fault.kind, fault.reason) == ("index back", "the sample index went back from 20 to 10")


def test_motion_that_is_not_finite_is_a_fault():
    one, motion = guard(), np.zeros((2, 10), np.float32)
    motion[1, 4] = np.nan
    assert one.inspect(replace(GOOD, motion=motion)).reason == "the arm's motion is not finite (NaN or infinity)"
    assert isinstance(guard().inspect(replace(GOOD, motion=motion[:1])), Ok)


@pytest.mark.parametrize("again", [slice(90, 100), slice(0, 0)], ids=["the same block", "empty blocks"])
def test_blocks_without_anything_new_are_silence(again):
    one, samples = guard(), fist()
    for block in blocks(samples[:100]):
        one.inspect(block)
    kinds = [one.inspect(SampleBlock(samples[again], 90, 0.52 + 0.04 * n)) for n in range(6)]
    assert [getattr(verdict, "kind", "") for verdict in kinds] == [""] * 5 + ["no new samples"]


def test_a_reconnect_begins_anew_and_loses_nothing():
    one, samples = guard(), fist()
    for block in blocks(samples[:100]):
        one.inspect(block)
    one.reconnected()
    verdict = one.inspect(SampleBlock(samples[:10], 0, 9.0))
    assert (type(verdict), verdict.lost, verdict.block.start) == (Ok, 0, 100)


@given(st.lists(st.tuples(st.integers(-15, 30), st.integers(0, 25)), min_size=1, max_size=40))
@settings(max_examples=30, deadline=None)
def test_what_was_delivered_and_what_was_lost_make_up_the_span_of_the_index(steps):
    one, samples = guard(), fist(12)
    end = fresh = 0
    for step, count in steps:
        start = max(0, end + step) if end else 0
        verdict = one.inspect(SampleBlock(samples[start : start + count], start, end / RATE_HZ))
        if count:
            end = max(end, start + count)
        if isinstance(verdict, Fault) and verdict.kind in ("index back", "index repeated"):
            return  # reached back into lost samples
        fresh += 0 if verdict.block is None else len(verdict.block.samples)
        assert fresh + one.lost == end
