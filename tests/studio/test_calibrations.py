"""Calibrations as the pages ask for them, without a browser."""

import json
import os
import shutil

import pytest
from calibrating import PROFILE, calibrated, phase, put_fast, put_two_muscles, start
from full_form import FULL
from studio_server import messages, studio

pytestmark = pytest.mark.process

WITHOUT_TORCH = """\
import importlib.util, sys
find = importlib.util.find_spec
sys.modules["torch"] = None
importlib.util.find_spec = lambda name, package=None: None if name == "torch" else find(name, package)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return put_fast(tmp_path_factory.mktemp("studio"))


@pytest.fixture(autouse=True)
def only_fast(folder):
    """That profile and nothing else in the folder."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    put_fast(folder)


@pytest.fixture
def server(served):
    """The file's studio, in which nothing runs."""
    yield served
    served.post("/api/stop")


def ended(live):
    return next(one for one in messages(live) if one["ended"])


def test_a_quick_calibration_shows_its_result_and_what_it_would_drive_and_is_synchronized(server, folder):
    assert kinds(server) == ["quick", "full"]
    with server.live() as live:
        seen = calibrated(server, live, gestures=["fist", "open"], unwanted=["pinch"], arm="right")
        assert (seen["run"]["user"], seen["run"]["channels"], seen["run"]["calibration"]) == ("fast", 8, True)
        done = seen["calibration"]
        assert (done["phase"], done["script"]) == ("done", ["rest", "fist", "open", "pinch"])
        result = done["result"]
        assert result["share"] > 0.6
        assert result["labels"] == ["rest", "fist", "open", "other"]
        assert [len(row) for row in result["confusion"]] == [4, 4, 4]
        assert result["gestures"] == ["fist", "open"]
        assert any("% right" in one for one in result["advice"])
        [choice] = server.post("/api/calibration/choices").json["profiles"]
        assert (choice["kinds"], choice["gestures"]) == (["quick", "full", "sync"], ["fist"])
        assert server.post("/api/try", {"profile": "fast.yaml"}).json == {"running": "fast.yaml"}
        pressed = next(one for one in messages(live) if one["state"].get("buttons"))
        assert pressed["figures"]["outputs"].keys() == {"studio"}
        assert server.post("/api/stop").status == 200
        done = calibrated(server, live, kind="sync")["calibration"]
        assert (done["phase"], done["script"]) == ("done", ["rest", "fist", "extension"])
    assert (folder / "fast.onnx").exists()


def test_a_step_that_is_over_is_made_again(server, folder):
    (folder / "fast.yaml").write_text(PROFILE.replace("speed: max", "speed: 4"))
    with server.live() as live:
        assert start(server, gestures=["fist", "open", "pinch"]).status == 200
        phase(live, "ready")
        server.post("/api/calibration/begin")
        first = phase(live, "recording")["calibration"]
        assert first["script"] == ["rest", "fist", "open", "pinch"]
        assert first["step"] | {"seconds": 0} == {
            "number": 0, "label": "rest", "seconds": 0, "repetition": 1, "how": "arm relaxed", "rest": True,
        }  # fmt: skip
        next(one for one in messages(live) if (one["calibration"].get("step") or {}).get("label") == "fist")
        assert server.post("/api/calibration/again", {"number": 0}).status == 200
        seen: list[str] = []
        for one in messages(live):
            label = one["calibration"]["step"]["label"]
            if not seen or seen[-1] != label:
                seen.append(label)
            if one["calibration"]["phase"] not in ("ready", "recording"):
                break
        assert seen.count("rest") == 1
        assert set(seen) - {"rest"} == {"fist", "open", "pinch"}


def test_stopped_in_the_middle_nothing_is_replaced(server, folder):
    with server.live() as live:
        new = {"profile": "bob", "input": "replay:demo.h5", "gestures": ["fist"]}
        assert start(server, **new).json == {"profile": "bob.yaml"}
        assert phase(live, "ready")["run"]["user"] == "bob"
        busy = server.post("/api/run", {"profile": "fast.yaml"})
        assert (busy.status, busy.json["problem"]) == (400, "bob.yaml is being calibrated; stop it first")
        again = start(server, gestures=["fist"])
        assert (again.status, again.json["problem"]) == (400, "bob.yaml is being calibrated; stop it first")
        pause = server.post("/api/halt", {"how": "pause"})
        assert (pause.status, pause.json["problem"]) == (400, "a calibration can be stopped, but not paused")
        server.post("/api/calibration/begin")
        phase(live, "recording")
        assert server.post("/api/halt", {"how": "kill"}).json["text"] == "the calibration is stopped"
        found = ended(live)["calibration"]
        assert found["phase"] == "stopped"
        assert "what was recorded is in" in found["failure"][0]
    assert not (folder / "bob.onnx").exists()
    nothing = server.post("/api/calibration/begin")
    assert (nothing.status, nothing.json["problem"]) == (400, "no calibration is running")


