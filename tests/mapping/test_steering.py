"""Steering with the forearm is continuous, past the vertical and past 180 degrees."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from played import HOP_S, Hand, turned
from present import present

from emgctl.mapping.quaternion import rotation_deg, swing_twist_deg, tait_bryan_deg, unit
from emgctl.mapping.steering import GAIN, SETTLE_DEG_PER_S

TURNS = {"roll": (1, 0, 0), "pitch": (0, 1, 0), "yaw": (0, 0, 1)}
FULL_DEG = 45.0
STEP_DEG = 5.0
MOST_A_STEP = max(GAIN * STEP_DEG, SETTLE_DEG_PER_S * HOP_S) / FULL_DEG + 1e-3


def steering(full_deg=FULL_DEG, **more):
    return Hand({"always": [{"do": "orientation", "turn": t, "axis": t, "full_deg": full_deg, **more} for t in TURNS]})


def times(a, b):
    w, x, y, z = a
    i, j, k, m = b
    return (w*i - x*j - y*k - z*m, w*j + x*i + y*m - z*k, w*k - x*m + y*i + z*j, w*m + x*k - y*j + z*i)  # fmt: skip


def about(axis, degrees):
    half = math.radians(degrees) / 2
    return (math.cos(half), *(math.sin(half) * part for part in np.asarray(axis) / np.linalg.norm(axis)))


def row(q, sign=1):
    return np.array([*(sign * part for part in q), 0, 0, 1, 0, 0, 0], np.float32)


def play(hand, path):
    """The axes at each orientation of a path."""
    return [hand("rest", 1, motion=row(q))[0].axes for q in path]


def most_change(axes):
    return max(abs(after[name] - before[name]) for before, after in itertools.pairwise(axes) for name in TURNS)


@pytest.mark.parametrize("roll", [-30, 0, 10])
@pytest.mark.parametrize("up", [1, -1])
def test_raised_past_the_vertical_the_other_axes_stay_where_they_are(roll, up):
    hand = steering(full_deg=50)
    play(hand, [(1, 0, 0, 0)])
    axes = play(hand, [times(about((0, 1, 0), up * pitch), about((1, 0, 0), roll)) for pitch in range(0, 176, 5)])
    assert [one["roll"] for one in axes] == pytest.approx([roll / 50] * len(axes), abs=1e-3)
    assert [one["yaw"] for one in axes] == pytest.approx([0] * len(axes), abs=1e-3)
    assert [one["pitch"] for one in axes] == pytest.approx([up * min(p / 50, 1) for p in range(0, 176, 5)], abs=1e-3)


@pytest.mark.parametrize("turn", TURNS)
@pytest.mark.parametrize("way", [1, -1])
def test_past_180_degrees_an_axis_stays_at_its_end_and_comes_back_as_it_went(turn, way):
    hand = steering()
    there = [*range(0, 250, 5)]
    axes = play(hand, [about(TURNS[turn], way * angle) for angle in [*there, *reversed(there)]])
    expected = [way * min(angle / FULL_DEG, 1) for angle in [*there, *reversed(there)]]
    assert [one[turn] for one in axes] == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("turn", TURNS)
def test_after_a_whole_turn_it_settles_to_where_the_arm_is(turn):
    hand = steering()
    axes = play(hand, [about(TURNS[turn], angle) for angle in [*range(0, 725, 5), *[720] * 80]])
    assert most_change(axes) <= MOST_A_STEP
    assert axes[-1][turn] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("name", ["roll", "pitch", "yaw"])
@pytest.mark.parametrize("angle", [-4, 3])
def test_for_small_angles_the_names_mean_what_they_always_meant(name, angle):
    small = {"roll": 1.0, "pitch": -1.5, "yaw": 2.0} | {name: angle}
    q = present(unit(turned(**small)[:4]))
    assert swing_twist_deg(q) == pytest.approx(tait_bryan_deg(q), abs=0.2)
    assert swing_twist_deg(q)[name] == pytest.approx(angle, abs=0.2)


def test_an_action_that_counts_from_its_start_is_continuous_too_and_a_recentring_does_not_move_it():
    action = {"do": "orientation", "turn": "yaw", "axis": "yaw", "full_deg": 45, "from_start": True}
    hand = Hand({"fist": [action], "rest": []})
    hand("rest", 1, motion=turned(yaw=170))
    assert hand.axis("fist", 1, "yaw", motion=turned(yaw=170)) == [0]
    assert hand.axis("fist", 1, "yaw", motion=turned(yaw=-172)) == pytest.approx([0.4], abs=1e-3)
    hand.engine.recentre()
    assert hand.axis("fist", 1, "yaw", motion=turned(yaw=-172)) == pytest.approx([0.4], abs=1e-3)


def test_recentring_past_180_degrees_is_neutral_at_once():
    hand = steering()
    play(hand, [about((0, 0, 1), angle) for angle in range(0, 205, 5)])
    hand.engine.recentre()
    assert hand("rest", 1)[0].is_neutral


AXES = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)
LEGS = st.lists(st.tuples(AXES, st.floats(0.1, STEP_DEG), st.integers(1, 60), st.booleans()), min_size=1, max_size=6)


@pytest.mark.slow
@given(LEGS, st.lists(st.booleans(), min_size=1, max_size=7))
def test_on_a_smooth_path_no_axis_jumps(legs, signs):
    """Whatever the arm does in steps of less than 5 degrees, in its own frame or the room's, with q or -q."""
    hand, q, count = steering(), (1.0, 0.0, 0.0, 0.0), 0
    axes = play(hand, [q])
    for axis, step_deg, steps, own in legs:
        for _ in range(steps):
            q = times(q, about(axis, step_deg)) if own else times(about(axis, step_deg), q)
            count += 1
            axes += [hand("rest", 1, motion=row(q, 1 if signs[count % len(signs)] else -1))[0].axes]
    assert most_change(axes) <= MOST_A_STEP
    assert all(abs(value) <= 1 for one in axes for value in one.values())


@pytest.mark.slow
@given(LEGS)
def test_within_100_degrees_of_the_center_an_axis_is_what_the_arm_is(legs):
    hand, q, swing = steering(full_deg=180), (1.0, 0.0, 0.0, 0.0), 0.0
    play(hand, [q])
    for axis, step_deg, steps, own in legs:
        for _ in range(steps):
            q = times(q, about(axis, step_deg)) if own else times(about(axis, step_deg), q)
            true = swing_twist_deg(q)
            swing = math.hypot(true["pitch"], true["yaw"])
            if swing > 100 or abs(true["roll"]) > 170:
                return
            axes = hand("rest", 1, motion=row(q))[0].axes
            assert [axes[name] * 180 for name in TURNS] == pytest.approx([true[name] for name in TURNS], abs=0.1)


def test_only_a_quaternion_with_a_norm_near_1_is_an_orientation():
    for parts in ((0, 0, 0, 0), (math.nan, 0, 0, 1), (math.inf, 0, 0, 0), (0.1, 0, 0, 0), (40, 0, 0, 0)):
        assert unit(parts) is None
    assert rotation_deg((-1, 0, 0, 0)) == 0
    assert unit((0, 2, 0, 0)) == (0, 1, 0, 0)
