"""The mapping editor's requests, as a page sends them."""

import pytest
import yaml
from demo_folder import PROFILES
from editor import COMMENTED, REGISTRY, Editor, gesture, put_alice
from studio_server import studio

from emgctl.errors import EmgctlError
from emgctl.profile.comments import comments
from emgctl.profile.load import load_profile
from emgctl.studio.starting_points import begun, described


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    return tmp_path_factory.mktemp("studio") / "mine"


@pytest.fixture
def folder(shared):
    return put_alice(shared)


@pytest.fixture
def ask(folder):
    return Editor(folder)


def test_a_profile_is_shown_with_what_it_can_use(ask):
    shown = ask("show", profile="alice.yaml")
    assert shown["mapping"]["fist"] == [{"do": "hold", "button": "a"}]
    assert set(shown["layers"]) == {"menu"}
    assert "fist" in shown["gestures"]
    assert "rest" not in shown["gestures"]
    assert "a" in shown["outputs"][0]["controls"]["buttons"]
    assert shown["outputs"][0]["controls"]["one_sided"] == ["left_trigger", "right_trigger"]
    actions = shown["choices"]["actions"]
    assert actions["turbo"]["rate_hz"] == {
        "type": "number", "choices": None, "least": 0, "most": 50, "open": True, "default": 5.0, "required": False
    }  # fmt: skip
    assert actions["orientation"]["turn"]["choices"] == ["yaw", "pitch", "roll"]
    assert set(shown["choices"]["when"]["tap"]) == {"tap_s"}
    assert shown["choices"]["shape"]["dead_zone"]["default"] == 0.0
    assert not shown["findings"]


def test_a_profile_without_its_model_can_be_mapped(ask, folder):
    (folder / "demo.onnx").unlink()
    shown = ask("show", profile="alice.yaml")
    assert "demo.onnx" in shown["unchecked"]
    assert shown["gestures"] == ["fist", "pinch", "open"]
    assert not [one for one in shown["findings"] if one["kind"] == "problem"]


def test_a_change_is_tried_out_and_nothing_is_written(ask, folder):
    shown = ask("show", profile="alice.yaml")
    edits = [gesture("fist", [{"do": "hold", "button": "a"}, {"do": "press", "button": "a"}])]
    found = ask("propose", profile="alice.yaml", hash=shown["hash"], edits=edits)
    assert not found["changed"]
    [conflict] = found["findings"]
    assert conflict["place"] == ["mapping", "fist", 1, "button"]
    assert conflict["text"] == "conflicts with mapping.fist[0] over 'a'"
    added = [line for line in found["difference"] if line.startswith("+") and "fist" in line]
    assert added == ["+  fist: [{do: hold, button: a}, {do: press, button: a}] # jump"]
    assert (folder / "alice.yaml").read_text() == COMMENTED
    with pytest.raises(EmgctlError, match="nothing was saved: conflicts with"):
        ask("save", profile="alice.yaml", hash=shown["hash"], edits=edits)
    assert (folder / "alice.yaml").read_text() == COMMENTED


def test_a_warning_is_found_and_does_not_stop_saving(ask):
    shown = ask("show", profile="alice.yaml")
    edits = [gesture("fist", [{"when": "tap", "tap_s": 0.2, "do": "press", "button": "a"},
                              {"when": "long", "do": "press", "button": "x"}])]  # fmt: skip
    [warning] = ask("propose", profile="alice.yaml", hash=shown["hash"], edits=edits)["findings"]
    assert warning["kind"] == "warning"
    assert warning["place"] == ["mapping", "fist"]
    assert not ask("save", profile="alice.yaml", hash=shown["hash"], edits=edits)["changed"]


def test_a_change_is_saved_with_comments_and_the_old_file_kept(ask, folder):
    shown = ask("show", profile="alice.yaml")
    edits = [
        gesture("fist", [{"do": "turbo", "button": "x", "rate_hz": 5}]),
        gesture("pinch", [{"do": "press", "button": "b", "for_s": 0.2, "when": "tap", "tap_s": 0.6},
                          {"do": "layer", "layer": "menu", "when": "long", "until": "base"}]),
        gesture("open", None),
        gesture("open", [{"do": "press", "button": "b"}], layer="menu"),
        {"edit": "axis", "axis": "left_x", "shape": {"dead_zone": 0.2, "curve": [[0, 0], [0.5, 0.2], [1, 1]]}},
        {"edit": "layer", "layer": "menu", "content": {"mapping": {}, "vibrate": None}},
        {"edit": "layer", "layer": "aim", "content": {"mapping": {"fist": [{"button": "y", "do": "hold"}]}}},
        gesture("flexion", [{"when": "long", "do": "layer", "layer": "aim"}]),
    ]  # fmt: skip
    assert ask("save", profile="alice.yaml", hash=shown["hash"], edits=edits) == {
        "changed": False,
        "profile": "alice.yaml",
    }
    assert (folder / "alice.yaml.bak").read_text() == COMMENTED
    text = (folder / "alice.yaml").read_text()
    assert "  fist: [{do: turbo, button: x, rate_hz: 5}] # jump\n" in text
    assert (
        "    - {when: tap, tap_s: 0.6, do: press, button: b, for_s: 0.2} # the short one\n    # and the long one\n"
        in text
    )
    content = yaml.safe_load(text)
    assert content["axes"]["left_x"]["curve"] == [[0, 0], [0.5, 0.2], [1, 1]]
    assert content["layers"]["menu"]["vibrate"] is None
    assert "led" not in content["layers"]["menu"]
    assert content["layers"]["aim"]["mapping"] == {"fist": [{"do": "hold", "button": "y"}]}
    assert "open" not in content["mapping"]
    kept = {words for _, words in comments(text)}
    assert {words for _, words in comments(COMMENTED)} - kept <= {"# orange"}, (
        "only what stood on a removed line is gone"
    )


