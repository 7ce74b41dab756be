"""A mapping with a wake gesture: nothing moves until it is made, nor after a while without gestures."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from played import HOP_S, Hand

from emgctl.testing import gesture
from emgctl.types import Pose, StopRequest, Vibrate

MAPPING = {
    "fist": [{"do": "hold", "button": "a"}, {"do": "latch", "button": "l"}],
    "open": [{"do": "set", "axis": "x", "value": 1}],
    "stop": [{"do": "kill"}],
    "always": [{"do": "hold", "button": "c"}],
}
WAKE = {"gesture": "double fist", "for_s": 2.0}


def sleeper(**changes):
    return Hand(MAPPING, wake=WAKE | changes)


def woken(**changes):
    hand = sleeper(**changes)
    for label, hops in (("rest", 2), ("fist", 3), ("rest", 3), ("fist", 3), ("rest", 1)):
        hand(label, hops)
    return hand


def test_nothing_moves_until_the_wake_gesture():
    hand = sleeper()
    asleep = hand("rest", 5) + hand("fist", 30) + hand("open", 5) + hand("rest", 5)
    assert all(command.is_neutral for command in asleep)
    assert {(command.reason, command.cause) for command in asleep} == {("asleep: double fist wakes it", "asleep")}
    assert hand.engine.asleep


def test_the_wake_gesture_itself_does_nothing_else():
    hand = sleeper()
    hand("rest", 2)
    assert hand.pressed("fist", 3) == "..."
    hand("rest", 3)
    assert not hand.engine.requests()
    second = hand("fist", 4)
    assert not hand.engine.asleep
    assert {command.reason for command in second} == {""}
    assert {command.buttons for command in second} == {frozenset({"c"})}  # what is always on, not what the fist does
    assert hand.engine.requests() == [Vibrate("short")]
    hand("rest", 1)
    assert hand.pressed("fist", 2) == "xx"


def test_two_gestures_too_far_apart_or_too_long_do_not_wake():
    for hops in ((3, 12, 3), (12, 3, 3)):
        hand = sleeper()
        for label, count in zip(("fist", "rest", "fist"), hops, strict=True):
            hand(label, count)
        assert hand.engine.asleep, hops


def test_it_stays_awake_for_a_while_after_the_last_gesture():
    hand = woken()
    assert not any(command.cause for command in hand("rest", 38))
    hand("open", 60)  # longer than for_s
    awake = hand("rest", 39)
    assert not any(command.cause for command in awake)
    assert awake[-1].axes == {"x": 1.0}
    asleep = hand("rest", 1)[0]
    assert (asleep.is_neutral, asleep.cause) == (True, "asleep")
    assert hand.pressed("fist", 3) == "..."


def test_what_was_latched_or_set_is_released_by_sleep_and_stays_released():
    hand = woken()
    hand("fist", 2)
    hand("open", 2)
    hand("rest", 50)
    for label, hops in (("fist", 3), ("rest", 3), ("fist", 3)):
        hand(label, hops)
    assert {(command.buttons, tuple(command.axes.items())) for command in hand("rest", 3)} == {(frozenset("c"), ())}


def test_a_held_gesture_can_wake():
    hand = sleeper(gesture="long open", long_s=1.0)
    assert all(command.cause == "asleep" for command in hand("open", 20))
    hand("open", 1)
    assert not hand.engine.asleep
    assert hand.axis("open", 2) == [0.0, 0.0]  # the gesture that woke it has no other meaning
    assert hand("rest", 1)[0].cause == ""
    assert hand.axis("open", 1) == [1.0]


def test_stops_work_while_it_sleeps_and_after_a_pause_it_is_asleep():
    hand = woken()
    hand.engine.halt(StopRequest("pause", "the key"))
    assert hand("fist", 1)[0].reason == "paused"
    hand.engine.halt(StopRequest("resume", "the key"))
    assert hand("rest", 1)[0].cause == "asleep"
    assert hand("stop", 1)[0].reason == "killed by a gesture"
    for label, hops in (("fist", 3), ("rest", 3), ("fist", 3)):
        assert {command.reason for command in hand(label, hops)} == {"killed by a gesture"}


def test_a_pause_cannot_be_ended_by_waking():
    hand = sleeper()
    hand.engine.halt(StopRequest("pause", "the key"))
    for label, hops in (("fist", 3), ("rest", 3), ("fist", 3)):
        assert {command.reason for command in hand(label, hops)} == {"paused"}
    assert hand.engine.asleep


def test_after_silence_it_is_asleep():
    hand = woken()
    hand.engine.reset()
    assert hand("fist", 1)[0].cause == "asleep"


def test_without_a_wake_gesture_it_never_sleeps():
    hand = Hand(MAPPING)
    assert not any(command.cause for command in hand("rest", 100))
    assert not hand.engine.asleep


@given(
    st.sampled_from(["double fist", "long open"]),
    st.lists(st.tuples(st.sampled_from(["rest", "fist", "open", "gap", "reset"]), st.integers(1, 12)), max_size=40),
)
def test_no_control_is_ever_on_while_asleep_and_sleep_follows_the_rule(way, played):
    one, two = sleeper(gesture=way, for_s=1.0), sleeper(gesture=way, for_s=1.0)
    last_s, now_s = None, 0.0
    for label, hops in played:
        if label == "reset":
            one.engine.reset()
            two.engine.reset()
            last_s = None
            continue
        for _ in range(hops):
            now_s += 0.3 if label == "gap" else HOP_S
            made = gesture("rest" if label == "gap" else label, now_s)
            command, again = one.engine.command(made), two.engine.command(made)
            assert (command.buttons, command.axes, command.reason) == (again.buttons, again.axes, again.reason)
            if one.engine.asleep:
                assert command.is_neutral
                assert command.cause == "asleep"
                last_s = None
            else:
                last_s = now_s if made.label != "rest" or last_s is None else last_s
                assert now_s - last_s < 1.0 + 0.3


def test_poses_are_held_back_too():
    pose = Pose(("thumb",), np.array([0.5], np.float32), 0.5)
    command = sleeper().engine.command(pose)
    assert (command.is_neutral, command.cause) == (True, "asleep")
