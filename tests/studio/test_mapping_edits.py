"""Random edits of a mapping keep every comment that they do not concern, and never save what can't work."""

import re

import pytest
import yaml
from editor import COMMENTED, REGISTRY, Editor, gesture, put_alice
from full_form import FULL
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from emgctl.errors import EmgctlError
from emgctl.profile.comments import comments
from emgctl.profile.load import load_profile

buttons = st.sampled_from(["a", "b", "x", "y", "lb"])
axes = st.sampled_from(["left_x", "left_y", "right_trigger"])
value = st.sampled_from([1, -1, 0.5, 0.25])
triggers = st.sampled_from([{}, {"when": "tap", "tap_s": 0.6}, {"when": "long"}, {"when": "firm", "above": 0.75}])
action = st.builds(
    lambda when, does: {**when, **does},
    triggers,
    st.one_of(
        st.builds(
            lambda do, button: {"do": do, "button": button}, st.sampled_from(["press", "hold", "toggle"]), buttons
        ),
        st.builds(
            lambda button: {"do": "hold", "button": button}, st.lists(buttons, min_size=2, max_size=2, unique=True)
        ),
        st.builds(lambda axis, value: {"do": "axis", "axis": axis, "value": value}, axes, value),
        st.builds(
            lambda axis, curve: {"do": "proportional", "axis": axis, "curve": curve}, axes, st.sampled_from([1, 2.5])
        ),
        st.just({"do": "layer", "layer": "menu", "until": "base"}),
    ),
)
gestures = st.sampled_from(["fist", "open", "pinch", "point", "flexion"])
edit = st.one_of(
    st.builds(gesture, gestures, st.none() | st.lists(action, max_size=3), st.sampled_from(["", "", "menu"])),
    st.builds(lambda axis, dead: {"edit": "axis", "axis": axis, "shape": dead}, axes,
              st.none() | st.builds(lambda zone, invert: {"dead_zone": zone, "invert": invert},
              st.sampled_from([0.1, 0.2]), st.booleans())),
    st.builds(lambda name, led: {"edit": "layer", "layer": name, "content": {"mapping": {}} | led},
              st.sampled_from(["menu", "aim"]), st.sampled_from([{}, {"led": "00ff00"}, {"vibrate": None}])),
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return put_alice(tmp_path_factory.mktemp("edits"))


@pytest.mark.slow
@settings(
    max_examples=200 if FULL else 20, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)  # an example has few edits as it is
@given(st.lists(edit, max_size=5))
def test_random_edits_keep_comments_and_validity(folder, edits):
    ask = Editor(folder)
    (folder / "alice.yaml").write_text(COMMENTED)
    shown = ask("show", profile="alice.yaml")
    found = ask("propose", profile="alice.yaml", hash=shown["hash"], edits=edits)
    if [one for one in found["findings"] if one["kind"] == "problem"]:
        with pytest.raises(EmgctlError, match="nothing was saved"):
            ask("save", profile="alice.yaml", hash=shown["hash"], edits=edits)
        assert (folder / "alice.yaml").read_text() == COMMENTED
        return
    ask("save", profile="alice.yaml", hash=shown["hash"], edits=edits)
    text = (folder / "alice.yaml").read_text()
    load_profile(folder / "alice.yaml", REGISTRY)
    content, wanted = yaml.safe_load(text), yaml.safe_load(COMMENTED)
    gone = set()
    for one in edits:
        gone |= _made(wanted, one)
    for name in ("mapping", "layers", "axes"):
        assert content[name] == wanted[name]
    kept = {words for _, words in comments(text)}
    assert {words for _, words in comments(COMMENTED)} - kept <= gone


def _made(content, edit):
    """Make an edit of the plain content; the comments that may go with what it removes."""
    match edit:
        case {"edit": "gesture", "gesture": name, "actions": actions, "layer": layer}:
            section = content["layers"][layer]["mapping"] if layer else content["mapping"]
        case {"edit": "axis", "axis": name, "shape": actions}:
            section = content["axes"]
        case {"layer": layer, "content": actions}:
            old = content["layers"].get(layer, {"mapping": {}})
            content["layers"][layer] = actions | {"mapping": old["mapping"]}
            return {"# orange"} if layer == "menu" and "led" not in actions else set()
    if actions is not None:
        section[name] = actions
        return set()
    section.pop(name, None)
    lines = {"fist": r"jump|begins", "pinch": r"two things|the short one|and the long one", "left_x": "a worn stick"}
    return {words for _, words in comments(COMMENTED) if re.search(lines.get(name, "nothing"), words)}
