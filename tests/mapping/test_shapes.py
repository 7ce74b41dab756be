"""Shapes of axes and their slew limit."""

import math

import pytest
from played import Hand
from pydantic import ValidationError

from emgctl.mapping.shaping import AxisShape
from emgctl.testing import gesture
from emgctl.types import StopRequest

SHAPE = {"dead_zone": 0.1, "outer_dead_zone": 0.1, "anti_dead_zone": 0.2}


@pytest.mark.parametrize(
    ("shape", "values"),
    [
        ({}, {-1: -1, 0: 0, 0.5: 0.5, 1: 1}),
        (SHAPE, {0.05: 0, 0.1: 0, 0.5: 0.6, 0.9: 1, -1: -1, -0.5: -0.6}),
        ({"curve": 2}, {0.5: 0.25, -0.5: -0.25}),
        ({"curve": [[0, 0], [0.5, 0.2], [1, 1]]}, {0.25: 0.1, 0.5: 0.2, 0.75: 0.6, 1: 1, -0.25: -0.1}),
        ({"invert": True}, {0.5: -0.5, -1: 1}),
    ],
)
def test_the_shape_of_an_axis(shape, values):
    one = AxisShape(**shape)
    assert {value: round(one.shaped(value), 6) for value in values} == values


def test_slew_limits_but_never_holds_up_neutral():
    hand = Hand({"fist": [{"do": "axis", "axis": "x", "value": 1}]}, axes={"x": {"slew_per_s": 4}})
    hand("rest", 1)
    assert hand.axis("fist", 3) + hand.axis("rest", 2) == [0.2, 0.4, 0.6, 0.4, 0.2]
    hand.engine.reset()
    assert hand("rest", 1)[0].is_neutral


@pytest.mark.parametrize(
    "shape",
    [
        {"curve": [[0, 0]]},
        {"curve": [[0.1, 0], [1, 1]]},
        {"curve": [[0, 0], [0.5, 1], [0.5, 0], [1, 1]]},
        {"dead_zone": 0.6, "outer_dead_zone": 0.4},
        {"curve": 0},
    ],
)
def test_a_shape_that_is_none(shape):
    with pytest.raises(ValidationError):
        AxisShape(**shape)


SLOW = {"x": {"slew_per_s": 4}}
FULL = {"always": [{"do": "axis", "axis": "x", "value": 1}]}


@pytest.mark.parametrize("how", ["reset", "pause", "quick pause"])
@pytest.mark.parametrize("missed", [0, 1, 1000])
def test_after_an_interruption_a_slow_axis_begins_at_0(how, missed):
    """However long nothing was decided, neither at once where it was nor at once where it is to go."""
    hand = Hand(FULL, axes=SLOW)
    assert hand.axis("rest", 9)[-1] == 1
    if how == "reset":
        hand.engine.reset()
    else:
        hand.engine.halt(StopRequest("pause", "me"))
        hand("rest", 3 if how == "pause" else 0)
        hand.engine.halt(StopRequest("resume", "me"))
    hand.hops += missed
    after = hand.axis("rest", 4)
    assert after == pytest.approx([0, 0.2, 0.4, 0.6])


def test_an_axis_that_moves_by_time_does_not_make_up_for_a_pause():
    hand = Hand({"fist": [{"do": "velocity", "axis": "x", "per_s": 0.5}]})
    assert hand.axis("fist", 2) == [0, 0.025]
    hand.hops += 1000
    assert hand.axis("fist", 1)[0] <= 0.025 + 0.5 * 0.5


def test_a_time_that_is_none_moves_nothing():
    hand = Hand(FULL, axes=SLOW)
    hand("rest", 2)
    command = hand.engine.command(gesture("rest", math.nan))
    assert command.axes["x"] == pytest.approx(0.2)
