"""``emgctl train pose`` and ``emgctl eval`` of its model, from a recording with poses to the pages."""

import json

import pytest
from command_line import emgctl
from posing import SLOW, moving

from emgctl.recording.convert import write_recording

pytestmark = pytest.mark.slow
TRAIN = ("train", "pose", "--steps", "20", "--split", "repetition:3")


def printed(*words, status=0):
    """What a command prints; of a refusal, what it reports as wrong."""
    done = emgctl(*words)
    assert done.returncode == status, done
    return done.stderr if status else done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pose")
    write_recording(folder / "day.h5", moving(SLOW, 40))
    return folder


@pytest.fixture(scope="module")
def trained(folder):
    return printed(*TRAIN, folder / "day.h5", "--out", folder / "hand.onnx", "--json", folder / "train.json")


def test_training_shows_the_error_beside_the_mean_pose_and_writes_a_page(folder, trained):
    assert "mean pose as baseline" in trained
    assert (folder / "hand.onnx").is_file()
    page = (folder / "hand.report.html").read_text()
    assert "<svg" in page or "data:image/png" in page
    assert json.loads((folder / "train.json").read_text())["split"] == "repetition:3"


def test_evaluation_repeats_what_training_measured(folder, trained):
    words = ("eval", folder / "hand.onnx", folder / "day.h5", "--split", "repetition:3")
    shown = printed(*words, "--json", folder / "eval.json", "--report", folder / "eval.html")
    measured, again = (json.loads((folder / name).read_text()) for name in ("train.json", "eval.json"))
    assert again["mae_rad"] == pytest.approx(measured["mae_rad"], abs=1e-5)
    assert "R2" in shown
    assert (folder / "eval.html").stat().st_size > 10_000


def test_what_does_not_go_with_a_pose_model_is_refused(folder, trained):
    wrong = printed("eval", folder / "hand.onnx", folder / "day.h5", "--continuous", status=2)
    assert "not for pose models" in wrong
    wrong = printed(*TRAIN, folder / "day.h5", "--out", folder / "x.onnx", "--recipe", "vemg", status=2)
    assert "unknown value 'vemg'; did you mean 'vemg2pose'" in wrong
    assert not (folder / "x.onnx").exists()