def test_one_that_failed_replaces_nothing_and_shows_what_was_confused(server, folder):
    with server.live() as live:
        done = calibrated(server, live, gestures=["fist", "open"])["calibration"]
        assert done["phase"] == "done", done
        model = (folder / "fast.onnx").read_bytes()
        (folder / "fast.yaml").write_text((folder / "fast.yaml").read_text().replace("demo.h5", "noise.npz"))
        noise(folder)
        failed = calibrated(server, live, gestures=["fist", "open"])["calibration"]
        assert failed["phase"] == "failed"
        assert "the calibration failed" in failed["failure"][0]
        assert failed["failure"][-1].startswith("fast.onnx stays as it was")
        assert len(failed["result"]["confusion"]) == 3
        assert {one["label"] for one in failed["warnings"]} == {"fist", "open"}
        assert all("no muscle worked at" in one["text"] for one in failed["warnings"])
    assert (folder / "fast.onnx").read_bytes() == model


def test_muscles_are_calibrated_and_what_the_profile_does_not_fit_is_said(server, folder):
    put_two_muscles(folder, "max")
    (folder / "two.yaml").write_text((folder / "two.yaml").read_text().replace("  open:", "  lift:"))
    with server.live() as live:
        new = {"profile": "three", "input": "replay:two.npz", "kind": "muscles", "gestures": ["close", "open", "lift"]}
        assert calibrated(server, live, **new)["calibration"]["failure"] == [
            "replay: has 2 channels for 3 muscles (close, open, lift); 2 at most can be chosen ('Which muscles?')"
        ]
        done = calibrated(server, live, profile="two.yaml", kind="muscles", gestures=["close", "open"])["calibration"]
    assert (done["phase"], done["script"]) == ("done", ["rest", "close", "open"])
    assert [(one["name"], one["electrode"]) for one in done["result"]["muscles"]] == [("close", 1), ("open", 2)]
    assert all(one["rest"] < one["active_from"] < one["strong"] for one in done["result"]["muscles"])
    [warning] = [one for one in done["result"]["advice"] if one.startswith("warning")]
    assert "lift" in warning
    choice = next(one for one in server.post("/api/calibration/choices").json["profiles"] if one["name"] == "two.yaml")
    assert (choice["kinds"], choice["gestures"]) == (["muscles"], ["close", "open"])


def kinds(server):
    return server.post("/api/calibration/choices").json["profiles"][0]["kinds"]


def test_a_full_calibration_without_torch_shows_the_population_s_model(folder, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_TORCH)
    with studio(folder, PYTHONPATH=os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])) as one:
        one.open()
        with one.live() as live:
            done = calibrated(one, live, kind="full", gestures=["fist", "open"], repetitions=2)["calibration"]
    assert done["phase"] == "done", done
    assert done["result"]["gestures"] == ["fist", "open"]
    assert len(done["result"]["confusion"]) == 3
    assert any("torch is not installed" in one for one in done["notes"])


@pytest.mark.slow
@pytest.mark.skipif(not FULL, reason="trains networks twice; only scripts/check --full")
def test_a_full_calibration_shows_its_learning_and_is_refreshed(server):
    assert kinds(server) == ["quick", "full"]
    with server.live() as live:
        done = calibrated(server, live, kind="full", gestures=["fist", "open"], repetitions=2)["calibration"]
        assert done["phase"] == "done", done
        assert done["progress"]["what"]
        result = done["result"]
        assert result["labels"] == ["rest", "fist", "open"]
        assert len(result["confusion"]) == 3
        assert kinds(server) == ["quick", "full", "refresh"]
        refreshed = calibrated(server, live, kind="refresh")["calibration"]
        assert refreshed["phase"] == "done", refreshed
        assert refreshed["result"]["gestures"] == ["fist", "open"]


