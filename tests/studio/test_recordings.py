"""The recordings' requests, as a page sends them."""

from __future__ import annotations

import base64
import sys

import numpy as np
import pytest
from demo_folder import put_demo
from patience import patient, until

from emgctl.recording.convert import write_recording
from emgctl.recording.datasets import read_dataset
from emgctl.studio.columns import overview
from emgctl.studio.recording_files import MOST_MEGABYTES, all_segments, cut, not_written, relabelled, used_labels
from emgctl.types import Recording, Signal

pytestmark = pytest.mark.process
STRANGE = "<script>fetch('/api/stop', {method: 'POST'})</script><p style='color: red'>A report</p>"


def recording(seconds=10, labels=("rest", "fist"), channels=2, rate_hz=100.0):
    """One with a sine, half of it with the first label and half with the second."""
    count = round(seconds * rate_hz)
    samples = np.sin(np.arange(count)[:, None] / 10 + np.arange(channels)).astype(np.float32)
    numbers = np.repeat(np.arange(2, dtype=np.int16), count // 2)
    return Recording("short", Signal(channels, rate_hz), samples, "short", numbers, labels)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = put_demo(tmp_path_factory.mktemp("studio") / "mine")
    write_recording(made / "short.h5", recording())
    write_recording(made / "named.h5", recording(labels=("rest", "wave")))
    content = (made / "short.h5").read_bytes()
    (made / "damaged.h5").write_bytes(content[: len(content) // 2])
    (made / "nothing.csv").write_text("")
    (made / "strange.html").write_text(STRANGE)
    (made / "unready.yaml").write_text(
        "emgctl: 1\nuser: x\ninput: {kind: synthetic}\ndecoder: {kind: classifier, model: later.onnx}\n"
        "outputs: [{kind: console}]\n"
    )
    (made / "gone.h5").symlink_to("nowhere.h5")
    (made.parent / "outside.h5").write_bytes(content)
    (made.parent / "outside.html").write_text("outside")
    return made


def problem(answer):
    assert answer.status == 400, answer
    return answer.json["problem"]


def test_the_folder_s_recordings_and_reports_are_listed(served):
    found = served.post("/api/recordings").json
    assert {one["name"] for one in found["recordings"]} == {
        "demo.h5", "short.h5", "named.h5", "damaged.h5", "nothing.csv"
    }  # fmt: skip
    assert [one["name"] for one in found["reports"]] == ["strange.html"]
    assert found["profiles"] == ["demo.yaml"]


def test_what_a_recording_holds(served):
    about = served.post("/api/recordings/about", {"recording": "short.h5"}).json
    assert about == {"parts": 1, "seconds": 10.0, "channels": 2, "rate_hz": 100.0, "labels": ["rest", "fist"]}
    opened = served.post("/api/recordings/open", {"recording": "short.h5"}).json
    assert [(one["label"], one["begin_s"], one["end_s"]) for one in opened["segments"]] == [
        ("rest", 0.0, 5.0), ("fist", 5.0, 10.0)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("damaged.h5", "damaged.h5: is damaged or truncated and can't be read"),
        ("nothing.csv", "nothing.csv: "),
        ("../outside.h5", "../outside.h5: is not in the studio's folder"),
        ("/etc/passwd", "/etc/passwd: is not in the studio's folder"),
        ("missing.h5", "missing.h5: is not in the studio's folder"),
        ("demo.onnx", "demo.onnx: is of no known format"),
        (3, "the request has no 'recording'"),
    ],
)
def test_what_is_no_recording_is_refused_in_a_sentence(served, folder, name, says):
    for path in ("about", "open"):
        reason = problem(served.post(f"/api/recordings/{path}", {"recording": name}))
        assert reason.startswith(says)
        assert str(folder) not in reason.replace(f"it shows what lies in {folder}", "")


def test_a_recording_that_is_too_large_for_a_page_is_refused(served, folder):
    path = folder / "large.h5"
    with path.open("wb") as file:
        file.truncate((MOST_MEGABYTES + 1) * 1_000_000)  # takes no room on the disk
    reason = problem(served.post("/api/recordings/about", {"recording": "large.h5"}))
    path.unlink()
    assert "large.h5: has 257 MB" in reason
    assert "emgctl data plot" in reason


def test_the_signal_comes_in_columns_of_bounded_number(served):
    asked = {"recording": "demo.h5", "begin_s": 0, "end_s": 1e6}
    found = served.post("/api/recordings/columns", asked).json
    (whole,) = read_dataset(str(served.folder / "demo.h5"))
    assert found["columns"] <= 1200
    assert found["end_s"] == pytest.approx(whole.duration_s)
    values = np.frombuffer(base64.b64decode(found["values"]), "<f4").reshape(found["columns"], found["channels"], 2)
    np.testing.assert_array_equal(values[..., 0].min(0), whole.samples.min(0))
    np.testing.assert_array_equal(values[..., 1].max(0), whole.samples.max(0))


@pytest.mark.parametrize(
    "asked",
    [
        {"begin_s": 3, "end_s": 3},
        {"begin_s": 20, "end_s": 30},
        {"begin_s": "0", "end_s": 1},
        {"begin_s": True, "end_s": 1},
        {"begin_s": 0},
        {"begin_s": 0, "end_s": 1e300},
        {"begin_s": 0, "end_s": 1, "part": 1},
        {"begin_s": 0, "end_s": 1, "part": -1},
        {"begin_s": 0, "end_s": 1, "part": "0"},
    ],
)
def test_columns_that_there_are_not(served, asked):
    assert problem(served.post("/api/recordings/columns", {"recording": "short.h5"} | asked))


def test_a_copy_has_other_labels_and_is_cut_and_the_recording_stays(served, folder):
    before = (folder / "short.h5").read_bytes()
    asked = {"recording": "short.h5", "as": "copy", "labels": {"1": "open"}, "begin_s": 4, "end_s": 7}
    assert served.post("/api/recordings/write", asked).json == {"recording": "copy.h5"}
    (copy,) = read_dataset(str(folder / "copy.h5"))
    assert [(one.first, one.end, one.label) for one in all_segments(copy)] == [(0, 100, "rest"), (100, 300, "open")]
    np.testing.assert_array_equal(copy.samples, recording().samples[400:700])
    assert (folder / "short.h5").read_bytes() == before
    assert "copy.h5: exists already" in problem(served.post("/api/recordings/write", asked))
    (folder / "copy.h5").unlink()


@pytest.mark.parametrize("ending", ["edf", "mat"])
def test_a_recording_is_exported_in_a_format_of_others(served, folder, ending):
    asked = {"recording": "short.h5", "as": f"out.{ending}", "to": ending}
    assert served.post("/api/recordings/write", asked).json == {"recording": f"out.{ending}"}
    (copy,) = read_dataset(str(folder / f"out.{ending}"))
    assert used_labels(copy) == used_labels(recording())
    np.testing.assert_allclose(copy.samples, recording().samples, atol=0.01)
    (folder / f"out.{ending}").unlink()
    assert "'exe' is not a format" in problem(served.post("/api/recordings/write", asked | {"to": "exe"}))


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"as": "demo"}, "demo.h5: exists already; choose another name"),
        ({"as": "short.h5"}, "short.h5: exists already"),
        ({"as": "../outside2"}, "can't be a recording's name"),
        ({"as": ".hidden"}, "can't be a recording's name"),
        ({"as": ""}, "the request has no 'as'"),
        ({"as": "new", "labels": {"9": "open"}}, "there is no segment 10; the recording has 2"),
        ({"as": "new", "labels": {"0": "a\nb"}}, "is not printed"),
        ({"as": "new", "labels": {"x": "open"}}, "'labels' is no object"),
        ({"as": "new", "labels": []}, "'labels' is no object"),
        ({"as": "new", "begin_s": 5, "end_s": 5}, "the recording has no samples"),
        ({"as": "new", "labels": {"0": "x" * 2000}}, "characters, and a model keeps"),
    ],
)
def test_a_copy_that_can_not_be_written(served, folder, asked, says):
    before = sorted(folder.iterdir())
    assert says in problem(served.post("/api/recordings/write", {"recording": "short.h5"} | asked))
    assert sorted(folder.iterdir()) == before