def test_a_profile_that_somebody_else_changed_is_not_overwritten(ask, folder):
    shown = ask("show", profile="alice.yaml")
    other = COMMENTED.replace("button: b}", "button: y}")
    (folder / "alice.yaml").write_text(other)
    edits = [gesture("fist", [{"do": "hold", "button": "x"}])]
    assert ask("propose", profile="alice.yaml", hash=shown["hash"], edits=edits)["changed"]
    assert ask("save", profile="alice.yaml", hash=shown["hash"], edits=edits) == {"changed": True}
    assert (folder / "alice.yaml").read_text() == other
    again = ask("show", profile="alice.yaml")["hash"]  # the person chose to make the change in the new file
    assert not ask("save", profile="alice.yaml", hash=again, edits=edits)["changed"]
    assert yaml.safe_load((folder / "alice.yaml").read_text())["mapping"]["fist"] == [{"do": "hold", "button": "x"}]
    assert "button: y}" in (folder / "alice.yaml").read_text()


def test_a_copy_gets_a_new_name_beside_its_original(ask, folder):
    shown = ask("show", profile="alice.yaml")
    edits = [gesture("fist", [{"do": "hold", "button": "x"}])]
    saved = ask("save", profile="alice.yaml", hash=shown["hash"], edits=edits, **{"as": "Alice plays"})
    assert saved["profile"] == "Alice plays.yaml"
    assert (folder / "alice.yaml").read_text() == COMMENTED
    assert ask("show", profile=saved["profile"])["mapping"]["fist"] == [{"do": "hold", "button": "x"}]
    with pytest.raises(EmgctlError, match=r"Alice plays.yaml: exists already; choose another name"):
        ask("save", profile="alice.yaml", hash=shown["hash"], edits=edits, **{"as": "Alice plays"})


@pytest.mark.parametrize("name", ["../out", "sub/out", "/tmp/out", ".hidden", "a\nb", "..", "x" * 200])
def test_a_copy_stays_in_its_folder(ask, folder, name):
    shown = ask("show", profile="alice.yaml")
    before = sorted(folder.parent.rglob("*"))
    with pytest.raises(EmgctlError, match="can't be a profile's name"):
        ask("save", profile="alice.yaml", hash=shown["hash"], edits=[], **{"as": name})
    with pytest.raises(EmgctlError, match="can't be a profile's name"):
        ask("begin", profile="alice.yaml", starting_point="racing", **{"as": name})
    assert sorted(folder.parent.rglob("*")) == before


@pytest.mark.parametrize("path", ["../alice.yaml", "/etc/passwd", "nowhere.yaml", ".", "alice.yaml/../../x"])
@pytest.mark.parametrize("what", ["show", "propose", "save"])
def test_a_file_outside_the_folder_is_refused(ask, folder, path, what):
    (folder.parent / "alice.yaml").write_text(COMMENTED)
    with pytest.raises(EmgctlError, match="is not in the studio's folder"):
        ask(what, profile=path, hash="0", edits=[])


@pytest.mark.parametrize(
    ("edits", "problem"),
    [
        (None, "no list 'edits'"),
        ("all", "no list 'edits'"),
        ([1], "no list 'edits'"),
        ([{}], "edit"),
        ([{"edit": "erase"}], "'erase' is not possible here"),
        ([gesture("", [])], "gesture: is empty"),
        ([gesture("fist", [{"do": "fly"}])], "'fly' is not possible here"),
        ([gesture("fist", [{"do": "hold"}])], "button: is missing; for example button: a"),
        ([gesture("fist", [{"do": "axis", "axis": "left_x", "value": 7}])], "value: .*less than or equal to 1"),
        ([gesture("fist", [{"do": "press", "button": "a", "for_s": float("nan")}])], "finite number"),
        ([gesture("fist", [{"do": "press", "button": "a", "evil": 1}])], "evil: unknown key"),
        ([gesture("fist", [], layer="cellar")], "there is no layer 'cellar'"),
        ([{"edit": "axis", "axis": "left_x", "shape": {"curve": [[0, 0], [0, 1]]}}], "curve"),
        ([{"edit": "grip", "output": 9, "gesture": "fist", "grip": "power"}], "is not a section"),
        ([gesture("fist", [])] * 501, "500"),
    ],
)
def test_a_malformed_change_is_refused_in_a_sentence(ask, folder, edits, problem):
    shown = ask("show", profile="alice.yaml")
    for what in ("propose", "save"):
        with pytest.raises(EmgctlError, match=problem):
            ask(what, profile="alice.yaml", hash=shown["hash"], edits=edits)
    assert (folder / "alice.yaml").read_text() == COMMENTED
    assert not (folder / "alice.yaml.bak").exists()


