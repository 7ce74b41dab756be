"""Axes that follow the forearm."""

import numpy as np
import pytest
from played import Hand, turned


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


def test_between_two_decisions_the_arm_moves_on_and_time_passes():
    hand = Hand(
        {
            "fist": [{"do": "press", "button": "a", "for_s": 0.1}],
            "always": [{"do": "orientation", "turn": "roll", "axis": "x"}],
        }
    )
    assert hand.engine.command_at(0.0) is None
    hand("fist", 1, motion=turned())
    hand.engine.moved(turned(roll=45))
    command = hand.engine.command_at(0.12)
    assert command.axes["x"] == pytest.approx(1, abs=1e-3)
    assert command.buttons == {"a"}
    assert not hand.engine.command_at(0.16).buttons
