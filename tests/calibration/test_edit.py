import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from emgctl.profile.edit import has_value, set_value

BLOCK = """\
# my profile
emgctl: 1
decoder:  # of Alice
  kind: classifier
  model: a.onnx   # made by calibrate
mapping:
  fist: [{do: hold, button: a}]
"""
FLOW = "emgctl: 1\ndecoder: {kind: classifier, model: a.onnx} # short\nmapping: {}\n"


@pytest.mark.parametrize("text", [BLOCK, FLOW])
@pytest.mark.parametrize(
    "keys", [("decoder", "rotation"), ("decoder", "postprocessing", "enter"), ("decoder", "a", "b", "c"), ("user",)]
)
def test_a_value_is_added_and_then_changed_and_nothing_else(text, keys):
    first = set_value(text, keys, "0.5")
    second = set_value(first, keys, '"seven"')
    for changed, value in ((first, 0.5), (second, "seven")):
        before, after = yaml.safe_load(text), yaml.safe_load(changed)
        holder = after
        for key in keys[:-1]:
            holder = holder[key]
        assert holder.pop(keys[-1]) == value
        for depth in range(len(keys) - 1, 0, -1):  # drop the sections that were only made for it
            holder = after
            for key in keys[: depth - 1]:
                holder = holder[key]
            if not holder[keys[depth - 1]]:
                del holder[keys[depth - 1]]
        assert after == before
        assert all(remark in changed for remark in ("# my profile", "# of Alice") if remark in text)
    assert not has_value(text, keys)
    assert has_value(second, keys)


def test_an_existing_value_is_replaced_in_its_place():
    assert set_value(BLOCK, ("decoder", "model"), "b.onnx") == BLOCK.replace("model: a.onnx ", "model: b.onnx ")
    assert set_value(FLOW, ("decoder", "model"), "b.onnx") == FLOW.replace("a.onnx", "b.onnx")


@given(st.lists(st.text("ab#: -", min_size=1), max_size=4), st.sampled_from([None, True, False]), st.integers(0, 2))
def test_a_list_is_replaced_however_it_is_written(items, flow, after):
    content = {"decoder": {"select": items, "z": 1} if after == 1 else {"select": items}}
    if after == 2:
        content["zz"] = {"b": [1, 2]}
    text = yaml.safe_dump(content, default_flow_style=flow, sort_keys=True)
    for value in (["x: y"], [], ["p", "q"]):
        text = set_value(text, ("decoder", "select"), json.dumps(value))
        content["decoder"]["select"] = value
        assert yaml.safe_load(text) == content


def test_a_place_that_can_not_be_is_said():
    with pytest.raises(ValueError, match=r"'decoder.model' is not a section"):
        set_value(BLOCK, ("decoder", "model", "enter"), "1")


@given(
    st.recursive(
        st.integers(0, 9),
        lambda inner: st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, min_size=1, max_size=3),
        max_leaves=8,
    ).filter(lambda one: isinstance(one, dict)),
    st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=3),
    st.booleans(),
)
def test_whatever_the_profile_looks_like(content, keys, flow):
    text = yaml.safe_dump(content, default_flow_style=flow)
    try:
        changed = yaml.safe_load(set_value(text, keys, "99"))
    except ValueError:
        return
    wanted = content
    for key in keys[:-1]:
        wanted = wanted.setdefault(key, {})
    wanted[keys[-1]] = 99
    assert changed == content