@pytest.mark.skipif(sys.platform != "linux", reason="limits another process's files")
def test_a_disk_that_is_full_leaves_no_half_a_copy(served, folder):
    import resource

    before, most = sorted(folder.iterdir()), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (100_000, most[1]))
    try:
        reason = problem(served.post("/api/recordings/write", {"recording": "demo.h5", "as": "full"}))
    finally:
        resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, most)
    assert reason.startswith("full.h5: ")
    assert "check the disk and its free space" in reason
    assert sorted(folder.iterdir()) == before


def test_a_model_is_evaluated_in_a_process_of_its_own(served):
    state = evaluated(served, "demo.h5", "demo.yaml")
    assert state["phase"] == "done", state
    assert state["result"]["balanced_accuracy"] > 0.8
    assert len(state["result"]["confusion"]) == len(state["result"]["labels"])


@pytest.mark.parametrize(
    ("recording_name", "profile", "says"),
    [
        ("demo.h5", "unready.yaml", "later.onnx"),
        ("damaged.h5", "demo.yaml", "damaged.h5: is damaged or truncated"),
        ("short.h5", "demo.yaml", "demo.onnx: was trained on"),
    ],
)
def test_an_evaluation_that_can_not_be_says_why(served, folder, recording_name, profile, says):
    state = evaluated(served, recording_name, profile)
    assert (state["phase"], says in state["problem"]) == ("failed", True), state
    assert str(folder) not in state["problem"]


