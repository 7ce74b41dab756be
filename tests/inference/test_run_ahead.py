"""A model that is run on many windows at once gives what it gives for one."""

import time

import numpy as np

from emgctl.inference.run_ahead import RunAhead

WINDOWS = np.random.default_rng(0).normal(0, 30, (12, 5, 2)).astype(np.float32)


class Sums:
    """A model: sums as probabilities, which are off by ``wrong`` when many windows are run."""

    def __init__(self, wrong=0.0, takes_s=0.0):
        self._wrong, self._takes_s, self.runs = np.float32(wrong), takes_s, []

    def run(self, window):
        self.runs.append(1)
        until_s = time.thread_time() + self._takes_s
        while time.thread_time() < until_s:
            pass
        return [window.sum(axis=0), window[0, 0]]

    def run_many(self, windows):
        self.runs.append(len(windows))
        return [windows.sum(axis=1) + self._wrong, windows[:, 0, 0]]


def check(model, *announced):
    """Announce windows in turns, and decode all of them."""
    ahead = RunAhead(model)
    for windows in announced:
        ahead.add(windows)
        for window in windows:
            for found, expected in zip(ahead.run(window), Sums().run(window), strict=True):
                assert np.array_equal(found, expected)


def test_windows_are_run_together_once_that_has_given_the_same_as_one_by_one():
    model = Sums()
    check(model, WINDOWS[:4], WINDOWS[4:8], WINDOWS[8:])
    assert model.runs == [1, 4, 1, 1, 1, 1, 4, 4]


def test_each_number_of_windows_is_compared():
    model = Sums()
    check(model, WINDOWS[:4], WINDOWS[4:6])
    assert model.runs == [1, 4, 1, 1, 1, 1, 2, 1, 1]


def test_a_model_that_gives_anything_else_for_many_windows_is_run_on_one_at_a_time():
    model = Sums(1e-5)
    check(model, WINDOWS[:4], WINDOWS[4:])
    assert model.runs == [1, 4, 1] + 12 * [1]


def test_other_windows_than_those_announced_are_run_by_themselves():
    model = Sums()
    ahead = RunAhead(model)
    ahead.add(WINDOWS[:4])
    for window in WINDOWS[:0:-1]:
        assert np.array_equal(ahead.run(window)[0], window.sum(axis=0))
    ahead.add(WINDOWS[:4])
    assert model.runs.count(4) == 1  # nobody has asked for those of the first time


def test_a_slow_model_is_run_on_one_window_at_a_time():
    model = Sums(takes_s=0.01)
    check(model, WINDOWS[:4])
    assert model.runs == [1] + 4 * [1]
