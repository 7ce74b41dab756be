"""Losses from time stamps: bursts, late deliveries, clocks that are set, holes; and any stamps at all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emgctl_lsl.losses import LossDetector

HZ = 200.0


def detected(arrivals, rate_hz=HZ):
    """What is lost in all, where (the samples that passed before), and how many samples passed; once all is decided."""
    detector, lost, at, passed = LossDetector(rate_hz), 0, [], 0
    last_s = 0.0
    for now_s, stamps_s in [*arrivals, (1e9, [])]:
        for run in detector.push(np.asarray(stamps_s, np.float64), now_s):
            if run.lost:
                at.append(passed)
            lost, passed = lost + run.lost, passed + run.samples
        last_s = now_s
    assert last_s == 1e9
    return lost, at, passed


def regular(count, hole_at=None, hole_s=0.0):
    for number in range(count):
        at_s = number / HZ + (hole_s if hole_at is not None and number >= hole_at else 0)
        yield at_s, [at_s]


def bursts(count, size, first=None, hole_at=None, hole_s=0.0):
    number = 0
    while number < count:
        take = first if first and not number else size
        at_s = (number + take) / HZ + (hole_s if hole_at is not None and number >= hole_at else 0)
        yield at_s, at_s + 2e-5 * np.arange(take)
        number += take


def late(count, at, delay_s, speed=1e4):
    """A sender that pauses, and then catches up at so many times the rate, stamping what it sends when it sends it."""
    sent_s = 0.0
    for number in range(count):
        sent_s = max(number / HZ, sent_s + 1 / (HZ * speed)) + (delay_s if number == at else 0)
        yield sent_s, [sent_s]


@pytest.mark.parametrize("hole_s", [0.06, 0.4, 5.0])
def test_a_hole_is_counted_exactly_and_where_it_is(hole_s):
    assert detected(regular(400, 100, hole_s)) == (round(hole_s * HZ), [100], 400)


@pytest.mark.parametrize("size", [2, 14, 50])
@pytest.mark.parametrize("first", [None, 1])
def test_bursts_are_no_losses(size, first):
    assert detected(bursts(2000, size, first))[:2] == (0, [])


def test_a_hole_between_bursts():
    lost, at, _ = detected(bursts(2100, 14, hole_at=700, hole_s=1.0))
    assert lost == pytest.approx(200, abs=1)
    assert at == [700]


@pytest.mark.parametrize(("delay_s", "speed"), [(0.4, 1e4), (3.0, 1e4), (0.5, 2.0), (0.5, 1.2)])
def test_what_is_late_is_not_lost(delay_s, speed):
    assert detected(late(3000, 300, delay_s, speed)) == (0, [], 3000)


def test_what_the_network_delays_is_not_lost():
    assert detected((max(n / HZ, 2.0) if n >= 300 else n / HZ, [n / HZ]) for n in range(1000))[0] == 0


@pytest.mark.parametrize("leap_s", [10.0, -10.0, 1e300, float("nan"), float("inf")])
def test_a_clock_that_is_set_loses_nothing(leap_s):
    assert detected((n / HZ, [n / HZ + (leap_s if n > 300 else 0)]) for n in range(1000)) == (0, [], 1000)


def test_another_rate_than_the_declared_one_is_no_loss():
    for rate_hz in (100.0, 196.0, 204.0, 400.0):
        assert detected((n / rate_hz, [n / rate_hz]) for n in range(2000))[0] == 0


def test_jitter_is_no_loss():
    rng = np.random.default_rng(0)
    assert detected((n / HZ, [n / HZ + rng.exponential(0.01)]) for n in range(20_000))[0] == 0


@given(st.lists(st.tuples(st.floats(0, 1), st.lists(st.floats(), max_size=30)), max_size=30))
def test_whatever_the_stamps_every_sample_passes_once(pieces):
    now_s, arrivals = 0.0, []
    for wait_s, stamps_s in pieces:
        now_s += wait_s
        arrivals.append((now_s, stamps_s))
    lost, _, passed = detected(arrivals)
    assert passed == sum(len(stamps_s) for _, stamps_s in pieces)
    assert 0 <= lost <= 3600 * HZ * max(len(pieces), 1)
