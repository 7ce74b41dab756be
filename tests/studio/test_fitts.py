"""The formulas of Fitts's law."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from emgctl.studio.fitts import (
    Movement,
    effective_width,
    index_of_difficulty,
    path_efficiency,
    pointing,
    ring,
    throughput,
)

LENGTHS = st.floats(0.01, 100)
SMALL = st.floats(-1, 1).map(lambda one: round(one, 6))


def movement(end=(1.0,), time_s=1.0, path=1.0, start=(0.0,), origin=(0.0,), target=(1.0,)):
    return Movement(origin, target, start, end, time_s, path)


def test_the_published_values():
    assert index_of_difficulty(1.4, 0.2) == 3.0
    assert effective_width([-1.0, 1.0]) == pytest.approx(4.133 * math.sqrt(2))
    found = pointing([movement((0.9,), 0.5), movement((1.1,), 1.5)])
    width = 4.133 * math.sqrt(0.02)
    assert found.width == pytest.approx(width)
    assert found.throughput == pytest.approx(math.log2(1 / width + 1) / 1.0)


@given(LENGTHS, LENGTHS, LENGTHS)
def test_farther_and_smaller_is_more_difficult_in_any_unit(distance, width, unit):
    bits = index_of_difficulty(distance, width)
    assert bits > 0
    assert index_of_difficulty(2 * distance, width) > bits
    assert index_of_difficulty(distance, width / 2) > bits
    assert index_of_difficulty(unit * distance, unit * width) == pytest.approx(bits)


@given(st.lists(SMALL, max_size=20), st.floats(-5, 5), st.floats(0.1, 10))
def test_the_effective_width_is_that_of_the_spread_wherever_it_lies(deviations, shift, scale):
    found = effective_width(deviations)
    assume(found is None or found > 1e-3)
    if found is None:
        assert len(set(deviations)) < 2
    else:
        assert effective_width([scale * one + shift for one in deviations]) == pytest.approx(scale * found)


@given(st.lists(st.tuples(SMALL, SMALL, st.floats(0.1, 10)), min_size=2, max_size=10), st.floats(0, 2 * math.pi))
def test_what_movements_amount_to_does_not_depend_on_the_direction(ends, angle):
    def turned(x, y):
        return x * math.cos(angle) - y * math.sin(angle), x * math.sin(angle) + y * math.cos(angle)

    def pointed(turn):
        places = [(turn(3 + x / 2, y), time_s) for x, y, time_s in ends]
        return pointing([movement(to, s, 3, turn(0, 0), turn(0, 0), turn(3, 0)) for to, s in places])

    assume(np.ptp([x for x, _, _ in ends]) > 1e-3)
    straight, other = pointed(lambda x, y: (x, y)), pointed(turned)
    assert straight.throughput is not None
    assert straight.throughput > 0
    assert other.throughput == pytest.approx(straight.throughput)


@given(st.lists(st.floats(0.1, 10), min_size=2, max_size=5), st.floats(0.5, 4))
def test_the_slower_the_less_throughput(times, factor):
    moves = [movement((1 + 0.01 * number,), time_s) for number, time_s in enumerate(times)]
    slow = [replace(one, time_s=factor * one.time_s) for one in moves]
    assert pointing(slow).throughput == pytest.approx(pointing(moves).throughput / factor)
    assert throughput([pointing(moves), pointing(slow)]) == pytest.approx(
        pointing(moves).throughput * (1 + 1 / factor) / 2
    )


def test_without_a_spread_or_a_distance_there_is_no_throughput():
    assert pointing([movement()]).throughput is None
    assert pointing([movement(), movement()]).throughput is None
    assert pointing([movement((-0.1,)), movement((-0.2,))]).throughput is None
    assert throughput([pointing([movement()])]) is None


@given(st.integers(1, 12).map(lambda half: 2 * half + 1), LENGTHS)
def test_a_ring_reaches_every_target_once_by_equal_distances(count, diameter):
    places = ring(count, diameter)
    steps = [math.dist(one, other) for one, other in zip(places, [*places[1:], places[0]], strict=True)]
    assert max(steps) - min(steps) < 1e-6 * diameter
    assert min(steps) >= 0.85 * diameter
    assert len({(round(x / diameter, 6), round(y / diameter, 6)) for x, y in places}) == count


@given(SMALL, SMALL, st.floats(0, 10))
def test_the_path_efficiency_is_a_share(x, y, more):
    straight = math.hypot(x, y)
    found = path_efficiency(movement((x, y), 1, straight + more, (0, 0)))
    assert 0 <= found <= 1
    assert (found == pytest.approx(1)) == (more <= 1e-6 * straight or straight + more == 0) or more < 1e-5
