"""Every action, played on the sample clock with a decision every 50 ms."""

import math

import pytest
from played import Hand

from emgctl.types import Led, Vibrate


def test_press_ends_by_itself():
    hand = Hand({"fist": [{"do": "press", "button": "a", "for_s": 0.1}]})
    assert hand.pressed("fist", 5) + hand.pressed("rest", 2) + hand.pressed("fist", 1) == "xx...." + "." + "x"


def test_hold_lasts_and_presses_a_chord():
    hand = Hand({"fist": [{"do": "hold", "button": ["lb", "a"]}]})
    assert [command.buttons for command in hand("fist", 2)] == [{"lb", "a"}] * 2
    assert not hand("rest", 1)[0].buttons


def test_toggle():
    hand = Hand({"fist": [{"do": "toggle", "button": "a"}]})
    assert (
        hand.pressed("fist", 2) + hand.pressed("rest", 2) + hand.pressed("fist", 2) + hand.pressed("rest", 1)
        == "xxxx..."
    )


def test_latch_and_release():
    hand = Hand({"fist": [{"do": "latch", "button": "a"}], "open": [{"do": "release", "button": "a"}]})
    assert hand.pressed("fist", 1) + hand.pressed("rest", 2) + hand.pressed("fist", 1) == "xxxx"
    assert hand.pressed("open", 1) + hand.pressed("rest", 1) == ".."


def test_turbo_presses_again_and_again():
    hand = Hand({"fist": [{"do": "turbo", "button": "a", "rate_hz": 5}]})
    assert hand.pressed("fist", 9) + hand.pressed("rest", 2) == "xx..xx..x.."


def test_turbo_shows_every_press_however_fast():
    hand = Hand({"fist": [{"do": "turbo", "button": "a", "rate_hz": 50}]})
    assert hand.pressed("fist", 6) == "x.x.x."


def test_sequence_is_played_to_its_end():
    steps = [{"press": "a"}, {"for_s": 0.05}, {"press": "b", "axis": "x", "value": -0.5, "for_s": 0.1}]
    hand = Hand({"fist": [{"do": "sequence", "steps": steps}]})
    commands = hand("fist", 1) + hand("rest", 6)
    assert ["".join(sorted(command.buttons)) for command in commands] == ["a", "a", "", "b", "b", "", ""]
    assert [command.axes.get("x", 0) for command in commands] == [0, 0, 0, -0.5, -0.5, 0, 0]


def test_sequence_repeats_and_breaks_off():
    steps = [{"press": "a", "for_s": 0.05}, {"for_s": 0.05}]
    repeating = Hand({"fist": [{"do": "sequence", "steps": steps, "repeat": True}]})
    assert repeating.pressed("fist", 5) == "x.x.x"
    broken = Hand({"fist": [{"do": "sequence", "steps": [{"press": "a", "for_s": 1}], "whole": False}]})
    assert broken.pressed("fist", 2) + broken.pressed("rest", 2) == "xx.."


def test_axis_and_the_furthest_wins():
    hand = Hand(
        {"fist": [{"do": "axis", "axis": "x", "value": -1}, {"when": "firm", "do": "axis", "axis": "x", "value": 0.5}]}
    )
    assert hand.axis("fist", 1, intensity=0.9) == [-1]
    assert hand.axis("rest", 1) == [0]


def test_proportional():
    hand = Hand({"fist": [{"do": "proportional", "axis": "x", "dead_zone": 0.2, "curve": 2, "full": -1}]})
    assert [hand.axis("fist", 1, intensity=level)[0] for level in (0.1, 0.6, 2.0, math.nan)] == [0, -0.25, -1, 0]


