"""Lost samples by package numbers, as different boards count: what is lost is found, what is not is not."""

import numpy as np
import pytest

from emgctl_brainflow.package_counter import PackageCounter

RATE_HZ, LENGTH = 250.0, 2000
NUMBER = np.arange(LENGTH)


def placed(numbers, lost=(), fold=0, block=7):
    """The place that each sample gets that has not been lost, its true one, and the counter."""
    kept = np.setdiff1d(NUMBER, lost)
    counter, places, start = PackageCounter(RATE_HZ, fold), list[int](), 0
    for begin in range(0, len(kept), block):
        chosen = kept[begin : begin + block]
        for gap, length in counter.push(numbers[chosen].astype(np.float64), chosen / RATE_HZ):
            places.extend(range(start + gap, start + gap + length))
            start += gap + length
    return np.array(places), kept, counter


GANGLION = np.concatenate([[0, *np.repeat(np.arange(101, 201), 2)]] * 10)[:LENGTH]


@pytest.mark.parametrize(
    ("numbers", "lost"),
    [
        pytest.param(NUMBER % 256, range(500, 510), id="Cyton"),
        pytest.param(NUMBER % 256, range(250, 900), id="more than once round"),
        pytest.param(NUMBER % 256, [400, 401, 420, 700], id="several"),
        pytest.param((2 * NUMBER + 1) % 256, range(500, 507), id="Daisy: two packages a sample"),
        pytest.param(NUMBER, range(500, 900), id="without end"),
        pytest.param(NUMBER // 16 % 256, range(512, 544), id="16 samples a package"),
    ],
)
def test_lost_samples_are_found(numbers, lost):
    places, kept, counter = placed(numbers, lost)
    np.testing.assert_array_equal(places, kept)
    assert counter.counts is True


def test_a_ganglion_counts_from_101_to_200_behind_each_0():
    assert (placed(GANGLION, fold=100)[0] == NUMBER).all()
    places, kept, _ = placed(GANGLION, range(501, 511), fold=100)
    assert abs(places[-1] - kept[-1]) <= 1  # a package of one sample among those of two


def test_a_counter_that_begins_again_elsewhere_is_learned_at_once():
    places, kept, _ = placed(NUMBER % 200)
    assert len(np.flatnonzero(np.diff(places - kept))) == 1


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param(np.zeros(LENGTH), id="none"),
        pytest.param(NUMBER // 16 * 3 + NUMBER // 32 % 2, id="other packages are counted, too"),
    ],
)
def test_numbers_that_do_not_count_samples_give_no_losses(numbers):
    places, kept, counter = placed(numbers, range(500, 520))
    np.testing.assert_array_equal(places, np.arange(len(kept)))
    assert not counter.counts
