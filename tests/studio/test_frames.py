"""Frames between a run and the studio's server."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from emgctl.studio.frames import SamplesFrame, encode, read_frames

JSON = st.dictionaries(
    st.text(max_size=8), st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=9)
)
SAMPLES = arrays.arrays(
    np.float32, st.tuples(st.integers(0, 9), st.integers(1, 5)), elements=st.floats(-9, 9, width=32)
)


@given(st.lists(JSON | st.builds(SamplesFrame, st.integers(0, 2**63), SAMPLES, st.text(max_size=9)), max_size=6))
def test_what_was_written_is_read(frames):
    read = list(read_frames(io.BytesIO(b"".join(map(encode, frames)))))
    assert len(read) == len(frames)
    for one, before in zip(read, frames, strict=True):
        if isinstance(before, SamplesFrame):
            assert isinstance(one, SamplesFrame)
            assert (one.start, one.input) == (before.start, before.input)
            np.testing.assert_array_equal(one.samples, before.samples)
        else:
            assert one == before


@given(st.binary(max_size=80))
def test_any_bytes_are_frames_or_a_value_error(content):
    try:
        for frame in read_frames(io.BytesIO(content)):
            assert isinstance(frame, dict | SamplesFrame)
    except ValueError:
        pass


@given(JSON, st.integers(0, 30))
def test_a_frame_that_was_cut_is_not_read(frame, missing):
    content = encode(frame)
    cut = content[: max(0, len(content) - missing)]
    assert list(read_frames(io.BytesIO(cut))) == ([frame] if len(cut) == len(content) else [])


def test_a_frame_longer_than_any_is_refused_before_it_is_read():
    with pytest.raises(ValueError, match="a frame of 4294967295 bytes"):
        list(read_frames(io.BytesIO(b"\xff" * 5)))