def noise(folder):
    import numpy as np

    labels = np.arange(6000) // 1000 % 3
    samples = np.random.default_rng(0).normal(0, 3, (6000, 8)).astype(np.float32)
    np.savez(folder / "noise.npz", samples=samples, labels=labels, label_names=["rest", "fist", "open"], rate_hz=200.0)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"profile": "../bob", "input": "synthetic"}, "a profile's name has letters, digits"),
        ({"profile": "bob the builder", "input": "synthetic"}, "without spaces"),
        ({"profile": "bob", "input": "lsl"}, "input: give at least one of 'stream'"),
        ({"profile": ".bob", "input": "synthetic"}, "a profile's name has letters, digits"),
        ({"profile": "fast", "input": "synthetic"}, "fast.yaml exists already; choose another name"),
        ({"profile": "bob", "input": "telepathy"}, "telepathy"),
        ({"profile": "bob", "input": "replay:../elsewhere.h5"}, "is not in the studio's folder"),
        ({"profile": "nobody.yaml"}, "is not in the studio's folder"),
        ({"gestures": []}, "choose at least one gesture"),
        ({"gestures": "fist"}, "'gestures' is no list of at most 100 texts"),
        ({"kind": "magic"}, "'magic' is none of quick, full"),
        ({"kind": "muscles", "gestures": list("abcdefg")}, "choose one to 6 muscles"),
        ({"repetitions": 0}, "repetitions go from 1 to 20"),
        ({"arm": "third"}, "the arm is 'right' or 'left'"),
    ],
)
def test_what_can_not_be_calibrated_is_refused_in_words_before_anything_starts(served, given, problem):
    before = sorted(served.folder.iterdir())
    answer = start(served, **{"gestures": ["fist"]} | given)
    assert answer.status == 400
    assert problem in answer.json["problem"]
    assert sorted(served.folder.iterdir()) == before


def test_what_fails_in_the_calibration_is_said_on_the_page(server):
    with server.live() as live:
        gesture = calibrated(server, live, gestures=["juggling"])["calibration"]
        assert "has no segment labelled 'juggling'; its labels: rest, extension" in gesture["failure"][0]
        sync = calibrated(server, live, kind="sync")["calibration"]
        assert sync["failure"] == [
            "there is no quick calibration to update yet; begin with 'Quick start', or use 'Refresh' for the model of "
            "a full calibration"
        ]
        refresh = calibrated(server, live, kind="refresh")["calibration"]
        assert refresh["failure"] == ["there is no calibration to refresh yet; run it without 'Refresh'"]
        missing = calibrated(server, live, profile="carol", input="otb:light", gestures=["fist"])["calibration"]
        assert missing["phase"] == "failed"
        assert missing["failure"][0].startswith("light at ")


@pytest.mark.skipif(os.name == "nt", reason="a folder's permissions are of POSIX systems")
def test_a_folder_that_can_not_be_written_to_is_said(server, folder):
    if os.geteuid() == 0:
        (folder / "fast.calibration").write_text("a file where the folder is to be")
    else:
        folder.chmod(0o500)
    try:
        with server.live() as live:
            failed = calibrated(server, live, gestures=["fist"])["calibration"]
    finally:
        folder.chmod(0o700)
    assert failed["phase"] == "failed"
    assert "can't be" in failed["failure"][0]


def test_what_a_recorded_and_a_simulated_person_can_make_is_known(served):
    def can(**given):
        return served.post("/api/calibration/gestures", {"names": ["fist", "thumbs_up", "open"]} | given).json

    recorded = can(profile="fast.yaml")
    assert (recorded["only"], recorded["can"][:2]) == (True, ["fist", "open"])
    assert "pinch" in recorded["can"]
    assert can(profile="new", input="synthetic") == {"only": True, "can": ["fist", "open"], "channels": 8}
    assert can(profile="new", input="myo") == {"only": False, "can": ["fist", "thumbs_up", "open"], "channels": None}


def test_malformed_requests_are_refused(served):
    for path, body in (
        ("start", {}),
        ("start", {"profile": 7, "kind": "quick"}),
        ("again", {"number": True}),
        ("again", {"number": 1}),
        ("gestures", {"names": "fist"}),
    ):
        answer = served.post(f"/api/calibration/{path}", body)
        assert answer.status == 400, (path, body)
        assert json.loads(answer.text)["problem"]
