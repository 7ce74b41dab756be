"""Try-outs as the page asks for them, with the real server and real runs."""

import json

import pytest
from demo_folder import put_person
from studio_server import messages

pytestmark = [pytest.mark.process, pytest.mark.slow]
DEMO = "demo.yaml"


def tried(shared, **asked):
    """The last message of a try-out, which names the file or the problem."""
    answer = shared.post("/api/tryouts/begin", {"profile": DEMO} | asked)
    assert answer.json == {"running": DEMO}
    with shared.live() as live:
        seen = (one for one in messages(live, 60) if one["tryout"])
        return next(one for one in seen if {"saved", "problem"} & set(one["tryout"]))


def test_what_can_be_tried_out(shared):
    found = shared.post("/api/tryouts/choices").json
    assert found["running"] == ""
    (demo,) = found["profiles"]
    assert demo["gestures"] == ["fist", "pinch", "point", "open", "flexion", "extension", "radial", "ulnar"]
    assert demo["axes"] == [
        {"name": "left_x", "one_sided": False},
        {"name": "right_trigger", "one_sided": True},
        {"name": "left_trigger", "one_sided": True},
    ]


def test_the_reactions_of_a_simulated_person_are_measured_and_kept(shared):
    put_person(shared.folder)
    seen = tried(shared, test="reaction", trials=2, gestures=["fist", "extension"])
    found, result = seen["tryout"], seen["tryout"]["result"]
    assert found["saved"] == "demo.tryouts.json"
    assert (result["trials"], result["missed"]) == (2, 0)
    assert result["right"] >= 1
    assert 0.05 < result["median_s"] <= result["p90_s"] < 2
    assert "raw" not in found
    assert seen["figures"]["outputs"].keys() == {"studio"}
    tried(shared, test="reaction", trials=1, gestures=["fist"])
    listed = shared.post("/api/tryouts/results", {"profile": DEMO}).json
    assert listed["file"] == "demo.tryouts.json"
    assert [one["test"] for one in listed["results"]] == ["reaction", "reaction"]
    assert listed["results"][0]["result"] == result
    kept = json.loads((shared.folder / "demo.tryouts.json").read_text())
    assert {one["cue"] for one in kept["results"][0]["raw"]["trials"]} == {"fist", "extension"}


def test_a_simulated_person_makes_a_whole_target_test(shared):
    put_person(shared.folder, speed=4)
    seen = tried(shared, test="targets", axes=["left_x"], targets=3)["tryout"]
    result = seen["result"]
    assert (seen["saved"], result["selected"], result["missed"]) == ("demo.tryouts.json", 9, 0)
    assert 1 < result["throughput"] < 8
    assert result["path_efficiency"] > 0.8
    assert result["overshoots"] < 1
    (kept,) = shared.post("/api/tryouts/results", {"profile": DEMO}).json["results"]
    assert (kept["test"], kept["result"]) == ("targets", result)


def test_a_simulated_person_plays_a_short_game(shared):
    put_person(shared.folder, speed=4)
    found = tried(shared, test="game", seconds=10, gestures=["fist", "extension"])["tryout"]
    result = found["result"]
    assert (found["saved"], result["seconds"]) == ("demo.tryouts.json", 10)
    assert 1 <= result["gates"] == result["opened"] <= 2
    assert result["points"] == (10 if result["gates"] == 1 else 30)
    assert 0.05 < result["mean_s"] < 2
    (kept,) = shared.post("/api/tryouts/results", {"profile": DEMO}).json["results"]
    assert (kept["test"], kept["result"]) == ("game", result)
    assert "recorded" not in found
    assert not (shared.folder / "demo.calibration").exists()


def test_a_person_who_is_replayed_is_cued_to_the_targets(shared):
    asked = {"profile": DEMO, "test": "targets", "axes": ["left_x"], "targets": 3}
    assert shared.post("/api/tryouts/begin", asked).json == {"running": DEMO}
    with shared.live() as live:
        seen = (one["tryout"] for one in messages(live, 60) if one["tryout"])
        assert next(one for one in seen if one["done"] == 2)["of"] == 12


def test_a_damaged_file_is_named_and_stays_as_it_is(shared):
    put_person(shared.folder)
    file = shared.folder / "demo.tryouts.json"
    for text in ("{", '{"tryouts": 2, "results": []}', '{"tryouts": 1, "results": [{"made": 3}]}', "[" * 100_000):
        file.write_text(text)
        answer = shared.post("/api/tryouts/results", {"profile": DEMO})
        assert answer.status == 400
        assert "demo.tryouts.json: is damaged" in answer.json["problem"]
    found = tried(shared, test="reaction", trials=1, gestures=["fist"])["tryout"]
    assert "demo.tryouts.json: is damaged" in found["problem"]
    assert "result" in found
    assert file.read_text() == "[" * 100_000


def test_a_test_is_ended_without_a_result_and_the_run_goes_on(shared):
    with shared.live() as live:
        shared.post("/api/tryouts/begin", {"profile": DEMO, "test": "reaction"})
        seen = messages(live)
        next(one for one in seen if one["tryout"])
        assert shared.post("/api/tryouts/end").status == 200
        assert next(one for one in seen if not one["tryout"])["ended"] is None
    assert not (shared.folder / "demo.tryouts.json").exists()


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        ({"profile": "missing.yaml"}, "is not in the studio's folder"),
        ({"test": "jump"}, "'jump' is none of reaction, targets, game"),
        ({"test": "reaction", "trials": 0}, "'trials' goes from 1 to 100"),
        ({"test": "reaction", "trials": True}, "'trials' goes from 1 to 100"),
        ({"test": "game", "seconds": 9}, "'seconds' goes from 10 to 600"),
        (
            {"test": "game", "learn": True},
            "can't learn from a game, as its model was not calibrated; calibrate it first",
        ),
        ({"test": "targets"}, "choose one or two axes that the profile moves: left_x"),
        ({"test": "targets", "axes": ["volume"]}, "choose one or two axes that the profile moves: left_x"),
        ({"test": "targets", "axes": ["left_trigger"]}, "left_trigger moves in one direction only"),
        ({"test": "targets", "axes": ["left_x"], "control": "mind"}, "the cursor's 'speed' or its 'position'"),
        ({"test": "targets", "axes": ["left_x"], "targets": 4}, "the number of targets is odd, from 3 to 25"),
    ],
)
def test_a_request_for_what_can_not_be_tested_starts_nothing(shared, asked, problem):
    answer = shared.post("/api/tryouts/begin", {"profile": DEMO} | asked)
    assert answer.status == 400
    assert problem in answer.json["problem"]
    assert shared.post("/api/tryouts/choices").json["running"] == ""


def test_a_gesture_that_the_model_does_not_know_is_refused_and_another_profile_may_not_run(shared):
    answer = shared.post("/api/tryouts/begin", {"profile": DEMO, "test": "reaction", "gestures": ["wave"]})
    assert "the model does not know 'wave', only fist" in answer.json["problem"]
    (shared.folder / "other.yaml").write_text((shared.folder / DEMO).read_text())
    answer = shared.post("/api/tryouts/begin", {"profile": "other.yaml", "test": "reaction"})
    assert answer.json["problem"] == "demo.yaml is running; stop it first"


def test_without_a_run_there_is_nothing_to_end(shared):
    assert shared.post("/api/tryouts/end").json == {"problem": "no profile is running"}
