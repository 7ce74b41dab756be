"""The 1-euro filter: still where it is slow, quick where it is fast, and never ahead of time."""

import numpy as np

from emgctl.handmodel.smoothing import OneEuro

RATE_HZ = 50.0


def smoothed(values, **how):
    filter_ = OneEuro(RATE_HZ, **({"cutoff_hz": 1.0, "slope": 2.0} | how))
    return np.array([filter_(np.array([one], np.float32))[0] for one in values])


def test_the_first_value_is_taken_as_it_is_and_again_after_a_reset():
    one = OneEuro(RATE_HZ, 1.0, 0.0)
    assert one(np.array([3.0], np.float32))[0] == 3.0
    assert one(np.array([9.0], np.float32))[0] < 5.0
    one.reset()
    assert one(np.array([9.0], np.float32))[0] == 9.0


def test_jitter_is_held_and_a_step_is_followed_faster_with_a_slope():
    noise = np.random.default_rng(0).normal(0, 0.01, 500)
    assert smoothed(noise)[100:].std() < 0.5 * noise[100:].std()
    step = np.concatenate((np.zeros(50), np.ones(20)))
    assert smoothed(step)[60] > smoothed(step, slope=0.0)[60] + 0.1
    assert abs(smoothed(np.ones(50))[-1] - 1) < 1e-6


def test_the_future_changes_nothing():
    values = np.random.default_rng(1).normal(size=100)
    changed = np.concatenate((values[:60], 100 + values[60:]))
    assert np.array_equal(smoothed(values)[:60], smoothed(changed)[:60])
