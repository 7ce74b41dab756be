"""Pauses and kills, by gestures and from outside, in every order."""

import pytest
from played import Hand

from emgctl.types import StopRequest


def test_pause_lets_go_until_it_comes_again():
    hand = Hand({"fist": [{"do": "toggle", "button": "a"}], "open": [{"do": "pause"}, {"do": "hold", "button": "b"}]})
    hand("fist", 1)
    paused = hand("open", 2) + hand("rest", 1) + hand("fist", 2)
    assert all(command.is_neutral and command.reason == "paused" for command in paused)
    hand.engine.reset()
    assert hand("rest", 1)[0].reason == "paused"
    assert hand("open", 1)[0].reason == ""
    hand("rest", 1)
    assert hand.pressed("fist", 1) == "x"


def test_kill_is_for_good():
    hand = Hand({"fist": [{"do": "kill"}], "open": [{"do": "hold", "button": "a"}]})
    hand("open", 1)
    assert hand("fist", 1)[0].reason == "killed by a gesture"
    hand.engine.reset()
    assert hand("open", 1)[0].is_neutral


@pytest.mark.parametrize("how", ["pause", "kill"])
def test_a_halt_from_outside(how):
    hand = Hand({"fist": [{"do": "hold", "button": "a"}]})
    hand("fist", 1)
    hand.engine.halt(StopRequest(how, "the key esc"))
    assert hand("fist", 1)[0].is_neutral
    assert hand.engine.held == {"pause": "paused", "kill": "killed by the key esc"}[how]
    hand.engine.halt(StopRequest("toggle", "the key"))
    assert hand.engine.held == {"pause": "", "kill": "killed by the key esc"}[how]
    hand("rest", 1)
    assert hand.pressed("fist", 1) == {"pause": "x", "kill": "."}[how]


ORDERS = {
    "pause": "paused", "pause pause": "paused", "pause resume": "", "resume": "", "resume resume": "",
    "pause pause resume": "", "toggle": "paused", "toggle toggle": "", "pause toggle": "", "toggle resume": "",
    "toggle pause": "paused", "kill": "killed by me", "kill resume": "killed by me", "kill toggle": "killed by me",
    "pause kill resume": "killed by me", "resume kill": "killed by me", "kill pause resume toggle": "killed by me",
}  # fmt: skip


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("apart", [0, 1])
def test_halts_in_every_order(order, apart):
    """With a decision between them and without one: what was on before is not on again, what comes new is."""
    hand = Hand(
        {
            "fist": [
                {"do": "hold", "button": "a"},
                {"do": "latch", "button": "l"},
                {"do": "set", "axis": "x", "value": 1},
            ]
        }
    )
    hand("fist", 2)
    for how in order.split():
        hand.engine.halt(StopRequest(how, "me"))
        assert all(command.is_neutral for command in hand("fist", apart) if hand.engine.held)
    assert hand.engine.held == ORDERS[order]
    undisturbed = set(order.split()) == {"resume"}
    assert hand("fist", 1)[0].is_neutral is not undisturbed
    hand("rest", 1)
    command = hand("fist", 1)[0]
    assert (command.is_neutral, command.reason) == (bool(ORDERS[order]), ORDERS[order])


def test_the_first_kill_names_who_killed_and_no_gesture_ends_it():
    hand = Hand({"fist": [{"do": "pause"}], "open": [{"do": "kill"}]})
    hand.engine.halt(StopRequest("kill", "OSC"))
    hand("fist", 2)
    hand("open", 2)
    hand.engine.halt(StopRequest("kill", "a key"))
    assert hand.engine.held == "killed by OSC"
    assert hand.engine.requests() == []


def test_a_gesture_that_halts_asks_the_run_for_the_same():
    hand = Hand({"fist": [{"do": "pause"}]})
    for how in ("pause", "resume"):
        hand("fist", 2)
        asked = hand.engine.requests()
        assert asked == [StopRequest(how, "a gesture")]
        hand.engine.halt(asked[0])  # as the run does
        hand("rest", 1)
    assert hand.engine.held == ""


def test_what_is_always_on_begins_anew_after_a_pause():
    hand = Hand({"always": [{"do": "press", "button": "a", "for_s": 0.1}, {"do": "step", "axis": "x", "by": 0.25}]})
    assert hand.pressed("rest", 4) == "xx.."
    hand.engine.halt(StopRequest("pause", "me"))
    assert hand.pressed("rest", 4) == "...."
    hand.engine.halt(StopRequest("resume", "me"))
    commands = hand("rest", 3)
    assert [command.buttons for command in commands] == [{"a"}, {"a"}, frozenset()]
    assert {command.axes["x"] for command in commands} == {0.25}
