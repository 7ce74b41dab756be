from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emgctl.calibration.rotation import find_rotation
from emgctl.errors import UsageError
from emgctl.inference.model import rotation_order
from emgctl.types import Recording, Signal

STRONG = np.array([30, 12, 5, 3, 2, 2, 6, 14])


def recording(seed, channels=8, label="fist"):
    rng = np.random.default_rng(seed)
    strong = np.tile(STRONG, -(-channels // 8))[:channels]
    samples = (rng.standard_normal((600, channels)) * strong).astype(np.float32)
    samples[5] = np.nan
    labels = np.repeat(np.array([-1, 0], np.int16), 300)
    return Recording("r", Signal(channels, 200.0), samples, "r", labels, (label,))


@given(st.integers(0, 7), st.sampled_from([8, 16]), st.integers(0, 50))
def test_a_turn_is_found_and_undone(turn, channels, seed):
    then, now = recording(seed, channels), recording(seed + 1, channels)
    back = np.argsort(rotation_order(channels, turn))  # what the turned armband sees
    found = find_rotation([then], [replace(now, samples=now.samples[:, back])], "fist")
    assert found.electrodes == turn
    assert found.correlation > 0.95


def test_a_small_difference_is_no_turn():
    then, now = recording(1), recording(2)
    wobbly = replace(now, samples=now.samples * np.array([1, 1.4, 1, 1, 1, 1, 1, 0.7], np.float32))
    assert find_rotation([then], [wobbly], "fist").electrodes == 0


def test_a_ring_of_another_size_turns_as_a_whole():
    assert rotation_order(5, 2).tolist() == [2, 3, 4, 0, 1]
    assert rotation_order(16, 1).tolist() == [1, 2, 3, 4, 5, 6, 7, 0, 9, 10, 11, 12, 13, 14, 15, 8]


def test_what_is_missing_is_said():
    with pytest.raises(UsageError, match="calibration has nothing of 'fist'"):
        find_rotation([recording(1, label="open")], [recording(2)], "fist")
    with pytest.raises(UsageError, match="new recording has nothing of 'fist'"):
        find_rotation([recording(1)], [recording(2, label="open")], "fist")
