import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from emgctl.mapping import Mapping
from emgctl.mapping.axes import Proportional
from emgctl.mapping.engine import MappingEngine
from emgctl.testing import gesture
from emgctl.types import Pose, StopRequest

MAPPING = TypeAdapter(Mapping).validate_python(
    {
        "fist": [{"do": "hold", "button": "a"}, {"do": "axis", "axis": "left_x", "value": -1}],
        "open": [{"do": "press", "button": "b", "for_s": 0.1}],
        "grip": [{"do": "proportional", "axis": "trigger", "dead_zone": 0.2, "curve": 2, "full": -0.5}],
    }
)


def test_hold_lasts_as_long_as_the_gesture():
    engine = MappingEngine(MAPPING)
    assert engine.command(gesture("fist", 0.0)).buttons == {"a"}
    assert engine.command(gesture("fist", 1.0)).axes == {"left_x": -1}
    assert engine.command(gesture("rest", 1.05)).is_neutral


def test_press_is_released_after_its_time_however_long_the_gesture_lasts():
    engine = MappingEngine(MAPPING)
    pressed = [bool(engine.command(gesture("open", at)).buttons) for at in (0.0, 0.05, 0.1, 0.15)]
    assert pressed == [True, True, False, False]
    engine.command(gesture("rest", 0.2))
    assert engine.command(gesture("open", 0.25)).buttons == {"b"}


def test_press_runs_its_time_when_the_gesture_ends_early():
    engine = MappingEngine(MAPPING)
    engine.command(gesture("open", 0.0))
    assert engine.command(gesture("rest", 0.05)).buttons == {"b"}
    assert not engine.command(gesture("rest", 0.11)).buttons


@pytest.mark.parametrize(("intensity", "value"), [(0.0, 0.0), (0.2, 0.0), (0.6, -0.125), (1.0, -0.5)])
def test_proportional_has_dead_zone_curve_and_direction(intensity, value):
    command = MappingEngine(MAPPING).command(gesture("grip", intensity=intensity))
    assert command.axes["trigger"] == pytest.approx(value)


@given(st.floats(-1, 2), st.floats(0, 0.99), st.floats(0.01, 10), st.floats(-1, 1))
def test_a_proportional_axis_never_leaves_its_range(intensity, dead_zone, curve, full):
    action = Proportional(do="proportional", axis="x", dead_zone=dead_zone, curve=curve, full=full)
    value = action.value_of(intensity)
    assert min(full, 0) - 1e-9 <= value <= max(full, 0) + 1e-9


def test_a_changed_mapping_releases_everything_and_a_pause_outlasts_it():
    engine = MappingEngine(MAPPING)
    engine.command(gesture("fist", 0.0))
    engine.halt(StopRequest("pause", "test"))
    engine.change({"fist": MAPPING["open"]}, {}, {}, None)
    assert engine.command(gesture("fist", 0.05)).reason == "paused"
    engine.halt(StopRequest("resume", "test"))
    assert engine.command(gesture("rest", 0.1)).is_neutral
    assert engine.command(gesture("fist", 0.15)).buttons == {"b"}


@given(st.lists(st.tuples(st.sampled_from(["fist", "open", "grip", "rest"]), st.floats(0.01, 0.3))))
def test_nothing_stays_pressed_after_a_reset(steps):
    engine, now_s = MappingEngine(MAPPING), 0.0
    for label, wait_s in steps:
        now_s += wait_s
        engine.command(gesture(label, now_s))
    engine.reset()
    assert engine.command(gesture("rest", now_s)).is_neutral


def test_a_pose_becomes_joints():
    command = MappingEngine({}).command(Pose(("thumb", "index"), np.array([0.5, -0.25], np.float32), 2.0))
    assert command.joints == {"thumb": 0.5, "index": -0.25}
    assert command.time_s == 2.0
