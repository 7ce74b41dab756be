"""Axes that can only be dead, and gestures that do nothing between a tap and a long one."""

from pathlib import Path

import pytest
from command_line import emgctl
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from emgctl.mapping import Layers, Mapping
from emgctl.mapping.gaps import gaps
from emgctl.mapping.ranges import dead_axes
from emgctl.mapping.shaping import AxisShape, Shapes

PROFILES = Path(__file__).parents[2] / "profiles"
RANGES = {"stick": (-1.0, 1.0), "trigger": (0.0, 1.0)}


def dead(mapping, shapes=None, layers=None):
    found = dead_axes(
        TypeAdapter(Mapping).validate_python(mapping),
        TypeAdapter(Layers).validate_python(layers or {}),
        TypeAdapter(Shapes).validate_python(shapes or {}),
        RANGES,
    )
    return [f"{'.'.join(map(str, place))}: {text}" for place, text in found]


def fist(axis, do="axis", **keys):
    return {"fist": [{"do": do, "axis": axis, **keys}]}


OUTSIDE = "lie outside the range 0 to 1 of that axis; change the sign or invert the axis"


@pytest.mark.parametrize(
    ("mapping", "shape", "text"),
    [
        (fist("trigger", value=-1), {}, f"value: never moves 'trigger': its values from -1 to -1 {OUTSIDE}"),
        (
            fist("trigger", "proportional", full=-0.5),
            {},
            f"axis: never moves 'trigger': its values from -0.5 to 0 {OUTSIDE}",
        ),
        (fist("trigger", "velocity", per_s=-2), {}, f"axis: never moves 'trigger': its values from -1 to 0 {OUTSIDE}"),
        (fist("trigger", "step", by=-0.2), {}, f"axis: never moves 'trigger': its values from -1 to 0 {OUTSIDE}"),
        (fist("trigger", "set", value=-0.2), {}, f"axis: never moves 'trigger': its values from -0.2 to 0 {OUTSIDE}"),
        (
            fist("trigger", value=1),
            {"invert": True},
            "value: never moves 'trigger': its values from 1 to 1, inverted by 'axes',",
        ),
        (fist("stick", value=0), {}, "value: never moves 'stick': its value is 0"),
        (
            fist("stick", value=0.3),
            {"dead_zone": 0.3},
            "value: never moves 'stick': the shape in 'axes.stick' maps to 0 ev",
        ),
        (
            fist("stick", "proportional", full=0.2),
            {"dead_zone": 0.3},
            "axis: never moves 'stick': the shape in 'axes.stick'",
        ),
        (
            fist("stick", "orientation", turn="roll"),
            {"curve": [[0, 0], [1, 0]]},
            "axis: never moves 'stick': the shape in",
        ),
        (
            fist("stick", "proportional"),
            {"curve": [[0, 0], [0.9, 0], [1, 0]]},
            "axis: never moves 'stick': the shape in",
        ),
    ],
)
def test_an_axis_that_can_only_be_dead_is_named(mapping, shape, text):
    axis = mapping["fist"][0]["axis"]
    (found,) = dead(mapping, {axis: shape} if shape else {})
    assert found.startswith(f"mapping.fist.0.{text}")


def test_the_beats_of_a_sequence_are_judged_together():
    beats = [{"axis": "trigger", "value": -1}, {"press": "a"}, {"axis": "stick", "value": -1}]
    mapping = {"fist": [{"do": "sequence", "steps": beats}]}
    (found,) = dead(mapping)
    assert found.startswith("mapping.fist.0.steps.0.axis: never moves 'trigger'")
    beats[1] = {"axis": "trigger", "value": 1}
    assert not dead(mapping)


def test_an_axis_in_a_layer_is_judged_too():
    layers = {"menu": {"mapping": fist("trigger", value=-1)}}
    (found,) = dead({"open": [{"do": "layer", "layer": "menu"}]}, layers=layers)
    assert found.startswith("layers.menu.mapping.fist.0.value: never moves")


@pytest.mark.parametrize(
    ("mapping", "shape"),
    [
        (fist("stick", value=-1), {}),
        (fist("trigger", value=0.1), {}),
        (fist("trigger", value=-1), {"invert": True}),
        (fist("trigger", "orientation", turn="pitch"), {}),
        (fist("trigger", "gyro", turn="pitch", invert=True), {"dead_zone": 0.9}),
        (fist("stick", value=0.4), {"dead_zone": 0.3}),
        (fist("stick", "proportional"), {"curve": [[0, 1], [1, 0]]}),
        (fist("stick", value=0.5), {"curve": [[0, 0], [0.4, 0], [1, 1]]}),
        ({**fist("trigger", "velocity", per_s=1), "open": [{"do": "velocity", "axis": "trigger", "per_s": -1}]}, {}),
        ({**fist("trigger", "set", value=1), "open": [{"do": "set", "axis": "trigger", "value": 0}]}, {}),
        (fist("unknown", value=-1), {}),
    ],
)
def test_an_axis_that_can_move_is_not_complained_about(mapping, shape):
    axis = mapping["fist"][0]["axis"]
    assert not dead(mapping, {axis: shape} if shape else {})


