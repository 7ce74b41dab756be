"""Options that do not go together are refused with a sentence before anything is read."""

import numpy as np
import pytest
from command_line import emgctl


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("contrastive --recipe emg4-mlp", "--recipe does not go with train contrastive; it is for classifier or grid"),
        ("contrastive --model lda", "--model does not go with train contrastive"),
        ("contrastive --set budget=5", "unknown key"),
        ("contrastive --start m.onnx", "--start does not go with train contrastive"),
        ("contrastive --grid-wraps-around", "does not go with train contrastive; it is for grid"),
        ("classifier --wraps", "--wraps does not go with train classifier; it is for grid"),
        ("pose --grid-wraps-around", "does not go with train pose"),
        ("pose --recipe emg4-mlp", "unknown value 'emg4-mlp'"),
        ("pose --reaction-guard 1", "--reaction-guard does not go with train pose"),
        ("pose --exclude-label fist", "--exclude-label does not go with train pose"),
        ("pose --tracking", "tracking is for recipe vemg2pose"),
        ("pose --recipe vemg2pose --size full", "size does not go with recipe vemg2pose"),
        ("classifier --set budget=60", "budget is for model auto"),
        ("classifier --model lda --set budget=60", "budget is for model auto"),
        ("classifier --model auto --set features=hudgins", "features does not go with model auto"),
        ("classifier --model auto --start m.onnx", "start does not go with model auto"),
        ("classifier --model tcn --set features=hudgins", "features does not go with model tcn"),
        ("classifier --recipe emg4-mlp --model lda", "model does not go with recipe emg4-mlp"),
        ("grid --recipe emg4-mlp --set features=hudgins", "features does not go with recipe emg4-mlp"),
        ("classifier --recipe vemg2pose", "unknown value 'vemg2pose'"),
        ("contrastive-prosthetics --split blocked", "No such option"),
        ("classifier --memory-ms 100", "does not go with train classifier; it is for contrastive or pose"),
        ("classifier --checkpoint c.npz", "--checkpoint does not go with train classifier; it is for contrastive"),
        ("classifier --size full", "--size does not go with train classifier; it is for pose"),
        ("classifier --split kfold:3 --set final=train", "final train does not go with a split of several folds"),
        ("classifier --preprocess bandpas", "did you mean 'bandpass'"),
        ("classifier --seed 3", "--seed is given as --set seed=VALUE"),
        ("classifier --set sed=3", "unknown key; did you mean 'seed'"),
        ("classifier --set seed", "give a value, such as seed=VALUE"),
        ("classifier --set seed=1 --set seed=2", "seed is given twice"),
        ("classifier --set seed=-1", "train: seed: should be greater than or equal to 0"),
        ("classifier --set features=hudgns", "did you mean 'hudgins'"),
        ("classifier --window-ms 0", "window_ms: should be greater than 0"),
    ],
)
def test_training(tmp_path, words, message):
    kind, *options = words.split()
    out = tmp_path / "m.onnx"
    done = emgctl("train", kind, tmp_path / "not there", "-o", out, *options)
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr
    assert not out.exists()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A small model, made with the command."""
    folder = tmp_path_factory.mktemp("conflicts")
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(20) % 2, 100)
    np.savez(folder / "d.npz", samples=rng.normal(0, 9, (2000, 4)) * (1 + labels[:, None]), labels=labels,
             label_names=["rest", "fist"], rate_hz=200.0)  # fmt: skip
    np.savez(folder / "zero.npz", samples=np.zeros((2000, 4)), labels=labels, label_names=["rest", "fist"], rate_hz=200)
    words = ["train", "classifier", folder / "d.npz", "-o", folder / "m.onnx", "--model", "lda", "--set", "report=no"]
    done = emgctl(*words)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--profile p.yaml", "--profile is for --continuous"),
        ("--false-activations 2", "--false-activations is for --continuous"),
        ("--rest rest", "--rest is for --continuous"),
        ("--adapt past", "needs --continuous"),
    ],
)
def test_evaluation(trained, words, message):
    done = emgctl("eval", trained / "m.onnx", trained / "not there", *words.split())
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("classifier --model mlp", "does not go with model mlp: its model is lda"),
        ("classifier --set features=hudgins", "does not go with features hudgins: its features is default"),
        ("classifier --recipe emg4-mlp", "does not go with recipe emg4-mlp"),
        ("grid", "does not go with decoder grid: its decoder is classifier"),
    ],
)
def test_going_on_from_another_kind_of_model(trained, words, message):
    kind, *options = words.split()
    start = ["-o", trained / "n.onnx", "--start", trained / "m.onnx", *options]
    done = emgctl("train", kind, trained / "not there", *start)
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--json m.onnx", "m.onnx is what is read, and the result would overwrite it"),
        ("--report d.npz", "d.npz is what is read"),
        ("--report r --json ./r", "is named for two results"),
        ("--hop-ms nan", "nan is not a finite number"),
        ("--continuous --rest idle", "there is no label 'idle' to be rest"),
    ],
)
def test_evaluation_overwrites_nothing_and_takes_no_nonsense(trained, monkeypatch, words, message):
    monkeypatch.chdir(trained)
    done = emgctl("eval", "m.onnx", "npz:d.npz", *words.split())
    assert (done.returncode, message in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("train classifier d.npz -o d.npz", (2, "is what is read")),
        ("train classifier d.npz -o .", (1, "it is a folder")),
        ("train classifier d.npz -o n.onnx --start m.onnx --json m.onnx", (2, "is what is read")),
        ("train classifier d.npz -o n.onnx --preprocess bandpass:90-20", (2, "the lower frequency comes first")),
        ("train classifier d.npz -o n.onnx --preprocess ,", (2, "unknown step ''")),
        ("train classifier zero.npz -o n.onnx --model lda", (2, "no channel of the training data has a signal")),
        ("data convert d.npz --out d.npz", (1, "exists already")),
        ("data convert d.npz --out new.csv", (2, "emgctl does not write .csv")),
        ("report m.onnx", (1, "is a model, not a result; evaluate it first: emgctl eval m.onnx")),
        ("calibrate -p p.yaml --rollback --refresh", (2, "--refresh does not go with --rollback")),
        ("calibrate -p p.yaml --rollback --find-rotation fist", (2, "--find-rotation does not go with --rollback")),
        ("calibrate -p p.yaml --find-rotation fist --model lda", (2, "--model does not go with --find-rotation")),
    ],
)
def test_other_commands_overwrite_nothing_and_ignore_no_option(trained, monkeypatch, words, message):
    monkeypatch.chdir(trained)
    before = (trained / "d.npz").read_bytes()
    done = emgctl(*words.split())
    assert (done.returncode, message[1] in done.stderr) == (message[0], True), done.stderr
    assert (trained / "d.npz").read_bytes() == before


def test_the_same_file_twice(trained):
    file = str(trained / "d.npz")
    for words in (
        ["train", "classifier", file, file, "-o", str(trained / "n.onnx")],
        ["eval", str(trained / "m.onnx"), file, file],
    ):
        done = emgctl(*words)
        assert (done.returncode, "d.npz is given twice" in done.stderr) == (2, True), done.stderr