def test_a_grip_of_a_hand_is_changed_in_its_output(ask, folder):
    ask("begin", profile="demo.yaml", starting_point="power-grip-hand", **{"as": "hand"})
    shown = ask("show", profile="hand.yaml")
    hand = shown["outputs"][0]
    assert hand["gesture_grips"]["fist"] == "power"
    assert hand["grips"]["hook"]["index"] == pytest.approx(0.9)
    edits = [
        {"edit": "grip", "output": 0, "gesture": "fist", "grip": "hook"},
        {"edit": "grip", "output": 0, "gesture": "point", "grip": "point"},
        {"edit": "grip", "output": 0, "gesture": "pinch", "grip": None},
    ]
    ask("save", profile="hand.yaml", hash=shown["hash"], edits=edits)
    assert ask("show", profile="hand.yaml")["outputs"][0]["gesture_grips"] == {
        "fist": "hook", "open": "open", "point": "point"
    }  # fmt: skip
    assert "# where the hand is" in (folder / "hand.yaml").read_text()
    with pytest.raises(EmgctlError, match="there is no grip 'crush'"):
        ask("propose", profile="hand.yaml", hash="0", edits=[{**edits[0], "grip": "crush"}])


@pytest.mark.process
def test_the_server_answers_pages_and_refuses_in_sentences(folder):
    edits = [gesture("fist", [{"do": "hold", "button": "x"}])]
    with studio(folder) as served:
        served.open()
        names = {one["name"] for one in served.get("/api/starting-points").json["starting_points"]}
        assert names == {"platformer", "racing", "media-keys", "osc-music", "power-grip-hand"}
        shown = served.post("/api/mapping", {"profile": "alice.yaml"}).json
        change = {"profile": "alice.yaml", "hash": shown["hash"], "edits": edits}
        assert served.post("/api/mapping/propose", change).json["difference"]
        assert served.post("/api/mapping/save", change).json == {"changed": False, "profile": "alice.yaml"}
        assert served.post("/api/mapping/save", change).json == {"changed": True}
        for path, body, problem in (
            ("/api/mapping", {"profile": "../alice.yaml"}, "is not in the studio's folder"),
            ("/api/mapping", {}, "the request has no 'profile'"),
            ("/api/mapping/save", {**change, "hash": 7}, "the request has no 'hash'"),
            ("/api/mapping/save", {**change, "edits": [{"edit": "erase"}]}, "'erase' is not possible here"),
            ("/api/mapping/begin", {"profile": "alice.yaml", "starting_point": "racing"}, "the request has no 'as'"),
        ):
            answer = served.post(path, body)
            assert (answer.status, problem in answer.json["problem"]) == (400, True), answer
        assert served.request("POST", "/api/mapping", change, Cookie=served.cookie).status == 403, "another site's page"


GALLERY = [one["name"] for one in described()]


@pytest.mark.parametrize("name", GALLERY)
def test_a_starting_point_fits_the_gestures_of_a_model(ask, folder, name):
    made = ask("begin", profile="demo.yaml", starting_point=name, **{"as": name})
    shown = ask("show", profile=made["profile"])
    assert not shown["findings"]
    assert shown["mapping"] or shown["outputs"][0]["gesture_grips"]
    assert "$" not in (folder / made["profile"]).read_text()
    assert load_profile(folder / made["profile"], REGISTRY).user == "demo"


@pytest.mark.parametrize("name", GALLERY)
@pytest.mark.parametrize("count", range(1, 7))
def test_a_starting_point_fits_few_and_other_gestures(name, count):
    from emgctl.mapping.conflicts import problems

    gestures = ["fist", "no", "1", "wave out", "thumb: up", "größe"][:count]
    source = (PROFILES / "demo.yaml").read_text()
    profile = load_profile(PROFILES / "demo.yaml", REGISTRY, text=begun(name, PROFILES / "demo.yaml", source, gestures))
    assert not list(problems(profile.mapping, profile.layers, set(gestures), 0.05))
    assert set(profile.mapping) <= set(gestures)


def test_an_unknown_starting_point_is_refused(ask):
    with pytest.raises(EmgctlError, match="did you mean 'racing'"):
        ask("begin", profile="demo.yaml", starting_point="raceing", **{"as": "x"})
