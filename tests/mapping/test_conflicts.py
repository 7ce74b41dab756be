"""What `emgctl check` says about a mapping that can't work."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from full_form import FULL
from hypothesis import given
from hypothesis import strategies as st
from patience import patient
from pydantic import TypeAdapter

from emgctl.mapping import Action, LayerOptions, Layers, Mapping
from emgctl.mapping.conflicts import problems, wake_problems
from emgctl.mapping.shaping import AxisShape, Shapes
from emgctl.mapping.wake import Wake
from emgctl.profile.load import ProfileFile

REPOSITORY = Path(__file__).parents[2]
LABELS = {"rest", "fist", "open", "point"}
ROLL = {"do": "orientation", "turn": "roll", "axis": "x"}
A, B = {"do": "hold", "button": "a"}, {"do": "hold", "button": "b"}


def reported(mapping, layers=None, shortest_s=0.05):
    found = problems(
        TypeAdapter(Mapping).validate_python(mapping),
        TypeAdapter(Layers).validate_python(layers or {}),
        LABELS,
        shortest_s,
    )
    return [f"{'.'.join(map(str, place))}: {text}" for place, text in found]


@pytest.mark.parametrize(
    ("wake", "texts"),
    [
        ({"gesture": "double fist"}, []),
        ({"gesture": "long fits"}, ["'fits' is not one of the model's gestures; did you mean 'fist'?"]),
        ({"gesture": "double rest"}, ["'rest' is rest, which is no gesture; name one that is not made by chance"]),
        (
            {"gesture": "double fist", "double_s": 0.01},
            ["can never occur: a decision lasts at least 0.05 s, longer than a double tap allows"],
        ),
    ],
)
def test_a_wake_gesture_that_cannot_be_made_is_found(wake, texts):
    found = list(wake_problems(Wake.model_validate(wake), LABELS, "rest", 0.05))
    assert found == [(("wake", "gesture"), text) for text in texts]


@pytest.mark.parametrize(
    ("mapping", "text"),
    [
        ({"fits": [A]}, "mapping.fits: is not one of the model's gestures; did you mean 'fist'?"),
        ({"fist": [{**A, "after": "opne"}]}, "mapping.fist.0.after: 'opne' is not one of the model's gestures; did"),
        ({"fist": [{**A, "after": "fist"}]}, "mapping.fist.0: can never occur: a gesture cannot follow itself"),
        ({"fist": [{"do": "layer", "layer": "mneu"}]}, "mapping.fist.0.layer: there is no layer 'mneu'"),
        ({"fist": [{"do": "cycle", "layers": ["mneu"]}]}, "mapping.fist.0.layers: there is no layer 'mneu'"),
        ({"fist": [A, {"when": "long", **A}]}, "mapping.fist.1.button: conflicts with mapping.fist[0] over 'a'"),
        (
            {"fist": [A, {"do": "turbo", "button": "a"}]},
            "mapping.fist.1.button: conflicts with mapping.fist[0] over 'a'",
        ),
        (
            {"fist": [{"do": "axis", "axis": "x", "value": 1}, {"do": "proportional", "axis": "x"}]},
            "mapping.fist.1.axis: conflicts with mapping.fist[0] over 'x'",
        ),
        (
            {"always": [ROLL], "fist": [{"do": "axis", "axis": "x", "value": 1}]},
            "mapping.fist.0.axis: conflicts with mapping.always[0] over 'x'",
        ),
        (
            {"fist": [{"do": "toggle", "button": "a"}], "open": [A]},
            "mapping.open.0.button: conflicts with mapping.fist[0] over 'a': "
            "while it is latched, this press has no effect",
        ),
        ({"fist": [{"do": "release", "button": "a"}]}, "mapping.fist.0.button: nothing latches or toggles 'a'"),
        ({"fist": [{"do": "center"}]}, "mapping.fist.0: no action 'velocity', 'set' or 'step' moves this axis"),
        ({"fist": [{"do": "proportional", "axis": "x", "full": 0}]}, "mapping.fist.0: never moves: 'full' is 0"),
        ({"fist": [{"do": "velocity", "axis": "x", "per_s": 0}]}, "mapping.fist.0: never moves: 'per_s' is 0"),
        ({"always": [{"when": "tap", **A}]}, "mapping.always.0: can never occur: 'always' actions"),
        ({"always": [{"do": "base"}]}, "mapping.always.0: leaves every layer"),
    ],
)  # fmt: skip
def test_what_can_not_work_is_said(mapping, text):
    found = reported(mapping)
    assert len(found) == 1
    assert found[0].startswith(text)


def test_what_a_dwell_makes_impossible():
    mapping = {"fist": [{"when": "tap", "tap_s": 0.2, **A}, {"when": "double", "double_s": 0.2, **B}]}
    assert not reported(mapping)
    assert [line.partition(": can")[0] for line in reported(mapping, shortest_s=0.3)] == [
        "mapping.fist.0",
        "mapping.fist.1",
    ]


def test_a_layer_that_can_not_be_entered():
    layers = {"menu": {"mapping": {"fist": [{"do": "layer", "layer": "deep"}]}}, "deep": {"mapping": {"opn": [A]}}}
    assert reported({"fist": [A]}, layers) == [
        "layers.deep.mapping.opn: is not one of the model's gestures; did you mean 'open'?",
        "layers.menu: can never be entered: give a gesture the action 'layer' or 'cycle'",
        "layers.deep: can never be entered: give a gesture the action 'layer' or 'cycle'",
    ]
    layers["deep"]["mapping"] = {}
    assert not reported({"open": [{"do": "layer", "layer": "menu"}]}, layers)


def test_always_of_the_base_fights_in_a_layer_too():
    mapping = {
        "always": [ROLL],
        "open": [{"do": "layer", "layer": "menu"}],
    }
    moving = {"fist": [{"do": "axis", "axis": "x", "value": 1}]}
    assert reported(mapping, {"menu": {"mapping": moving}}) == [
        "layers.menu.mapping.fist.0.axis: conflicts with mapping.always[0] over 'x'"
    ]
    assert not reported(mapping, {"menu": {"mapping": {**moving, "always": []}}})


@pytest.mark.parametrize(
    "mapping",
    [
        {"fist": [{"when": "tap", **A}, {"when": "long", **A}]},
        {"fist": [A, {"after": "open", **A}]},
        {"fist": [A], "open": [A]},
        {"fist": [{"do": "latch", "button": "a"}], "open": [{"do": "release", "button": "a"}]},
        {"fist": [{"do": "velocity", "axis": "x", "per_s": 1}], "open": [{"do": "velocity", "axis": "x", "per_s": -1}]},
        {"fist": [{"do": "velocity", "axis": "x", "per_s": 1}, {"when": "double", "do": "center", "axis": "x"}]},
        {"fist": [{"pitch_deg": [0, 40], **A}, {"pitch_deg": [41, 90], **A}]},
    ],
)
def test_what_works_is_not_complained_about(mapping):
    assert not reported(mapping)


def examples():
    text = (REPOSITORY / "docs/mapping.md").read_text()
    for line in re.findall(r"`(\{.*?\})` \|$", text, re.MULTILINE):
        yield "action", yaml.safe_load(line)
    for block in re.findall(r"(?:^    .*\n)+", text, re.MULTILINE):
        yield "profile", yaml.safe_load(block)


def test_every_action_and_trigger_is_documented_by_an_example_that_is_valid():
    done, when = set(), set()
    for kind, content in examples():
        if kind == "action":
            action = TypeAdapter(Action).validate_python(content)
            done.add(action.do)
            when.add(action.when)
            continue
        for key, model in (("mapping", Mapping), ("layers", Layers), ("axes", Shapes)):
            TypeAdapter(model).validate_python(content.pop(key, {}))
        if "wake" in content:
            Wake.model_validate(content.pop("wake"))
        TypeAdapter(Mapping).validate_python(content)
    schema = TypeAdapter(Action).json_schema()
    assert done == set(schema["discriminator"]["mapping"])
    assert len(done) >= 20
    assert when == {"begin", "tap", "double", "long", "firm", "end"}
    text = (REPOSITORY / "docs/mapping.md").read_text()
    assert all(f"`{key}`" in text for key in AxisShape.model_fields)
    assert set(LayerOptions.model_fields) | {"mapping", "layers", "axes"} <= {
        *LayerOptions.model_fields,
        *ProfileFile.model_fields,
    }


@given(
    st.floats(-1, 1),
    st.floats(0, 0.49),
    st.floats(0, 0.99),
    st.floats(0, 0.49),
    st.one_of(st.floats(0.01, 10), st.lists(st.floats(0, 1), min_size=2, max_size=6)),
    st.booleans(),
)
def test_a_shaped_axis_never_leaves_its_range(value, dead, anti, outer, curve, invert):
    if isinstance(curve, list):
        curve = [[number / (len(curve) - 1), out] for number, out in enumerate(curve)]
    shape = AxisShape(dead_zone=dead, anti_dead_zone=anti, outer_dead_zone=outer, curve=curve, invert=invert)
    shaped = shape.shaped(value)
    assert -1 <= shaped <= 1
    assert shape.shaped(-value) == -shaped
    if abs(value) <= dead:
        assert shaped == 0


@pytest.mark.slow
@pytest.mark.process
def test_random_mappings_and_predictions_violate_nothing():
    command = [sys.executable, "scripts/fuzz_mapping.py", "--predictions", "100000" if FULL else "20000"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=patient(250))
    assert done.returncode == 0, done.stderr
    assert "no violation" in done.stdout
