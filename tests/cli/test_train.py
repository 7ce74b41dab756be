"""`emgctl train` and `emgctl eval` as a user meets them."""

import csv
import json

import numpy as np
import pytest
from command_line import emgctl


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Three labelled text files, two gestures and rest, eight channels."""
    folder = tmp_path_factory.mktemp("data") / "session1"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for label, strong in ((0, []), (1, [0, 1]), (2, [4, 5])):
        samples = rng.normal(0, 3, (1200, 8))
        samples[:, strong] *= 10
        rows = np.column_stack((samples.round(), np.full(1200, label)))
        np.savetxt(folder / f"{label}.txt", rows, fmt="%d", delimiter=",")
    return folder


@pytest.fixture(scope="module")
def model(data):
    out = data.parent / "m.onnx"
    result = emgctl(
        "train", "classifier", data, "--out", out, "--model", "lda", "--rest", "0", "--json", out.with_suffix(".json")
    )
    assert result.returncode == 0, result.stderr
    return out


@pytest.mark.slow
def test_train_writes_model_report_and_result(model):
    result = json.loads(model.with_suffix(".json").read_text())
    assert result["accuracy"] > 0.95
    assert set(result) >= {"accuracy", "balanced_accuracy", "macro_f1", "recall", "confusion", "windows", "split",
                           "baselines"}  # fmt: skip
    assert result["split"] == "blocked:0.2"
    page = (model.parent / "m.report.html").read_text()
    assert "data:image/png;base64," in page
    assert (model.parent / "m.confusion.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_eval_on_the_same_split_gives_the_same_figures(model, data):
    trained = json.loads(model.with_suffix(".json").read_text())
    result = emgctl("eval", model, data, "--split", "blocked", "--json", "-")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["accuracy"] == trained["accuracy"]
    assert "warning" not in result.stderr


@pytest.mark.slow
def test_eval_writes_what_was_predicted_of_each_window(model, data, tmp_path):
    words = ("eval", model, data, "--split", "blocked", "--json", tmp_path / "r.json", "--predictions")
    assert emgctl(*words, tmp_path / "windows.csv").returncode == 0
    rows = list(csv.DictReader((tmp_path / "windows.csv").read_text().splitlines()))
    result = json.loads((tmp_path / "r.json").read_text())
    assert len(rows) == result["windows"]
    right = sum(row["label"] == row["predicted"] for row in rows)
    assert right / len(rows) == pytest.approx(result["accuracy"])
    assert float(rows[0]["end_s"]) - float(rows[0]["begin_s"]) == pytest.approx(0.2)
    assert sum(float(rows[0][f"p {label}"]) for label in "012") == pytest.approx(1, abs=0.001)
    assert "its folder does not exist" in emgctl(*words, tmp_path / "not" / "windows.csv").stderr


@pytest.mark.slow
def test_eval_on_what_was_learned_is_reported(model, data):
    result = emgctl("eval", model, data)
    assert result.returncode == 0
    assert "these figures count windows it has learned" in result.stderr


@pytest.mark.slow
def test_eval_of_a_continuous_recording(model, data, tmp_path):
    parts = [np.loadtxt(data / f"{label}.txt", delimiter=",")[:600] for label in (0, 1, 0, 2, 0)]
    np.savetxt(tmp_path / "session.txt", np.concatenate(parts), fmt="%d", delimiter=",")
    page = tmp_path / "felt.html"
    result = emgctl("eval", model, tmp_path, "--continuous", "--report", page, "--json", tmp_path / "felt.json")
    assert result.returncode == 0, result.stderr
    told = json.loads((tmp_path / "felt.json").read_text())["continuous"]
    assert told["raw"]["balanced_accuracy"]["guarded"] > 0.95
    assert told["raw"]["onsets"] == 2
    assert 0 < told["raw"]["cue_delay_ms"]["median"] < 300
    assert [point["enter"] for point in told["rejection"]][:2] == [0.0, 0.05]
    assert "from the muscle's own onset" in result.stdout
    assert page.read_text().count("data:image/png;base64,") == 6
    result = emgctl("eval", model, tmp_path, "--continuous", "--exclude", "*.txt")
    assert (result.returncode, "leaves no recording" in result.stderr) == (2, True)


@pytest.mark.slow
def test_the_same_command_gives_the_same_bytes(data, model):
    again = data.parent / "again.onnx"
    assert (
        emgctl(
            "train", "classifier", data, "--out", again, "--model", "lda", "--rest", "0", "--set", "report=no"
        ).returncode
        == 0
    )
    assert again.read_bytes() == model.read_bytes()
    assert not (data.parent / "again.report.html").exists()


@pytest.mark.slow
def test_folds_and_a_random_split_that_states_it_leaks(data):
    out = data.parent / "folds.onnx"
    result = emgctl(
        "train", "classifier", data, "--out", out, "--model", "lda", "--split", "kfold:3", "--set", "report=no"
    )
    assert result.returncode == 0, result.stderr
    result = emgctl(
        "train", "classifier", data, "--out", out, "--model", "lda", "--split", "random", "--set", "report=no"
    )
    assert "LEAKS" in result.stderr


@pytest.mark.slow
def test_the_published_recipe(data):
    out = data.parent / "mlp.onnx"
    result = emgctl(
        "train", "classifier", data, "--out", out, "--recipe", "emg4-mlp", "--set", "report=no", "--json", "-"
    )
    told = json.loads(result.stdout)
    assert (told["window_ms"], told["split"], told["leaks"]) == (40.0, "random:0.1", True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["train", "classifier", "nobody.csv", "--out", "{out}"], 1, "nobody.csv: does not exist"),
        (["train", "classifier", "{data}", "--out", "/no/folder/m.onnx"], 1, "its folder does not exist"),
        (["train", "classifier", "{data}", "--out", "{out}", "--split", "blokced"], 2, "did you mean 'blocked"),
        (["train", "classifer", "{data}", "--out", "{out}"], 2, "mean 'classifier'"),
        (["train", "classifier", "{data}", "--out", "{out}", "--recipe", "emg4"], 2, "did you mean 'emg4-mlp'"),
        (["train", "classifier", "{data}", "--out", "{out}", "--rest", "reste"], 2, "no label 'reste'"),
        (["train", "classifier", "{data}", "--out", "{out}", "--window-ms", "60000"], 2, "60000"),
        (["train", "classifier", "{data}/0.txt", "--out", "{out}"], 2, "at least two"),
        (["eval", "nobody.onnx", "{data}"], 1, "nobody.onnx: can't be read"),
        (["eval", "{model}", "{wide}"], 1, "was trained on 8 channels at 200 Hz in count"),
    ],
)
def test_a_mistake_ends_in_one_clear_sentence(data, model, tmp_path, arguments, status, message):
    wide, out = tmp_path / "wide.npz", tmp_path / "m.onnx"
    np.savez(wide, samples=np.ones((500, 64)), labels=np.zeros(500, int))
    filled = [text.format(data=data, model=model, out=out, wide=wide) for text in arguments]
    result = emgctl(*filled)
    assert message in result.stderr, result.stderr
    assert result.returncode == status
    assert "Traceback" not in result.stderr
    assert not out.exists()


@pytest.mark.slow
def test_real_gestures_are_told_apart(data_dir, tmp_path):
    """One whole honest number on real data, in the time CI has."""
    folder = data_dir("libemg_one_subject_myo")
    out = tmp_path / "m.onnx"
    flags = ["--split", "session:trial_5", "--model", "lda", "--rest", "No_Motion", "--set", "report=no", "--json", "-"]
    result = emgctl("train", "classifier", folder, "--out", out, *flags)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["accuracy"] >= 0.995
