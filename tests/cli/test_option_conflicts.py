"""Options that do not go together are refused with a sentence before anything is read."""

import numpy as np
import pytest
from command_line import emgctl


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--decoder contrastive --recipe emg4-mlp", "--recipe does not go with --decoder contrastive"),
        ("--decoder contrastive --model lda", "--model does not go with --decoder contrastive"),
        ("--decoder contrastive --budget 5", "--budget does not go with --decoder contrastive"),
        ("--decoder contrastive --start m.onnx", "does not go with --decoder contrastive"),
        ("--decoder contrastive --wraps", "--wraps does not go with --decoder contrastive; it is for grid"),
        ("--wraps", "--wraps does not go with --decoder classifier; it is for grid"),
        ("--decoder pose --wraps", "--wraps does not go with --decoder pose"),
        ("--decoder pose --recipe emg4-mlp", "--recipe emg4-mlp does not go with --decoder pose"),
        ("--decoder pose --guard 1", "--guard does not go with --decoder pose"),
        ("--decoder pose --without fist", "--without does not go with --decoder pose"),
        ("--decoder pose --tracking", "--tracking is for --recipe vemg2pose"),
        ("--decoder pose --recipe vemg2pose --size full", "--size does not go with --recipe vemg2pose"),
        ("--budget 60", "--budget is for --model auto"),
        ("--model lda --budget 60", "--budget is for --model auto"),
        ("--model auto --features hudgins", "--features does not go with --model auto"),
        ("--model auto --start m.onnx", "does not go with --model auto"),
        ("--model tcn --features hudgins", "--features does not go with --model tcn"),
        ("--recipe emg4-mlp --model lda", "--model does not go with --recipe emg4-mlp"),
        ("--recipe emg4-mlp --features hudgins", "--features does not go with --recipe emg4-mlp"),
        ("--recipe vemg2pose", "--recipe vemg2pose does not go with --decoder classifier; it is for pose"),
        ("--recipe contrastive-prosthetics --split blocked", "--split does not go with --recipe contrastive-prosth"),
        ("--recipe contrastive-prosthetics --model lda", "--model does not go with --recipe contrastive-prosthetics"),
        ("--memory-ms 100", "--memory-ms does not go with --decoder classifier; it is for contrastive or pose"),
        ("--checkpoint c.npz", "--checkpoint does not go with --decoder classifier; it is for contrastive"),
        ("--size full", "--size does not go with --decoder classifier; it is for pose"),
        ("--split kfold:3 --final train", "--final train does not go with a split of several folds"),
        ("--preprocess bandpas", "did you mean 'bandpass'"),
    ],
)
def test_training(tmp_path, words, said):
    out = tmp_path / "m.onnx"
    done = emgctl("train", tmp_path / "not there", "-o", out, *words.split())
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert not out.exists()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A small model, made with the command."""
    folder = tmp_path_factory.mktemp("conflicts")
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(20) % 2, 100)
    np.savez(folder / "d.npz", samples=rng.normal(0, 9, (2000, 4)) * (1 + labels[:, None]), labels=labels,
             label_names=["rest", "fist"], rate_hz=200.0)  # fmt: skip
    words = ["train", folder / "d.npz", "-o", folder / "m.onnx", "--model", "lda", "--no-report"]
    done = emgctl(*words)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--profile p.yaml", "--profile is for --continuous"),
        ("--false-activations 2", "--false-activations is for --continuous"),
        ("--rest rest", "--rest is for --continuous"),
        ("--adapt past", "needs --continuous"),
    ],
)
def test_evaluation(trained, words, said):
    done = emgctl("eval", trained / "m.onnx", trained / "not there", *words.split())
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--model mlp", "does not go with --model mlp: its model is lda"),
        ("--features hudgins", "does not go with --features hudgins: its features is default"),
        ("--recipe emg4-mlp", "does not go with --recipe emg4-mlp"),
        ("--decoder grid", "does not go with --decoder grid: its decoder is classifier"),
    ],
)
def test_going_on_from_another_kind_of_model(trained, words, said):
    start = ["train", trained / "not there", "-o", trained / "n.onnx", "--start", trained / "m.onnx", *words.split()]
    done = emgctl(*start)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_the_same_file_twice(trained):
    file = str(trained / "d.npz")
    for words in (["train", file, file, "-o", str(trained / "n.onnx")], ["eval", str(trained / "m.onnx"), file, file]):
        done = emgctl(*words)
        assert (done.returncode, "d.npz is given twice" in done.stderr) == (2, True), done.stderr
