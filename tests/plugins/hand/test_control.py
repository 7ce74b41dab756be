"""Gestures to drives: no jump, no movement that was not meant, and the safe state that was chosen."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from emgctl_hand.control import HandControl
from emgctl_hand.control_options import ControlOptions
from emgctl_hand.drives import DRIVES, GRIPS
from emgctl_hand.order import Order

STEP_S = 0.02


class Worn:
    """A hand whose clock goes a step at each command."""

    def __init__(self, **options):
        self.control = HandControl(
            ControlOptions(**{"grips": {"fist": "power", "open": "open", "ok": "pinch"}} | options)
        )
        self.now_s = 0.0

    def make(self, label, seconds, intensity=1.0):
        for _ in range(round(seconds / STEP_S)):
            self.now_s += STEP_S
            self.control.step(Order(self.now_s, label, 1.0, intensity), self.now_s)
        return self.control.closures["middle"]

    def neutral(self, cause, seconds, reason="something"):
        for _ in range(round(seconds / STEP_S)):
            self.now_s += STEP_S
            self.control.step(Order(self.now_s, reason=reason, cause=cause), self.now_s)
        return self.control.closures["middle"]


def test_velocity_is_scaled_by_intensity_and_rest_stays():
    hand = Worn(speed_per_s=1.0)
    hand.make("rest", 0.1)
    assert hand.make("fist", 0.4, intensity=1.0) == pytest.approx(0.4)
    assert hand.make("rest", 1.0) == pytest.approx(0.4)
    assert hand.make("fist", 0.4, intensity=0.55) == pytest.approx(0.6)
    assert hand.make("open", 0.2) == pytest.approx(0.4)
    assert hand.make("fist", 0.4, intensity=0.05) == pytest.approx(0.4)
    assert hand.make("fist", 9) == 1.0


def test_position_goes_there_and_back_at_its_speed():
    hand = Worn(move="position", rest_grip="open", speed_per_s=1.0)
    hand.make("rest", 0.1)
    assert hand.make("fist", 0.5, intensity=0.0) == pytest.approx(0.5)
    assert hand.make("rest", 0.2) == pytest.approx(0.3)


def test_proportional_closes_as_hard_as_the_muscles_work():
    hand = Worn(move="proportional", rest_grip="open", speed_per_s=10)
    hand.make("rest", 0.1)
    assert hand.make("fist", 1, intensity=0.55) == pytest.approx(0.5)
    assert hand.make("fist", 1, intensity=0.1) == 0
    assert hand.make("fist", 1, intensity=math.nan) == 0


def test_a_grip_is_locked_and_unlocked():
    hand = Worn(lock_gesture="ok", unlock_gesture="open")
    hand.make("fist", 2)
    hand.make("ok", 0.1)
    assert hand.control.locked
    assert hand.control.doing == "power, locked"
    assert hand.make("fist", 1) == 1.0
    assert hand.make("open", 2) == 0.0
    dwelling = Worn(lock_after_s=1.0, unlock_gesture="open")
    dwelling.make("fist", 1.1)
    assert dwelling.control.locked
    assert dwelling.make("open", 0.1) < 1


@pytest.mark.parametrize(
    ("safe", "closed", "powered"),
    [("hold", 1.0, True), ("open", 0.0, True), ("relaxed", 0.2, True), ("release_power", 1.0, False)],
)
@pytest.mark.parametrize("cause", ["silence", "fault", "halt", "end"])
def test_each_event_has_its_safe_state_and_nothing_moves_while_rest_is_awaited(cause, safe, closed, powered):
    hand = Worn(safe={cause: safe})
    hand.make("fist", 3)
    hand.neutral(cause, 2)
    assert hand.neutral("waiting", 2) == pytest.approx(closed)
    assert hand.control.powered == powered
    hand.make("rest", 0.1)
    assert hand.control.powered


def test_waiting_for_the_first_rest_moves_nothing():
    hand = Worn()
    hand.control.found_at({"middle": 0.7, "index": 7.0})
    assert hand.neutral("waiting", 2) == 0.7
    assert hand.control.closures["index"] == 1.0


def test_joints_of_a_pose_follow_their_ranges():
    hand = Worn(joints={"middle": {"joint": "m", "open_deg": 10, "closed_deg": 100}}, speed_per_s=10)
    for angle_deg in (10, 55, 55, 300, math.nan):
        for _ in range(20):
            hand.now_s += STEP_S
            joints = {"m": math.radians(angle_deg)}
            hand.control.step(Order(hand.now_s, joints=joints), hand.now_s)
        if angle_deg == 55:
            assert hand.control.closures["middle"] == pytest.approx(0.5)
    assert hand.control.closures["middle"] == 1.0
    assert hand.control.closures["index"] == 0.0


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["rest", "fist", "open", "ok", "silence", "fault", "halt", "end", "waiting"]),
            st.floats(0, 5),
            st.one_of(st.floats(0, 1), st.just(math.nan), st.just(99.0)),
        ),
        max_size=60,
    ),
    st.sampled_from(["velocity", "position", "proportional"]),
)
def test_no_drive_leaves_its_range_or_is_faster_than_allowed(steps, move):
    hand = Worn(move=move, speed_per_s=2.0, lock_after_s=3.0, unlock_gesture="open")
    for what, wait_s, intensity in steps:
        before, hand.now_s = dict(hand.control.closures), hand.now_s + wait_s
        if what in ("silence", "fault", "halt", "end", "waiting"):
            order = Order(hand.now_s, reason=what, cause=what)
        else:
            order = Order(hand.now_s, what, 1.0, intensity)
        hand.control.step(order, hand.now_s)
        for name in DRIVES:
            assert 0 <= hand.control.closures[name] <= 1
            assert abs(hand.control.closures[name] - before[name]) <= 2.0 * min(wait_s, 0.2) + 1e-9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"grips": {"fist": "pwer"}}, "there is no grip 'pwer'; did you mean 'power'?"),
        ({"own_grips": {"ball": {"indx": 1}}}, "there is no drive 'indx'; did you mean 'index'?"),
        ({"joints": {"indx": {"joint": "i"}}}, "there is no drive 'indx'"),
        ({"lock_gesture": "ok"}, "requires 'unlock_gesture'"),
        ({"joints": {"index": {"joint": "i", "open_deg": 5, "closed_deg": 5}}}, "must differ"),
    ],
)
def test_what_is_wrong_is_said(options, message):
    with pytest.raises(ValidationError, match=message.replace("?", r"\?")):
        ControlOptions(**options)


def test_own_grips():
    hand = Worn(grips={"fist": "ball"}, own_grips={"ball": {"middle": 0.5}}, speed_per_s=10)
    assert hand.make("fist", 1) == 0.5
    assert hand.control.closures["index"] == GRIPS["open"]["index"]


def test_a_gesture_selects_the_next_grip_of_a_set():
    hand = Worn(grips={"fist": "selected", "open": "open"}, grip_set=["power", "pinch"], next_grip_gesture="ok")
    hand.make("fist", 3)
    assert hand.control.closures["little"] == 1.0
    hand.make("open", 3)
    hand.make("ok", 0.2)
    hand.make("fist", 3)
    assert hand.control.closures == GRIPS["pinch"]
    assert hand.control.doing == "pinch"
    hand.make("rest", 0.1)
    assert hand.control.doing == ""
    hand.make("ok", 0.2)
    hand.make("fist", 3)
    assert hand.control.closures["little"] == 1.0


def test_selected_needs_something_to_select_from():
    with pytest.raises(ValidationError, match="but 'grip_set' is missing"):
        ControlOptions(grips={"fist": "selected"})


def test_an_idle_hand_is_released_until_it_moves_again():
    hand = Worn(idle_off_s=1.0)
    hand.make("fist", 0.5)
    assert hand.control.powered
    hand.make("rest", 0.9)
    assert hand.control.powered
    hand.make("rest", 0.3)
    assert not hand.control.powered
    hand.make("fist", 0.1)
    assert hand.control.powered