def test_velocity_stays_or_goes_back():
    hand = Hand(
        {"fist": [{"do": "velocity", "axis": "x", "per_s": 2}], "open": [{"do": "velocity", "axis": "x", "per_s": -2}]}
    )
    assert hand.axis("fist", 4) == [0, 0.1, 0.2, 0.3]
    assert hand.axis("rest", 2) == [0.3, 0.3]
    assert hand.axis("open", 2) == [0.3, 0.2]
    back = Hand({"fist": [{"do": "velocity", "axis": "x", "per_s": 20, "proportional": True, "back_per_s": 8}]})
    assert back.axis("fist", 4) == [0, 0.5, 1, 1]
    assert back.axis("rest", 4) == [0.6, 0.2, 0, 0]


def test_set_step_and_center():
    hand = Hand(
        {
            "fist": [{"do": "set", "axis": "x", "value": 0.5}],
            "open": [{"do": "step", "axis": "x", "by": 0.3}],
            "point": [{"do": "center"}],
        }
    )
    assert hand.axis("fist", 2) + hand.axis("rest", 1) + hand.axis("open", 2) == [0.5, 0.5, 0.5, 0.8, 0.8]
    assert hand.axis("rest", 1) + hand.axis("open", 1) + hand.axis("point", 1) == [0.8, 1, 0]


LAYERS = {"menu": {"mapping": {"fist": [{"do": "hold", "button": "m"}]}, "led": "00ff00"}}


@pytest.mark.parametrize(
    ("keys", "seen"),
    [  # menu is entered with 'open'; then fist twice, open again, fist once
        ({"until": "end"}, "aaa"),
        ({"until": "again"}, "mma"),
        ({"until": "next"}, "mam"),
        ({"until": "base"}, "mmm"),
        ({"until": "base", "for_s": 0.3}, "mam"),
    ],
)
def test_layer_and_what_ends_it(keys, seen):
    hand = Hand({"fist": [{"do": "hold", "button": "a"}], "open": [{"do": "layer", "layer": "menu", **keys}]}, LAYERS)
    met = ""
    for label in ("open", "fist", "fist", "open", "fist"):
        command = hand(label, 2)[-1]
        met += "".join(command.buttons)
        hand("rest", 2)
    assert met == seen


def test_a_mode_shift_keeps_what_a_gesture_meant_when_it_began():
    hand = Hand({"fist": [{"do": "hold", "button": "a"}, {"when": "long", "do": "layer", "layer": "menu"}]}, LAYERS)
    assert hand.pressed("fist", 16) == "x" * 16
    assert hand.engine.layer == "menu"
    hand("rest", 1)
    assert hand.engine.layer == ""


def test_cycle_and_base():
    layers = {"one": {"mapping": {}}, "two": {"mapping": {"open": [{"do": "base"}]}}}
    hand = Hand({"fist": [{"do": "cycle", "layers": ["one", "two"]}]}, layers)
    seen = []
    for label in ("fist", "fist", "fist", "fist", "fist", "open"):
        hand(label, 1)
        hand("rest", 1)
        seen.append(hand.engine.layer)
    assert seen == ["one", "two", "", "one", "two", ""]


def test_a_layer_change_is_told_to_the_armband_and_always_follows_it():
    layers = {
        "menu": {"mapping": {"always": [{"do": "axis", "axis": "x", "value": 1}]}, "led": "00ff00", "vibrate": "long"}
    }
    hand = Hand({"fist": [{"do": "layer", "layer": "menu", "until": "again"}]}, layers)
    assert hand.axis("fist", 2) == [1, 1]
    assert hand.engine.requests() == [Led("00ff00"), Vibrate("long")]
    hand("rest", 1)
    assert hand.axis("fist", 1) == [0]
    assert hand.engine.requests() == [Led(None), Vibrate("short")]


def test_vibrate_and_led():
    hand = Hand({"fist": [{"do": "vibrate", "length": "medium"}, {"do": "led", "colour": "ff0000"}]})
    hand("fist", 3)
    assert hand.engine.requests() == [Vibrate("medium"), Led("ff0000")]
    assert hand.engine.requests() == []
