"""Blocks that no device should deliver."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from guarded_streams import GOOD, fist, guard, verdicts
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from emgctl.runtime.stream.stream_guard import Fault, Ok
from emgctl.types import LabelChange, SampleBlock


@given(
    arrays.arrays(
        st.sampled_from([np.float32, np.float64, np.int8, np.uint16, np.int64]),
        st.tuples(st.integers(0, 60), st.just(8)),
    ),
    st.integers(0, 2**61),
    st.floats(allow_nan=True),
)
@settings(max_examples=60, deadline=None)
def test_no_array_of_numbers_makes_it_raise(samples, start, received_s):
    one = guard(live=True)
    for _ in range(3):
        verdict = one.inspect(SampleBlock(samples, start, received_s))
        assert isinstance(verdict, Ok | Fault)
        if isinstance(verdict, Ok):
            assert verdict.block.samples.dtype == np.float32
            assert np.isfinite(verdict.block.samples).all()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (np.nan, "samples are not finite (NaN or infinity)"),
        (np.inf, "samples are not finite (NaN or infinity)"),
        (-np.inf, "samples are not finite (NaN or infinity)"),
        (1e30, "samples of 1e+30 are beyond any converter's range"),
        (-1e30, "samples of 1e+30 are beyond any converter's range"),
    ],
)
def test_one_impossible_value_is_a_fault(value, reason):
    samples = fist()
    samples[305, 3] = value
    found = verdicts(samples)
    assert (found[30].kind, found[30].reason, found[30].block) == ("not finite", reason, None)
    assert all(isinstance(verdict, Ok) for number, verdict in enumerate(found) if number != 30)


ONCE: dict[str, Any] = {"repetition": "once"}


def wrong(**fields: Any) -> SampleBlock:
    """The good block with fields of a wrong type."""
    return replace(GOOD, **fields)


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (None, "a NoneType instead of a SampleBlock"),
        (fist(0.05), "a ndarray instead of a SampleBlock"),
        (wrong(samples=[[0] * 8]), "samples are a list, not an array"),
        (wrong(samples=None), "samples are a NoneType, not an array"),
        (replace(GOOD, samples=fist(0.05)[:, :7]), "samples have the shape (10, 7), not (T, 8)"),
        (replace(GOOD, samples=fist(0.05)[0]), "samples have the shape (8,), not (T, 8)"),
        (replace(GOOD, samples=np.full((2, 8), "x")), "samples are of type <U1, not of numbers"),
        (replace(GOOD, samples=np.full((2, 8), None)), "samples are of type object, not of numbers"),
        (replace(GOOD, samples=np.full((2, 8), 1j)), "samples are of type complex128, not of numbers"),
        (wrong(start=None), "start is a NoneType, not a whole number"),
        (wrong(start=1.5), "start is a float, not a whole number"),
        (replace(GOOD, start=-1), "start is -1, not an index"),
        (wrong(received_s=None), "received_s is a NoneType, not a time"),
        (replace(GOOD, received_s=np.nan), "received_s is nan, not a time"),
        (wrong(label_changes=["fist"]), "label_changes are not a tuple of LabelChange"),
        (
            replace(GOOD, label_changes=(LabelChange(10**6, "fist"),)),
            f"label_changes are at [1000000], not in order within the block's {len(GOOD.samples)} samples",
        ),
        (
            replace(GOOD, label_changes=(LabelChange(0, "fist", **ONCE),)),
            "label_changes have a label that is not text, or a repetition that is not a whole number",
        ),
        (replace(GOOD, motion=np.zeros((2, 9), np.float32)), "motion has the shape (2, 9), not (N, 10)"),
        (wrong(motion=[0.0] * 10), "motion has the shape (10,), not (N, 10)"),
        (replace(GOOD, motion=np.full((1, 10), "x")), "motion is of type <U1, not of numbers"),
    ],
)
def test_a_malformed_block_is_a_fault_that_states_what_is_wrong(block, words):
    fault = guard().inspect(block)
    assert (fault.kind, fault.reason, fault.block) == ("malformed", f"malformed samples: {words}", None)
