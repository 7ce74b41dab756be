"""Every action and every trigger, played on the sample clock with a decision every 50 ms."""

import math

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from emgctl.binding import Binding
from emgctl.mapping import Layers, Mapping
from emgctl.mapping.shaping import AxisShape, Shapes
from emgctl.testing import gesture
from emgctl.types import Halt, Led, Vibrate

HOP_S = 0.05


def bind(mapping, layers=None, axes=None):
    return Binding(
        TypeAdapter(Mapping).validate_python(mapping),
        TypeAdapter(Layers).validate_python(layers or {}),
        TypeAdapter(Shapes).validate_python(axes or {}),
        rest="rest",
    )


class Hand:
    """Makes gestures: each call is one for some hops, and returns the commands."""

    def __init__(self, *args, **more):
        self.binding, self.hops = bind(*args, **more), 0

    def __call__(self, label, hops, intensity=0.5, motion=None):
        commands = []
        for _ in range(hops):
            self.hops += 1
            if motion is not None:
                self.binding.moved(motion)
            commands.append(self.binding.command(gesture(label, self.hops * HOP_S, intensity=intensity)))
        return commands

    def pressed(self, label, hops, name="a", **more):
        return "".join("x" if name in command.buttons else "." for command in self(label, hops, **more))

    def axis(self, label, hops, name="x", **more):
        return [round(command.axes.get(name, 0.0), 4) for command in self(label, hops, **more)]


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


def turned(yaw=0.0, pitch=0.0, roll=0.0, gyro=(0, 0, 0)):
    """A motion row of an arm at these angles in degrees; the axes are turned about one at a time."""
    w, x, y, z = 1.0, 0.0, 0.0, 0.0
    for angle, (i, j, k) in ((yaw, (0, 0, 1)), (pitch, (0, 1, 0)), (roll, (1, 0, 0))):
        c, s = math.cos(math.radians(angle) / 2), math.sin(math.radians(angle) / 2)
        a, b, d, e = c, s * i, s * j, s * k
        w, x, y, z = (w * a - x * b - y * d - z * e, w * b + x * a + y * e - z * d,
                      w * d - x * e + y * a + z * b, w * e + x * d - y * b + z * a)  # fmt: skip
    return np.array([w, x, y, z, 0, 0, 1, *gyro], np.float32)


def test_orientation_absolute_from_start_and_recentred():
    hand = Hand(
        {
            "always": [{"do": "orientation", "turn": "roll", "axis": "x", "full_deg": 40}],
            "fist": [{"do": "recenter"}],
            "open": [
                {
                    "do": "orientation",
                    "turn": "yaw",
                    "axis": "y",
                    "full_deg": 30,
                    "dead_zone_deg": 10,
                    "from_start": True,
                }
            ],
        }
    )
    assert hand.axis("rest", 1, motion=turned()) == [0]
    assert hand.axis("rest", 1, motion=turned(roll=20, yaw=70)) == pytest.approx([0.5], abs=1e-3)
    assert hand.axis("rest", 1, motion=turned(roll=-200)) == [1]  # 160 degrees the other way round
    hand("fist", 1, motion=turned(roll=20))
    assert hand.axis("rest", 1, motion=turned(roll=10)) == pytest.approx([-0.25], abs=1e-3)
    hand("fist", 1, motion=turned())
    hand("open", 1, motion=turned(yaw=50))
    assert hand.axis("open", 1, name="y", motion=turned(yaw=65)) == pytest.approx([0.25], abs=1e-2)


def test_orientation_is_still_without_an_arm_and_with_a_broken_row():
    hand = Hand({"always": [{"do": "orientation", "turn": "pitch", "axis": "x", "full_deg": 90, "invert": True}]})
    assert hand.axis("rest", 1) == [0]
    hand("rest", 1, motion=turned())
    assert hand.axis("rest", 1, motion=turned(pitch=45)) == pytest.approx([-0.5], abs=1e-3)
    assert hand.axis("rest", 1, motion=np.full(10, np.nan, np.float32)) == pytest.approx([-0.5], abs=1e-3)


