"""Every trigger and combination, played with a decision every 50 ms."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from played import Hand, bind, turned
from pydantic import ValidationError


def test_tap_waits_for_no_double_and_is_not_long():
    hand = Hand({"fist": [{"when": "tap", "tap_s": 0.3, "do": "hold", "button": "a"}]})
    assert hand.pressed("fist", 3) + hand.pressed("rest", 4) == "...xx.."
    assert hand.pressed("fist", 8) + hand.pressed("rest", 4) == "." * 12


def test_long_begins_late():
    hand = Hand({"fist": [{"when": "long", "long_s": 0.2, "do": "hold", "button": "a"}]})
    assert hand.pressed("fist", 6) + hand.pressed("rest", 1) + hand.pressed("fist", 3) == "....xx" + "." + "..."


def test_double_tap_is_no_tap():
    mapping = {
        "fist": [
            {"when": "tap", "tap_s": 0.3, "do": "press", "button": "t"},
            {"when": "double", "double_s": 0.3, "tap_s": 0.3, "do": "hold", "button": "a"},
        ]
    }
    hand = Hand(mapping)
    hand("fist", 3)
    hand("rest", 3)
    commands = hand("fist", 4)
    assert [command.buttons for command in commands] == [{"a"}] * 4
    assert not any(command.buttons for command in hand("rest", 20))
    hand("fist", 3)
    single = hand("rest", 12)
    assert [sorted(command.buttons) for command in single] == [[]] * 6 + [["t"]] * 2 + [[]] * 4


def test_firm_has_hysteresis():
    hand = Hand({"fist": [{"when": "firm", "above": 0.6, "do": "hold", "button": "a"}]})
    seen = [hand.pressed("fist", 1, intensity=level) for level in (0.5, 0.6, 0.52, 0.49, 0.55)]
    assert "".join(seen) == ".xx.."


def test_end_comes_when_it_is_over():
    hand = Hand({"fist": [{"when": "end", "do": "hold", "button": "a"}]})
    assert hand.pressed("fist", 3) + hand.pressed("rest", 3) == "...xx."


def test_after_takes_the_place_of_the_gesture_alone():
    mapping = {"fist": [{"do": "hold", "button": "a"}, {"after": "open", "within_s": 0.2, "do": "hold", "button": "c"}]}
    hand = Hand(mapping)
    assert hand("fist", 1)[0].buttons == {"a"}
    hand("open", 2)
    hand("rest", 3)
    assert hand("fist", 1)[0].buttons == {"c"}
    hand("open", 2)
    hand("rest", 5)
    assert hand("fist", 1)[0].buttons == {"a"}


def test_pitch_makes_a_combination():
    hand = Hand({"fist": [{"pitch_deg": [20, 90], "do": "hold", "button": "a"}]})
    hand("rest", 1, motion=turned())
    assert hand.pressed("fist", 1, motion=turned(pitch=30)) == "x"
    assert hand.pressed("fist", 1, motion=turned(pitch=10)) == "."
    assert Hand({"fist": [{"pitch_deg": [20, 90], "do": "hold", "button": "a"}]}).pressed("fist", 1) == "."


def test_a_pitch_range_is_lowest_first():
    with pytest.raises(ValidationError, match="lowest, highest"):
        bind({"fist": [{"do": "hold", "button": "a", "pitch_deg": [30, 10]}]})


TAP = {"when": "tap", "tap_s": 0.3, "do": "press", "button": "tap"}
DOUBLE = {"when": "double", "double_s": 0.3, "tap_s": 0.3, "do": "press", "button": "double"}
LONG = {"when": "long", "long_s": 0.5, "do": "press", "button": "long"}


def fired(actions, *script):
    hand = Hand({"fist": actions, "open": []})
    hand("rest", 1, motion=turned())
    return sorted(
        name
        for label, hops in (*script, ("rest", 30))
        for c in hand(label, hops, motion=turned())
        for name in c.buttons
    )


@pytest.mark.parametrize(
    ("script", "names"),
    [
        ([("fist", 2), ("rest", 2), ("fist", 2)], {"double"}),
        ([("fist", 2), ("rest", 2), ("fist", 20)], {"double"}),  # the second one held long
        ([("fist", 2), ("rest", 2), ("fist", 8)], {"double"}),
        ([("fist", 20)], {"long"}),
        ([("fist", 2)], {"tap"}),
        ([("fist", 2), ("rest", 9), ("fist", 20)], {"tap", "long"}),  # too late for a double tap
        ([("fist", 20), ("rest", 2), ("fist", 2)], {"long", "tap"}),
        ([("fist", 8)], set()),  # 0.4 s: between a tap and a long one
        ([("fist", 7)], set()),
        ([("fist", 6)], {"tap"}),
        ([("fist", 10)], set()),  # over as it would have become long
        ([("fist", 11)], {"long"}),
    ],
)
def test_a_gesture_is_one_of_tap_double_and_long_or_none(script, names):
    assert set(fired([TAP, DOUBLE, LONG], *script)) == names


def test_a_second_tap_that_does_not_fit_the_double_may_be_long():
    high = DOUBLE | {"pitch_deg": [40, 90]}
    assert set(fired([TAP, high, LONG], ("fist", 2), ("rest", 2), ("fist", 20))) == {"tap", "long"}


def test_a_combination_between_two_taps_takes_the_place_of_the_double():
    actions = [TAP, DOUBLE, LONG, {"after": "open", "do": "press", "button": "after"}]
    assert set(fired(actions, ("fist", 2), ("open", 2), ("fist", 20))) == {"tap", "after"}


def test_what_was_long_is_no_tap_however_long_a_tap_may_be():
    actions = [TAP | {"tap_s": 1.0}, LONG | {"long_s": 0.2}]
    assert set(fired(actions, ("fist", 8))) == {"long"}
    assert set(fired(actions, ("fist", 3))) == {"tap"}


@given(
    st.floats(0.06, 1), st.floats(0.06, 1), st.floats(0.06, 1),
    st.lists(st.tuples(st.integers(1, 25), st.integers(1, 25)), min_size=1, max_size=8),
)  # fmt: skip
def test_no_gesture_is_two_of_tap_double_and_long(tap_s, double_s, long_s, script):
    actions = [
        {**one, "tap_s": tap_s, "double_s": double_s, "long_s": long_s, "for_s": 0.01} for one in (TAP, DOUBLE, LONG)
    ]
    hand = Hand({"fist": actions})
    fires = 0
    for fist, rest in (*script, (1, 60)):
        fires += sum(len(command.buttons) for command in hand("fist", fist) + hand("rest", rest))
    assert fires <= len(script) + 1


@pytest.mark.parametrize("intensity", [math.nan, math.inf, -math.inf])
def test_an_intensity_that_is_not_finite_counts_as_none(intensity):
    actions = [
        {"when": "firm", "do": "hold", "button": "a"},
        {"do": "proportional", "axis": "x"},
        {"do": "velocity", "axis": "y", "per_s": 1, "proportional": True},
    ]
    assert all(command.is_neutral for command in Hand({"fist": actions})("fist", 5, intensity=intensity))
