import re
from functools import reduce

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from texts import profiles

from emgctl.profile.edit import drop_value, has_value, set_structure, set_value

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
    first = set_value(text, keys, 0.5)
    second = set_value(first, keys, "seven")
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


@pytest.mark.slow
@given(st.lists(st.text("ab#: -", min_size=1), max_size=4), st.sampled_from([None, True, False]), st.integers(0, 2))
def test_a_list_is_replaced_however_it_is_written(items, flow, after):
    content = {"decoder": {"select": items, "z": 1} if after == 1 else {"select": items}}
    if after == 2:
        content["zz"] = {"b": [1, 2]}
    text = yaml.safe_dump(content, default_flow_style=flow, sort_keys=True)
    for value in (["x: y"], [], ["p", "q"]):
        text = set_value(text, ("decoder", "select"), value)
        content["decoder"]["select"] = value
        assert yaml.safe_load(text) == content


def test_the_comment_of_a_folded_text_outlives_it():
    after = set_value("user: >- # who\n  one # text\ndecoder: 1\n", ("user",), ["a"])
    assert after == '# who\nuser: ["a"]\ndecoder: 1\n'


def test_a_place_that_can_not_be_is_said():
    with pytest.raises(ValueError, match=r"'decoder.model' is not a section"):
        set_value(BLOCK, ("decoder", "model", "enter"), 1)


@pytest.mark.slow
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
        changed = yaml.safe_load(set_value(text, keys, 99))
    except ValueError:
        return
    wanted = content
    for key in keys[:-1]:
        wanted = wanted.setdefault(key, {})
    wanted[keys[-1]] = 99
    assert changed == content


def plain(value):
    """A copy that shares nothing."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


def paths(content, way=()):
    for key, value in content.items():
        if isinstance(key, str):
            yield (*way, key)
            if isinstance(value, dict):
                yield from paths(value, (*way, key))


def comments_in(text):
    return re.findall(r"#[ #]*c\d+\b", text)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(profiles(), st.data())
def test_a_change_leaves_all_else_whatever_is_in_the_profile(text, data):
    content = plain(yaml.safe_load(text))
    sections = [way for way in ((), *paths(content)) if isinstance(reduce(dict.get, way, content), dict)]
    way = data.draw(st.sampled_from(sections))
    section = reduce(dict.__getitem__, way, content)
    key = data.draw(st.sampled_from(["new", "on", "a: b", *(one for one in section if isinstance(one, str))]))
    if isinstance(section.get(key), dict):
        with pytest.raises(ValueError, match="is a section"):
            set_value(text, (*way, key), 1)
        return
    value = data.draw(
        st.sampled_from([7, 0.25, 1e-7, True, "off", "1", "", "x # y", "line\nbreak", "größe", ["a", "no"], []])
    )
    changed = set_value(text, (*way, key), value)
    section[key] = value
    assert plain(yaml.safe_load(changed)) == content
    assert sorted(comments_in(changed)) == sorted(comments_in(text))
    assert ("\r\n" in changed) == ("\r\n" in text)
    assert changed.count("\n") == changed.count("\r\n") or "\r" not in changed
    assert set_value(changed, (*way, key), value) == changed


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(profiles(), st.data())
def test_what_is_dropped_is_gone_and_nothing_else(text, data):
    content = plain(yaml.safe_load(text))
    *way, key = data.draw(st.sampled_from(list(paths(content))))
    section = reduce(dict.__getitem__, way, content)
    try:
        changed = drop_value(text, (*way, key))
    except ValueError as error:
        assert "<<" in text
        assert "<<" in str(error) or "changing more" in str(error)  # noqa: PT017
        return
    del section[key]
    assert plain(yaml.safe_load(changed)) == content
    assert set(comments_in(changed)) <= set(comments_in(text))


ACTIONS = """\
layers: {menu: {mapping: {}}}
mapping:
  fist: &jump [{do: hold, button: a}]  # c1
  open: *jump
  pinch:
    # c2
    - {when: tap, do: press, button: b}  # c3
    - when: long  # c4
      do: press  # c5
      button: "x"
    # c6
    - {do: pause}
outputs:
  - kind: console
  - kind: hand  # c7
    control: {grips: {fist: power}}
"""


def test_of_a_list_only_what_differs_is_written_anew():
    tap, long = {"when": "tap", "do": "press", "button": "b"}, {"when": "long", "do": "press", "button": "x"}
    changed = set_structure(ACTIONS, ("mapping", "pinch"), [tap, {**long, "button": "y", "for_s": 0.5}])
    assert "    # c2\n    - {when: tap, do: press, button: b}  # c3\n" in changed
    assert "when: long  # c4" in changed
    assert yaml.safe_load(changed)["mapping"]["pinch"] == [tap, {**long, "button": "y", "for_s": 0.5}]
    assert sorted(comments_in(changed)) == [f"# c{number}" for number in range(1, 8)]


def test_what_an_alias_leads_to_is_not_changed_with_it():
    changed = set_structure(ACTIONS, ("mapping", "open"), [{"do": "hold", "button": "a"}, {"do": "base"}])
    mapping = yaml.safe_load(changed)["mapping"]
    assert mapping["fist"] == [{"do": "hold", "button": "a"}]
    assert mapping["open"] == [{"do": "hold", "button": "a"}, {"do": "base"}]


def test_an_item_of_a_list_is_edited_in_its_place():
    keys = ("outputs", 1, "control", "grips", "open")
    changed = set_structure(ACTIONS, keys, "open")
    assert changed == ACTIONS.replace("{fist: power}", "{open: open, fist: power}")
    assert has_value(changed, keys)
    assert yaml.safe_load(drop_value(changed, keys)) == yaml.safe_load(ACTIONS)
    with pytest.raises(ValueError, match="'outputs' is not a section"):
        set_structure(ACTIONS, ("outputs", 2, "control"), {})


values = st.recursive(
    st.sampled_from([1, 0.5, True, None, "a", "no", "x: y", "größe"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "on", "k"]), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(profiles(), st.data())
def test_a_structure_leaves_all_else_whatever_is_in_the_profile(text, data):
    content = plain(yaml.safe_load(text))
    *way, key = data.draw(st.sampled_from(list(paths(content))))
    section, value = reduce(dict.__getitem__, way, content), data.draw(values)
    try:
        changed = set_structure(text, (*way, key), value)
    except ValueError as error:
        assert "changing more" in str(error)  # noqa: PT017
        assert re.search(r"<<|[&*]a\d", text)
        return
    section[key] = value
    assert plain(yaml.safe_load(changed)) == content
    assert sorted(comments_in(changed)) == sorted(comments_in(text))
    assert set_structure(changed, (*way, key), value) == changed