def test_gyro():
    hand = Hand({"fist": [{"do": "gyro", "turn": "yaw", "axis": "mouse_x", "full_deg_per_s": 100, "invert": True}]})
    assert hand.axis("fist", 1, name="mouse_x", motion=turned(gyro=(1, 2, 50))) == [-0.5]
    assert hand.axis("rest", 1, name="mouse_x") == [0]


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
    assert hand.binding.layer == "menu"
    hand("rest", 1)
    assert hand.binding.layer == ""


def test_cycle_and_base():
    layers = {"one": {"mapping": {}}, "two": {"mapping": {"open": [{"do": "base"}]}}}
    hand = Hand({"fist": [{"do": "cycle", "layers": ["one", "two"]}]}, layers)
    seen = []
    for label in ("fist", "fist", "fist", "fist", "fist", "open"):
        hand(label, 1)
        hand("rest", 1)
        seen.append(hand.binding.layer)
    assert seen == ["one", "two", "", "one", "two", ""]


def test_a_layer_change_is_told_to_the_armband_and_always_follows_it():
    layers = {
        "menu": {"mapping": {"always": [{"do": "axis", "axis": "x", "value": 1}]}, "led": "00ff00", "vibrate": "long"}
    }
    hand = Hand({"fist": [{"do": "layer", "layer": "menu", "until": "again"}]}, layers)
    assert hand.axis("fist", 2) == [1, 1]
    assert hand.binding.requests() == [Led("00ff00"), Vibrate("long")]
    hand("rest", 1)
    assert hand.axis("fist", 1) == [0]
    assert hand.binding.requests() == [Led(None), Vibrate("short")]


def test_vibrate_and_led():
    hand = Hand({"fist": [{"do": "vibrate", "length": "medium"}, {"do": "led", "colour": "ff0000"}]})
    hand("fist", 3)
    assert hand.binding.requests() == [Vibrate("medium"), Led("ff0000")]
    assert hand.binding.requests() == []


def test_pause_lets_go_until_it_comes_again():
    hand = Hand({"fist": [{"do": "toggle", "button": "a"}], "open": [{"do": "pause"}, {"do": "hold", "button": "b"}]})
    hand("fist", 1)
    paused = hand("open", 2) + hand("rest", 1) + hand("fist", 2)
    assert all(command.is_neutral and command.reason == "paused" for command in paused)
    hand.binding.reset()
    assert hand("rest", 1)[0].reason == "paused"
    assert hand("open", 1)[0].reason == ""
    hand("rest", 1)
    assert hand.pressed("fist", 1) == "x"


def test_kill_is_for_good():
    hand = Hand({"fist": [{"do": "kill"}], "open": [{"do": "hold", "button": "a"}]})
    hand("open", 1)
    assert hand("fist", 1)[0].reason == "killed by a gesture"
    hand.binding.reset()
    assert hand("open", 1)[0].is_neutral


@pytest.mark.parametrize("how", ["pause", "kill"])
def test_a_halt_from_outside(how):
    hand = Hand({"fist": [{"do": "hold", "button": "a"}]})
    hand("fist", 1)
    hand.binding.halt(Halt(how, "the key esc"))
    assert hand("fist", 1)[0].is_neutral
    assert hand.binding.held == {"pause": "paused", "kill": "killed by the key esc"}[how]
    hand.binding.halt(Halt("toggle", "the key"))
    assert hand.binding.held == {"pause": "", "kill": "killed by the key esc"}[how]
    hand("rest", 1)
    assert hand.pressed("fist", 1) == {"pause": "x", "kill": "."}[how]


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


def test_between_two_decisions_the_arm_moves_on_and_time_passes():
    hand = Hand(
        {
            "fist": [{"do": "press", "button": "a", "for_s": 0.1}],
            "always": [{"do": "orientation", "turn": "roll", "axis": "x"}],
        }
    )
    assert hand.binding.command_at(0.0) is None
    hand("fist", 1, motion=turned())
    hand.binding.moved(turned(roll=45))
    command = hand.binding.command_at(0.12)
    assert command.axes["x"] == pytest.approx(1, abs=1e-3)
    assert command.buttons == {"a"}
    assert not hand.binding.command_at(0.16).buttons


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
    hand.binding.reset()
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


def test_a_pitch_range_is_lowest_first():
    with pytest.raises(ValidationError, match="lowest, highest"):
        bind({"fist": [{"do": "hold", "button": "a", "pitch_deg": [30, 10]}]})