def test_an_evaluation_of_what_lies_elsewhere_is_refused(served):
    for asked in ({"recording": "../outside.h5", "profile": "demo.yaml"}, {"recording": "demo.h5", "profile": "/x"}):
        assert "is not in the studio's folder" in problem(served.post("/api/recordings/evaluate", asked))


def test_only_one_evaluation_is_in_progress_and_it_can_be_stopped(served):
    asked = {"recording": "demo.h5", "profile": "demo.yaml"}
    assert served.post("/api/recordings/evaluate", asked).json == {}
    assert "stop it first" in problem(served.post("/api/recordings/evaluate", asked))
    assert served.post("/api/recordings/evaluate/stop").json == {}
    assert served.post("/api/recordings/evaluation").json["phase"] == "none"


def test_a_report_has_neither_scripts_nor_the_studio_s_rights(served):
    answer = served.get("/report?name=strange.html")
    assert (answer.status, answer.text) == (200, STRANGE)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'; ")
    assert "script" not in policy
    assert "allow" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["../outside.html", "demo.yaml", "demo.h5", "", "missing.html", "%2e%2e/outside.html"])
def test_what_is_no_report_of_the_folder_is_not_served(served, name):
    assert served.get(f"/report?name={name}").status == 404
    assert served.request("GET", f"/report?name={name}").status == 401


def evaluated(served, recording_name, profile):
    """The state after an evaluation."""
    assert served.post("/api/recordings/evaluate", {"recording": recording_name, "profile": profile}).json == {}
    states = []

    def is_over():
        states.append(served.post("/api/recordings/evaluation").json)
        return states[-1]["phase"] != "working"

    until(is_over, patient(60))
    return states[-1]


def test_lost_samples_are_no_column():
    samples = np.ones((6, 1), np.float32)
    samples[2:4] = np.nan
    assert np.isnan(overview(samples, 3)[:, 0, 0]).tolist() == [False, True, False]
    assert overview(samples[:0], 3).shape == (0, 1, 2)


def test_a_segment_without_a_label_gets_one_and_one_with_a_label_loses_it():
    plain = Recording("x", Signal(1, 100.0), np.zeros((10, 1), np.float32), "x")
    labelled = relabelled(plain, {0: "fist"})
    assert [one.label for one in all_segments(labelled)] == ["fist"]
    assert [one.label for one in all_segments(relabelled(labelled, {0: ""}))] == [""]


def test_what_a_copy_does_not_keep_is_named():
    forced = cut(recording(), 0, 5)
    assert not_written(forced) == []
    assert not_written(Recording(**{**fields(forced), "force_n": np.zeros(500, np.float32)})) == ["force"]


def fields(one):
    return {name: getattr(one, name) for name in Recording.__dataclass_fields__}


def test_names_are_paths_of_the_folder(served, folder):
    inner = folder / "day" / "one.h5"
    inner.parent.mkdir()
    write_recording(inner, recording())
    asked = {"recording": "day/one.h5", "as": "two"}
    assert served.post("/api/recordings/write", asked).json == {"recording": "day/two.h5"}
    assert (folder / "day" / "two.h5").exists()
