import numpy as np
from numpy.typing import NDArray

from emgctl.calibration.threshold import choose_enter
from emgctl.inference.postprocessing import PostProcessing
from emgctl.recording.windows import Indices, Windows, cut
from emgctl.types import Recording, Signal

SIGNAL = Signal(1, 100.0)


def case(rest_s, wrong) -> tuple[Windows, Indices, NDArray[np.float32]]:
    """Windows of rest and then of fist; ``wrong`` maps windows of rest to how sure the model is of a fist there."""
    count = round(rest_s * 100)
    labels = np.repeat(np.array([0, 1], np.int16), count)
    windows = cut([Recording("r", SIGNAL, np.ones((2 * count, 1), np.float32), "r", labels, ("rest", "fist"))], 10, 10)
    fist = np.where(windows.labels == 1, 0.92, 0.1)
    for place, sure in wrong.items():
        fist[place] = sure
    return windows, np.arange(len(windows)), np.stack([1 - fist, fist], axis=1).astype(np.float32)


def test_the_lowest_threshold_that_is_enough_is_taken():
    found = choose_enter(*case(10, {}), "rest", PostProcessing(), 1.0)
    assert (found.enter, found.false_per_minute, found.recall, found.rest_s) == (0.4, 0.0, 1.0, 10.0)
    assert str(found).startswith("a gesture has to be 40 % certain")
    found = choose_enter(*case(10, {7: 0.7, 30: 0.81}), "rest", PostProcessing(), 1.0)
    assert (found.enter, found.recall) == (0.85, 1.0)
    assert found.reached


def test_one_long_false_activation_counts_once():
    found = choose_enter(*case(10, dict.fromkeys(range(20, 40), 0.99)), "rest", PostProcessing(), 1.0)
    assert (found.enter, found.false_per_minute) == (0.95, 6.0)
    assert not found.reached
    assert str(found).startswith(
        "the goal of at most 1 false activations a minute was not reached; a gesture has to be "
    )
    assert "95 % certain: in 10 s of held-out rest that gives 6 false activations a minute, and 0 % of" in str(found)
    assert choose_enter(*case(10, {20: 0.9, 21: 0.9}), "rest", PostProcessing(), 6.0).enter == 0.4


def test_too_little_rest_says_nothing():
    assert choose_enter(*case(3, {}), "rest", PostProcessing(), 1.0) is None


def test_the_profile_s_own_smoothing_is_taken_into_account():
    smooth = PostProcessing(smoothing="mean", smoothing_windows=5)
    assert choose_enter(*case(10, {30: 0.99}), "rest", smooth, 1.0).enter == 0.4
