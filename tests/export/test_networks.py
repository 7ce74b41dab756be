"""The published networks as programs: the same decisions, small enough, and with weights of 8 bits."""

import re
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from full_form import FULL

pytest.importorskip("torch")

from command_line import emgctl
from exported import COMPILERS, assert_equal, blocks, by_emgctl, by_native, profile_of
from needed import needs
from planned import planned

from emgctl.recording.datasets import read_dataset
from emgctl.training.classifier import model_zoo
from emgctl.training.data.preprocess_spec import parse_preprocessing
from emgctl.training.experiment import train

pytestmark = [
    needs("emx_onnx_cgen"),
    pytest.mark.slow,
    pytest.mark.skipif(not FULL, reason="full form only: trains networks"),
    pytest.mark.skipif(not COMPILERS, reason="there is no C compiler (Debian: gcc libc6-dev)"),
]


@pytest.fixture
def quickly(monkeypatch):
    """Training of a model with fewer and larger steps than was published."""

    def change(model, **schedule):
        spec = model_zoo.MODELS[model]
        monkeypatch.setitem(model_zoo.MODELS, model, replace(spec, schedule=replace(spec.schedule, **schedule)))

    return change


def exported(profile, out, *words):
    """The program's path, and what the export printed."""
    done = emgctl("export", profile, "--to", "native", "--out", out, *words)
    assert done.returncode == 0, done.stderr
    return out / "emg-decode", done.stdout


def lost_points(printed):
    found = re.search(r"int8: .*, (?:([0-9.]+) points|nothing) lost", printed)
    assert found is not None, printed
    return float(found[1] or 0)


def test_the_dense_network_of_the_emg_4_data(quickly, data_dir, tmp_path):
    data = f"emg4:{data_dir('kaggle_emg4')}"
    recordings = read_dataset(data)
    quickly("emg4-mlp", batch=128, rate=1e-3, epochs=20)
    train(recordings, *planned(model="emg4-mlp", window_ms=40, hop_ms=40), lambda *_: None).export(tmp_path / "m.onnx")
    profile = profile_of(tmp_path / "m.onnx", safety="safety: {wait_for_rest: false}\n")
    program, _ = exported(profile, tmp_path / "float")
    assert program.stat().st_size < 180_000
    samples = np.concatenate([one.samples for one in recordings])
    assert_equal(by_native(program, samples), by_emgctl(profile, blocks(samples)))
    small, printed = exported(profile, tmp_path / "int8", "--int8", data)
    assert small.stat().st_size < program.stat().st_size - 90_000  # three of four bytes of its 34,000 weights
    assert lost_points(printed) < 0.5
    decided = [one.probabilities for one in by_native(small, samples[:8000])]
    expected = [one.probabilities for one in by_emgctl(profile, blocks(samples[:8000]))]
    assert (np.argmax(decided, axis=1) == np.argmax(expected, axis=1)).mean() > 0.95


def test_the_image_network_of_a_grid(quickly, data_dir, tmp_path):
    data = f"flexemg:{data_dir('flexemg_64ch') / '001-Session1Train'}"
    recordings = read_dataset(data)
    quickly("mobilenetv2-0.2", batch=128, rate=2e-3, epochs=3)
    steps = parse_preprocessing("bandpass:20-450,notch")
    options = {"model": "mobilenetv2-0.2", "window_ms": 1, "hop_ms": 16, "preprocess": steps}
    train(recordings[:3], *planned("grid", **options), lambda *_: None).export(tmp_path / "m.onnx")
    profile = profile_of(tmp_path / "m.onnx", kind="grid")
    program, _ = exported(profile, tmp_path / "float")
    samples = recordings[4].samples[3000:15000]
    assert_equal(by_native(program, samples), by_emgctl(profile, blocks(samples)))
    small, printed = exported(profile, tmp_path / "int8", "--int8", data)
    assert small.stat().st_size < program.stat().st_size / 3
    assert lost_points(printed) < 0.5
    assert subprocess.run([small, "--help"], capture_output=True).returncode == 0
