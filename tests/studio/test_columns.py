"""What a screen shows of a signal."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emgctl.studio.columns import COLUMNS_HZ, Columns


@given(
    rate_hz=st.sampled_from([200.0, 250.0, 500.0, 1000.0, 2048.0]),
    sizes=st.lists(st.integers(0, 400), max_size=12),
)
@settings(max_examples=40)
def test_no_peak_is_lost_however_the_stream_is_cut(rate_hz, sizes):
    samples = np.random.default_rng(sum(sizes)).normal(size=(sum(sizes), 3)).astype(np.float32)
    columns, at = Columns(3, rate_hz), 0
    for size in sizes:
        columns.add(samples[at : at + size])
        at += size
    assert columns.rate_hz <= COLUMNS_HZ
    whole = len(samples) // columns.samples_each
    assert columns.count == whole
    first, shown = columns.since(0)
    parts = samples[first * columns.samples_each : whole * columns.samples_each].reshape(-1, columns.samples_each, 3)
    np.testing.assert_array_equal(shown[..., 0], parts.min(1) if len(parts) else shown[..., 0])
    np.testing.assert_array_equal(shown[..., 1], parts.max(1) if len(parts) else shown[..., 1])


@pytest.mark.parametrize("seconds", [3, 30])
def test_of_a_long_signal_the_last_seconds_are_kept(seconds):
    columns = Columns(2, 1000.0)
    for _ in range(seconds):
        columns.add(np.zeros((1000, 2), np.float32))
    assert columns.count == 250 * seconds
    first, shown = columns.since(0)
    assert (first, len(shown)) == (max(0, 250 * (seconds - 5)), min(1250, 250 * seconds))
    assert columns.since(10**9)[0] == columns.count