@given(
    st.floats(-1, 1),
    st.floats(0, 0.49),
    st.floats(0, 0.49),
    st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=2, max_size=4),
    st.booleans(),
    st.sampled_from(sorted(RANGES)),
)
def test_nothing_that_moves_is_called_dead(full, dead_zone, outer, curve, invert, axis):
    points = [[number / (len(curve) - 1), out] for number, out in enumerate(curve)]
    shape = {"dead_zone": dead_zone, "outer_dead_zone": outer, "curve": points, "invert": invert}
    lowest, highest = RANGES[axis]
    one = AxisShape(**shape)
    values = [full * (part / 500) for part in range(501)]  # none beyond full, by no rounding
    moves = any(min(max(one.shaped(value), lowest), highest) for value in values)
    found = dead(fist(axis, "proportional", full=full), {axis: shape}) if full else []
    if moves:
        assert not found


def said_gaps(actions, hop_s=0.05):
    mapping = TypeAdapter(Mapping).validate_python({"fist": actions})
    return [f"{'.'.join(map(str, place))}: {text}" for place, text in gaps(mapping, {}, hop_s)]


TAP, LONG = {"when": "tap", "do": "press", "button": "a"}, {"when": "long", "do": "hold", "button": "b"}


@pytest.mark.parametrize(
    ("actions", "hop_s", "gap"),
    [
        ([TAP, {**LONG, "long_s": 0.8}], 0.05, "between 0.5 s and 0.8 s"),
        (
            [{**TAP, "tap_s": 0.3}, {**TAP, "tap_s": 0.4}, {**LONG, "long_s": 1.5}],
            0.05,
            "between 0.4 s and 1.5 s",
        ),
        ([TAP, {**LONG, "long_s": 0.8}, {**TAP, "when": "double"}], 0.05, "between 0.5 s and 0.8 s"),
        ([{**TAP, "tap_s": 0.6}, {**LONG, "long_s": 0.6}], 0.05, ""),
        ([{**TAP, "tap_s": 0.5}, {**LONG, "long_s": 0.6}], 0.1, ""),
        ([TAP], 0.05, ""),
        ([TAP, LONG, {"do": "hold", "button": "c"}], 0.01, ""),
        ([TAP, {**LONG, "long_s": 2}, {"when": "end", "do": "press", "button": "c"}], 0.05, ""),
        ([TAP, {**LONG, "long_s": 2, "after": "open"}], 0.05, ""),
    ],
)
def test_a_gap_between_tap_and_long_is_named(actions, hop_s, gap):
    found = said_gaps(actions, hop_s)
    assert len(found) == bool(gap)
    if gap:
        assert found[0].startswith(f"mapping.fist: does nothing when it lasts {gap}")


@pytest.mark.slow
def test_check_finds_both_in_a_profile(tmp_path):
    text = (PROFILES / "demo.yaml").read_text().replace("- kind: console", "- {kind: console}\n  - {kind: gamepad}")
    before, _, after = text.partition("mapping:\n")
    _, _, rest = after.partition("outputs:")
    for name in ("demo.h5", "demo.onnx"):
        (tmp_path / name).write_bytes((PROFILES / name).read_bytes())
    mapping = "  fist: [{when: tap, do: press, button: a}, {when: long, long_s: 2, do: hold, button: b}]\n"
    (tmp_path / "gap.yaml").write_text(f"{before}mapping:\n{mapping}outputs:{rest}")
    wrong = "  open:\n    - {do: axis, axis: right_trigger, value: -1}\n"
    (tmp_path / "dead.yaml").write_text(f"{before}mapping:\n{mapping}{wrong}outputs:{rest}")
    line = before.count("\n") + 2

    done = emgctl("check", "-p", "gap.yaml", cwd=tmp_path)
    assert done.returncode == 0
    assert f"warning: gap.yaml:{line}: mapping.fist: does nothing when it lasts between 0.5 s and" in done.stderr
    done = emgctl("check", "-p", "dead.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert (
        f"dead.yaml:{line + 2}: mapping.open[0].value: never moves 'right_trigger': its values from -1" in done.stderr
    )
