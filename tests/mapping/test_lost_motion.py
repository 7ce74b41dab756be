"""The IMU falls silent while EMG goes on, and comes back."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from played import HOP_S, Hand, bind, turned

from emgctl.runtime.loop import run
from emgctl.testing import FakeDecoder, FakeInput, RecordingOutput, block, gesture, make_pipeline
from emgctl.types import Signal

ALWAYS = {
    "always": [
        {"do": "gyro", "turn": "yaw", "axis": "mouse_x"},
        {"do": "orientation", "turn": "yaw", "axis": "left_x"},
    ],
    "fist": [{"pitch_deg": [-90, 90], "do": "hold", "button": "a"}],
}
PER_HOP = 1.0 * HOP_S + 1e-6  # the speed at which an axis returns and catches up, as the docs state it
NO_ROWS = {
    "nan": np.full(10, np.nan, np.float32),
    "infinite": np.full(10, np.inf, np.float32),
    "zero": np.zeros(10, np.float32),
    "far from norm 1": turned(yaw=40) * 30,
    "short": turned(yaw=40)[:7],
    "none": np.zeros((0, 10), np.float32),
}


def turning():
    """A hand whose arm has turned to 30 degrees at 90 degrees a second."""
    hand = Hand(ALWAYS)
    for yaw in np.linspace(0, 30, 10):
        last = hand("rest", 1, motion=turned(yaw=yaw, gyro=(0, 0, 90)))[0]
    assert (last.axes["mouse_x"], last.axes["left_x"]) == pytest.approx((0.5, 2 / 3), abs=1e-3)
    return hand


def test_without_rows_the_gyro_stops_and_orientation_holds_then_returns():
    hand = turning()
    commands = hand("rest", 50)
    assert [c.axes["mouse_x"] for c in commands[:3]] == [0.5] * 3
    assert not any(c.axes["mouse_x"] for c in commands[3:])  # 0.2 s after the last row
    steering = [c.axes["left_x"] for c in commands]
    assert steering[:19] == pytest.approx([2 / 3] * 19, abs=1e-3)
    assert np.abs(np.diff(steering)).max() <= PER_HOP
    assert steering[-1] == 0
    assert sorted(steering, reverse=True) == steering


def test_without_rows_conditions_on_pitch_are_false():
    hand = Hand(ALWAYS)
    hand("rest", 2, motion=turned())
    assert hand.pressed("fist", 2, motion=turned()) + hand.pressed("fist", 6) == "xxxxx..."
    assert hand.pressed("fist", 2, motion=turned()) == "xx"


@pytest.mark.parametrize("silent", [5, 15, 60])
@pytest.mark.parametrize(("yaw", "steers"), [(-80, -1), (28, 28 / 45), (30, 2 / 3), (179, 1), (-179, 1)])
def test_motion_that_comes_back_makes_no_jump(silent, yaw, steers):
    hand = turning()
    before = hand("rest", silent)[-1].axes["left_x"]
    back = hand("rest", 60, motion=turned(yaw=yaw, gyro=(0, 0, -18)))
    steering = [before, *(command.axes["left_x"] for command in back)]
    assert np.abs(np.diff(steering)).max() <= PER_HOP
    assert steering[-1] == pytest.approx(steers, abs=1e-3)
    assert [command.axes["mouse_x"] for command in back] == pytest.approx([-0.1] * 60)


def test_it_is_reported_for_as_long_as_it_lasts():
    hand = turning()
    assert hand.engine.motion_lost == ""
    reports = []
    for _ in range(8):
        hand("rest", 1)
        reports.append(hand.engine.motion_lost)
    assert reports == [""] * 3 + ["no motion from the IMU for 0.2 s"] * 5
    hand("rest", 1, motion=turned())
    assert hand.engine.motion_lost == ""


def test_an_imu_that_never_began_is_lost_but_nobody_misses_what_no_action_uses():
    used, unused = Hand(ALWAYS), Hand({"fist": [{"do": "hold", "button": "a"}]})
    used("rest", 9)
    unused("rest", 9)
    assert used.engine.motion_lost
    assert not unused.engine.motion_lost


@pytest.mark.parametrize("what", NO_ROWS)
def test_a_row_that_is_no_orientation_counts_as_none(what):
    hand = turning()
    commands = hand("rest", 50, motion=NO_ROWS[what])
    assert commands[0].axes["left_x"] == pytest.approx(2 / 3, abs=1e-3)
    assert hand.engine.motion_lost
    assert not any(commands[-1].axes.values())


@pytest.mark.parametrize("scale", [1, -1, 0.6, 1.9])
def test_a_quaternion_and_its_opposite_and_a_rounded_one_are_the_same(scale):
    hand = Hand(ALWAYS)
    hand("rest", 1, motion=turned())
    row = turned(yaw=20)
    row[:4] *= scale
    assert hand.axis("rest", 1, "left_x", motion=row) == pytest.approx([20 / 45], abs=1e-3)


def test_a_rate_that_is_not_finite_moves_nothing():
    hand = Hand(ALWAYS)
    for rate in (np.nan, np.inf, -np.inf):
        assert hand.axis("rest", 1, "mouse_x", motion=turned(gyro=(0, 0, rate))) == [0]


def test_the_age_counts_from_when_the_row_arrived():
    engine = bind(ALWAYS)
    engine.moved(np.stack([turned(), turned(gyro=(0, 0, 90))]), 0.9)
    assert engine.command(gesture("rest", 1.05)).axes["mouse_x"] == 0.5
    assert engine.command(gesture("rest", 1.1)).axes["mouse_x"] == 0


def test_after_a_reset_the_gyro_waits_for_a_row():
    hand = turning()
    hand.engine.reset()
    assert hand.axis("rest", 1, "mouse_x") == [0]
    assert hand.axis("rest", 1, "mouse_x", motion=turned(gyro=(0, 0, 90))) == [0.5]


def test_a_clock_that_begins_anew_does_not_keep_old_rows_young():
    engine = bind(ALWAYS)
    engine.moved(turned(gyro=(0, 0, 90)), 1000.0)
    engine.command(gesture("rest", 1000.0))
    rates = [engine.command(gesture("rest", at_s)).axes["mouse_x"] for at_s in (0.05, 0.1, 0.3, 0.5)]
    assert rates == [0, 0, 0, 0]
    assert engine.motion_lost


def test_an_action_that_begins_without_rows_begins_at_0():
    hand = Hand(
        {"fist": [{"do": "orientation", "turn": "yaw", "axis": "x", "from_start": True}], "open": ALWAYS["always"]}
    )
    hand("rest", 2, motion=turned(yaw=0))
    hand("rest", 2, motion=turned(yaw=40))
    hand("rest", 9)
    assert not any(hand.axis("open", 3, "left_x"))
    assert not any(hand.axis("fist", 3))
    assert hand.axis("fist", 2, motion=turned(yaw=-30)) == [0, 0]  # it started here as far as anybody knows
    assert hand.axis("fist", 40, motion=turned(yaw=-7.5))[-1] == pytest.approx(0.5, abs=1e-3)


def test_a_recentring_without_rows_takes_the_first_that_comes_back():
    hand = turning()
    hand("rest", 60)
    hand.engine.recentre()
    assert hand.axis("rest", 9, "left_x", motion=turned(yaw=-50)) == [0] * 9
    assert hand.axis("rest", 1, "left_x", motion=turned(yaw=-41)) == pytest.approx([0.2], abs=1e-3)


def test_rows_that_end_in_a_running_pipeline():
    """Decisions every 10 ms, a row every 20 ms until 0.5 s; the commands' own times tell."""
    items = [
        replace(
            block([0, 0], 2 * n, noise=0.4),
            motion=turned(yaw=n / 10, gyro=(0, 0, 90))[None] if n < 50 and n % 2 == 0 else None,
        )
        for n in range(300)
    ]  # fmt: skip
    decoder, output = FakeDecoder(lambda window: "rest", signal=Signal(8, 200.0, motion_hz=50.0)), RecordingOutput()
    made = make_pipeline(FakeInput(items, Signal(8, 200.0, motion_hz=50.0)), [output], decoder, ALWAYS)
    with made:
        run(made, lambda: "")
    late = [c for c in output.commands if c.time_s >= 0.49 + 0.2 - 1e-6]
    early = [c.axes["mouse_x"] for c in output.commands if 0.1 < c.time_s < 0.49 + 0.19]
    assert early
    assert set(early) == {0.5}
    assert len(late) > 150
    assert not any(c.axes.get("mouse_x") for c in late)
    assert late[-2].axes["left_x"] == 0


@pytest.mark.slow
@given(st.lists(st.tuples(st.booleans(), st.floats(-170, 170), st.integers(1, 25)), max_size=8))
def test_whenever_rows_end_and_return_only_rows_move_the_arm_fast(spells):
    hand = Hand(ALWAYS)
    hand("rest", 1, motion=turned())
    last, lost_before = 0.0, False
    for there, yaw, hops in spells:
        for _ in range(hops):
            command = hand("rest", 1, motion=turned(yaw=yaw) if there else None)[0]
            if lost_before or not there:
                assert abs(command.axes["left_x"] - last) <= PER_HOP
            last, lost_before = command.axes["left_x"], bool(hand.engine.motion_lost)
