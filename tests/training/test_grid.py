"""The grid decoder from recordings to a run: training, a move that is found without labels, bad electrodes."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
import yaml
from command_line import emgctl
from full_form import FULL

from emgctl.errors import ModelError
from emgctl.inference.model import Model
from emgctl.recording.convert import convert
from emgctl.recording.datasets import read_dataset
from emgctl.training.evaluation.grid_shift import candidates, find_move
from emgctl.training.report.grid_plots import badness
from emgctl.types import Recording, Signal

pytestmark = pytest.mark.slow

GRID, RATE_HZ = (12, 4), 500.0
GESTURES = ("rest", "fist", "open", "point", "flexion")


def worn(rows=0, columns=0, seed=0, session="one"):
    """A person with a grid around the arm: each gesture has its muscles, at angles; three repetitions of each."""
    rng = np.random.default_rng(seed)
    place = np.stack(np.divmod(np.arange(48), 4), axis=1).astype(float)
    parts, labels, repetitions = [], [], []
    for repetition in (1, 2, 3):
        for label, centers in enumerate(([], [1.5], [4.5], [9.0, 3.0], [6.5])):
            x = rng.normal(0, 3, (1000, 48))
            for center in centers:
                along = np.abs((place[:, 0] - center - rows + 6) % 12 - 6)
                across = place[:, 1] - 1.5 - columns
                x += rng.normal(0, 60, (1000, 1)) * np.exp(-(along**2 + across**2 / 8) / 3)
            parts.append(x)
            labels += [label] * 1000
            repetitions += [repetition] * 1000
    samples = np.concatenate(parts).astype(np.float32)
    signal = Signal(48, RATE_HZ, "uV", GRID)
    return Recording(
        session,
        signal,
        samples,
        session,
        np.array(labels, np.int16),
        GESTURES,
        np.array(repetitions, np.int16),
        session,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("grid")
    convert([worn()], path / "one.h5", lambda _done, _all: None)
    convert([worn(5, 0, 1, "two")], path / "two.h5", lambda _done, _all: None)
    done = emgctl("train", "grid", "one.h5", "--out", "m.onnx", "--grid-wraps-around", "--split", "repetition:3",
                  "--set", "report=no", "--json", "r.json", cwd=path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return path


def test_it_learns_and_keeps_how_the_electrodes_lie(folder):
    result = json.loads((folder / "r.json").read_text())
    assert result["decoder"] == "grid"
    assert result["balanced_accuracy"] > 0.97
    card = Model.load(folder / "m.onnx", kind="grid").card
    assert (card.signal.grid, card.wraps, card.preprocessing.electrodes, card.preprocessing.car) == (
        GRID,
        True,
        True,
        True,
    )


def test_a_move_is_found_without_labels(folder):
    before = emgctl("eval", "m.onnx", "two.h5", "--json", "before.json", cwd=folder)
    assert before.returncode == 0, before.stderr
    after = emgctl("eval", "m.onnx", "two.h5", "--grid-shift", "find", "--json", "after.json", cwd=folder)
    (move,) = re.findall(r"move: \[([456], -?[0-2])\]", after.stdout)  # across, the muscles look alike
    assert json.loads((folder / "before.json").read_text())["balanced_accuracy"] < 0.7
    assert json.loads((folder / "after.json").read_text())["balanced_accuracy"] > 0.97
    predicted = emgctl("eval", "m.onnx", "two.h5", "--grid-shift", move.replace(" ", ""), cwd=folder)
    assert predicted.stdout.splitlines()[1:] == after.stdout.splitlines()[1:]
    assert emgctl("eval", "m.onnx", "two.h5", "--grid-shift", "far", cwd=folder).returncode == 2


def test_a_run_undoes_the_move_and_reports_a_bad_electrode(folder):
    two = worn(5, 0, 1, "two")
    samples = two.samples.copy()
    samples[1000:, 13] = 0
    convert([replace(two, samples=samples)], folder / "dead.h5", lambda _done, _all: None)
    profile = {
        "emgctl": 1,
        "input": {"kind": "replay", "path": "dead.h5", "speed": "max"},
        "decoder": {"kind": "grid", "model": "m.onnx", "move": [5, 0]},
        "outputs": [{"kind": "log", "path": "log.jsonl"}],
    }
    (folder / "p.yaml").write_text(yaml.safe_dump(profile))
    done = emgctl("run", "-p", "p.yaml", "--stats", "s.json", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "electrode 14 (row 4, column 2) is flat: interpolated from nearby electrodes" in done.stderr
    log = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    truth = np.array(GESTURES)[two.labels]
    decided = [(truth[round(one["time_s"] * RATE_HZ) - 1], one["gesture"]) for one in log if one.get("gesture")]
    assert np.mean([a == b for a, b in decided]) > 0.85  # the post-processing's delay is in it
    assert json.loads((folder / "s.json").read_text())["device"]["bad_electrodes"]


def test_another_grid_and_no_grid_are_said(folder):
    other = replace(worn(), signal=replace(worn().signal, grid=(6, 8)))
    convert([other], folder / "other.h5", lambda _done, _all: None)
    profile = {
        "emgctl": 1,
        "input": {"kind": "replay", "path": "other.h5"},
        "decoder": {"kind": "grid", "model": "m.onnx"},
        "outputs": [{"kind": "console"}],
    }
    (folder / "q.yaml").write_text(yaml.safe_dump(profile))
    done = emgctl("run", "-p", "q.yaml", cwd=folder)
    assert done.returncode == 1
    assert "the model expects 48 channels (12 x 4)" in done.stderr
    assert "the input provides 48 channels (6 x 8)" in done.stderr
    plain = replace(worn(), signal=replace(worn().signal, grid=None))
    convert([plain], folder / "plain.h5", lambda _done, _all: None)
    done = emgctl("train", "plain.h5", "--out", "n.onnx", "--decoder", "grid", cwd=folder)
    assert done.returncode == 2
    assert "needs to know how the electrodes lie" in done.stderr
    done = emgctl("train", "plain.h5", "--out", "n.onnx", "--model", "lda", "--features", "log_rms", "--no-report",
                  cwd=folder)  # fmt: skip
    assert done.returncode == 0, done.stderr
    with pytest.raises(ModelError, match="was not trained on a grid"):
        find_move(Model.load(folder / "n.onnx"), [plain])


def test_moves_are_searched_all_around_where_rows_wrap():
    assert candidates((12, 4), True)[0] == (0, 0)
    assert {row for row, _ in candidates((12, 4), True)} == set(range(12))
    assert {row for row, _ in candidates((8, 24), False)} == set(range(-4, 5))


@pytest.mark.skipif(not FULL, reason="trains on a session of a real array; only scripts/check --full")
def test_the_real_array_placed_anew(data_dir, tmp_path):
    data = data_dir("flexemg_64ch")
    trained = emgctl(
        "train", "grid", f"flexemg:{data}/001-Session1Train", "--split", "repetition:8,9,10", "--grid-wraps-around",
        "--out", "m.onnx", "--set", "report=no", "--json", "r.json", cwd=tmp_path,
    )  # fmt: skip
    assert trained.returncode == 0, trained.stderr
    assert json.loads((tmp_path / "r.json").read_text())["balanced_accuracy"] > 0.995
    anew = f"flexemg:{data}/001-Session3Test"
    done = emgctl("eval", "m.onnx", anew, "--grid-shift", "find", "--json", "e.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "e.json").read_text())["balanced_accuracy"] > 0.97
    assert read_dataset(anew)[0].signal.grid == (16, 4)


def test_the_report_has_pictures_of_the_grid(folder):
    two = worn(seed=3)
    samples = two.samples.copy()
    samples[:, 30] = 0
    convert([replace(two, samples=samples)], folder / "bad.h5", lambda _done, _all: None)
    done = emgctl("train", "bad.h5", "--out", "b.onnx", "--decoder", "grid", "--split", "repetition:3", cwd=folder)
    assert done.returncode == 0, done.stderr
    page = (folder / "b.report.html").read_text()
    assert "<h2>Strength of each gesture</h2>" in page
    assert "<h2>Bad electrodes</h2>" in page
    share = badness(read_dataset(str(folder / "bad.h5")), Model.load(folder / "b.onnx").card.preprocessing)
    assert share[30] > 0.95
    assert np.delete(share, 30).max() < 0.3


def test_a_grid_can_be_calibrated_and_refreshed():
    from emgctl.calibration.fit import fit_calibration

    first = fit_calibration([worn()], "rest", 3, lambda *_: None, decoder="grid", wraps=True)
    assert (first.card.kind, first.card.wraps, first.card.preprocessing.car) == ("grid", True, True)
    assert first.result["balanced_accuracy"] > 0.95
    now = worn(1, 0, 7, "now")
    once = now.repetitions == 1
    short = replace(now, samples=now.samples[once], labels=now.labels[once], repetitions=now.repetitions[once])
    second = fit_calibration([worn(), short], "rest", 1, lambda *_: None, decoder="grid", wraps=True, refresh=True)
    later = worn(1, 0, 8, "later")
    windows = second.windows
    assert second.card.labels == windows.label_names
    from emgctl.dsp.preprocessing import preprocess
    from emgctl.recording.windows import cut

    tested = cut([preprocess(later, second.card.preprocessing)], windows.length, windows.hop)
    predicted = second.fitted.predict(tested, np.arange(len(tested))).values.argmax(axis=1)
    assert np.mean(predicted == tested.labels) > 0.97
