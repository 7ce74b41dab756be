import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emgctl.errors import DeviceError
from emgctl.runtime.sample_queue import SampleQueue
from emgctl.testing import block


def test_what_waits_comes_as_one_block_up_to_a_gap():
    inbox = SampleQueue(100)
    for start in (0, 2, 4, 8):
        inbox.put(block([start, start], start))
    first, second = inbox.get(0), inbox.get(0)
    assert (first.start, len(first.samples)) == (0, 6)
    assert first.samples[:, 0].tolist() == [0, 0, 2, 2, 4, 4]
    assert second.start == 8
    assert inbox.get(0) is None


@pytest.mark.slow
@given(st.lists(st.integers(1, 8), min_size=1, max_size=40))
def test_overflow_drops_the_oldest_and_shows_in_start(sizes):
    inbox, start = SampleQueue(16), 0
    for size in sizes:
        inbox.put(block(np.arange(start, start + size), start))
        start += size
    received = 0
    while (got := inbox.get(0)) is not None:
        assert got.samples[:, 0].tolist() == list(range(got.start, got.start + len(got.samples)))
        received += len(got.samples)
    assert received + inbox.dropped == start
    assert received <= 16


def test_a_failure_reaches_the_reader_after_what_came_before():
    inbox = SampleQueue(10)
    inbox.put(block([1]))
    inbox.fail(DeviceError("armband", "went away"))
    assert inbox.get(0) is not None
    with pytest.raises(DeviceError, match="went away"):
        inbox.get(0)
    assert inbox.get(0) is None


def test_a_waiting_reader_is_woken_by_the_block():
    inbox = SampleQueue(10)
    threading.Timer(0.05, inbox.put, (block([1]),)).start()
    assert inbox.get(5) is not None
