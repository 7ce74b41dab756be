"""The form of ``emgctl train`` before each kind of decoder had a command: it works, and the new form is printed."""

import json
import shlex

import numpy as np
import onnx
import pytest
from command_line import emgctl
from grasping import person
from posing import SLOW, moving

from emgctl.cli.train_old_form import in_new_form
from emgctl.inference.model import Model
from emgctl.recording.convert import write_recording

NEW = "emgctl: from the next version on, write: emgctl train "


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a.h5 b.h5 --out m.onnx", "classifier a.h5 b.h5 --out m.onnx"),
        ("-o m.onnx a.h5", "classifier -o m.onnx a.h5"),
        ("emg4:cards -om.onnx --recipe emg4-mlp", "classifier emg4:cards -om.onnx --recipe emg4-mlp"),
        ("a.h5 --decoder=grid --wraps --out m.onnx", "grid a.h5 --grid-wraps-around --out m.onnx"),
        ("--decoder pose a.mat --turns 1 --tracking", "pose a.mat --augment-rotation 1 --tracking"),
        ("a.h5 --model mixture --guard=0.5", "classifier a.h5 --model ensemble-simple --reaction-guard 0.5"),
        ("a.h5 --without 6 --without 7", "classifier a.h5 --exclude-label 6 --exclude-label 7"),
        (
            "a.h5 --exclude 0.txt --seed 3 --no-report",
            "classifier a.h5 --set exclude=0.txt --set seed=3 --set report=no",
        ),
        ("a.h5 --model auto --budget 9", "classifier a.h5 --model auto --set budget=9"),
        ("a.h5 --features ar --final all", "classifier a.h5 --set features=ar --set final=all"),
        ("a.h5 --finetune m.onnx --json -", "classifier a.h5 --start m.onnx --json -"),
        ("ninapro:DB5 -o p --recipe contrastive-prosthetics", "contrastive-prosthetics ninapro:DB5 -o p"),
        ("a.h5 -- --wraps", "classifier a.h5 -- --wraps"),
        ("a.h5 --out", "classifier a.h5 --out"),
    ],
)
def test_it_is_the_same_in_the_new_form(old, new):
    assert shlex.join(in_new_form(old.split()).words()) == new


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("old")
    rng, labels = np.random.default_rng(0), np.repeat(np.arange(20) % 3, 100)
    samples = rng.normal(0, 2, (2000, 4)) * (1 + 3 * labels[:, None])
    np.savez(folder / "d.npz", samples=samples, labels=labels, label_names=["rest", "fist", "open"], rate_hz=200.0)
    write_recording(folder / "hand.h5", moving(SLOW, 40))
    write_recording(folder / "grid.h5", person(repetitions=3, grid=(2, 4)))
    return folder


def trained(folder, *words):
    """What a command writes as JSON, and the lines on stderr; stdout stays JSON."""
    done = emgctl("train", *words, "--out", "m.onnx", "--json", "-", cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


@pytest.mark.slow
def test_a_path_as_the_first_word_trains_a_classifier(folder):
    old, shown = trained(folder, "d.npz", "--model", "lda", "--without", "open", "--guard", "0.1", "--no-report")
    words = ("--model", "lda", "--exclude-label", "open", "--reaction-guard", "0.1", "--set", "report=no")
    new, silent = trained(folder, "classifier", "d.npz", *words)
    assert (old, new["labels"], new["guard_s"]) == (new, ["rest", "fist"], 0.1)
    written = (
        f"{NEW}classifier d.npz --model lda --exclude-label open --reaction-guard 0.1 --set report=no --out m.onnx"
    )
    assert [line for line in shown.splitlines() if line.startswith(NEW)] == [f"{written} --json -"]
    assert "emgctl:" not in silent


@pytest.mark.parametrize(
    ("old", "new", "refused"),
    [
        (
            "--decoder pose --model lda --without open --turns 1 --features ar --seed 3",
            "pose hand.h5 -om.onnx --augment-rotation 1 --set seed=3",
            "--model does not go with train pose; it is for classifier or grid",
        ),
        (
            "--recipe contrastive-prosthetics --split blocked --seed 3",
            "contrastive-prosthetics hand.h5 -om.onnx --set seed=3",
            "No such option '--split'",
        ),
    ],
)
def test_the_new_form_has_only_options_of_its_kind(folder, old, new, refused):
    done = emgctl("train", "hand.h5", "-om.onnx", *old.split(), cwd=folder)
    assert f"{NEW}{new}" in done.stderr.splitlines()
    assert (done.returncode, refused in done.stderr) == (2, True)


@pytest.mark.slow
def test_a_pose_decoder(folder):
    words = ("--steps", "5", "--turns", "1", "--split", "repetition:3", "--no-report")
    result, shown = trained(folder, "hand.h5", "--decoder", "pose", *words)
    assert (result["decoder"], shown.count(NEW)) == ("pose", 1)


@pytest.mark.slow
def test_a_grid_that_goes_around_the_arm(folder):
    result, _ = trained(folder, "grid.h5", "--decoder", "grid", "--wraps", "--model", "lda", "--no-report")
    assert (result["decoder"], Model.load(folder / "m.onnx", kind="grid").card.wraps) == ("grid", True)


@pytest.mark.slow
def test_old_names_of_models_are_announced_and_work(folder):
    result, shown = trained(folder, "classifier", "d.npz", "--model", "pair", "--set", "report=no")
    assert (result["model"], shown.count("--model pair is now --model lda-mlp")) == ("lda-mlp", 1)


@pytest.mark.slow
def test_a_model_of_an_earlier_version_is_evaluated_and_trained_on(folder):
    trained(folder, "classifier", "d.npz", "--model", "lda-mlp", "--set", "report=no")
    model = onnx.load(folder / "m.onnx")
    for entry in model.metadata_props:
        entry.value = entry.value.replace('"model":"lda-mlp"', '"model":"pair"')
    assert '"model":"pair"' in str([entry.value for entry in model.metadata_props])
    onnx.save(model, folder / "old.onnx")
    new, old = (emgctl("eval", one, "d.npz", "--split", "blocked", cwd=folder) for one in ("m.onnx", "old.onnx"))
    assert (old.returncode, old.stdout) == (0, new.stdout)
    words = ("--start", "old.onnx", "--model", "lda-mlp", "--set", "report=no")
    assert trained(folder, "classifier", "d.npz", *words)[0]["start"] == "old.onnx"


@pytest.mark.slow
def test_an_evaluation_in_the_old_form(folder):
    trained(folder, "classifier", "d.npz", "--model", "lda", "--set", "report=no")
    done = emgctl("eval", "m.onnx", "d.npz", "--guard", "0.2", "--without", "open", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "--guard is now --reaction-guard" in done.stderr
    assert "--without is now --exclude-label" in done.stderr


def test_a_word_that_is_neither_a_kind_nor_data_is_named(folder):
    done = emgctl("train", "session1", "--out", "m.onnx", cwd=folder)
    assert done.returncode == 2
    assert "'session1' is no file or folder, and no decoder that can be trained; known: classifier" in done.stderr
    (folder / "pose").mkdir()
    done = emgctl("train", "pose", "--out", "m.onnx", cwd=folder)
    assert "Missing argument '[KIND:]DATA...'" in done.stderr
