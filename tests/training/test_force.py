"""Intensity from measured force: learned, exported, and measured on what it was not learned from."""

import json

import numpy as np
import pytest
from click.testing import CliRunner
from present import present

from emgctl.cli import cli
from emgctl.errors import FileError
from emgctl.inference.model import Model
from emgctl.recording.datasets import read_dataset
from emgctl.recording.windows import cut
from emgctl.training.evaluation.force import measure_force

scipy_io = pytest.importorskip("scipy.io")


def squeezes(path, seed, full_n=40.0, seconds=60):
    """A recording in which channel 1 follows the force, channel 2 half as much, the others not at all."""
    rng = np.random.default_rng(seed)
    count = 200 * seconds
    force = full_n * np.clip(np.sin(2 * np.pi * np.arange(count) / 1600), 0, 1)
    gains = np.array([1.0, 0.5, 0, 0, 0, 0, 0, 0])
    emg = rng.standard_normal((count, 8)) * (1 + 60 * force[:, None] / full_n * gains)
    scipy_io.savemat(path, {"emg": np.rint(emg).astype(np.int16), "force_n": force[:, None], "Ts": 0.005})
    return force


@pytest.fixture
def folder(tmp_path):
    for number in range(2):
        squeezes(tmp_path / f"force_{number}.mat", number)
    return tmp_path


@pytest.mark.slow
def test_the_reader_pairs_force_with_samples_and_knows_rest_from_grip(folder):
    scipy_io.savemat(folder / "other.mat", {"emg": np.zeros((10, 8), np.int16), "force_n": np.ones((7, 1))})
    recordings = read_dataset(f"dutra:{folder}")
    assert [one.name for one in recordings] == ["force_0.mat", "force_1.mat"]
    one = recordings[0]
    force_n, labels = present(one.force_n), present(one.labels)
    assert force_n.max() == pytest.approx(40)
    assert set(labels[force_n < 2]) == {0}
    assert set(labels[force_n > 2.1]) == {1}
    windows = cut(recordings, 60, 10)
    assert present(windows.force_n)[0] == force_n[windows.start[0] + 59]


@pytest.mark.slow
def test_a_folder_without_a_force_of_the_same_length(tmp_path):
    scipy_io.savemat(tmp_path / "other.mat", {"emg": np.zeros((10, 8), np.int16), "force_n": np.ones((7, 1))})
    with pytest.raises(FileError, match="of the same length"):
        read_dataset(f"dutra:{tmp_path}")


@pytest.mark.slow
def test_train_fits_intensity_to_force_and_states_how_well_it_follows(folder, tmp_path):
    out, result = tmp_path / "m.onnx", tmp_path / "r.json"
    words = [
        "train",
        "classifier",
        f"dutra:{folder}",
        "--out",
        out,
        "--json",
        result,
        "--model",
        "lda",
        "--window-ms",
        "300",
    ]
    done = CliRunner().invoke(cli, list(map(str, words)))
    assert done.exit_code == 0, done.output
    force = json.loads(result.read_text())["force"]
    assert force["correlation"] > 0.97
    assert force["rms_n"] < 4
    assert set(force["recordings"]) == {"force_0.mat", "force_1.mat"}
    assert "intensity follows it with r = 0.9" in done.output
    model = Model.load(out)
    assert model.card.full_force_n == pytest.approx(40, abs=0.5)
    recording = read_dataset(f"dutra:{folder}")[0]
    peak = int(recording.force_n.argmax())
    _, intensity = model.run(recording.samples[peak - 40 : peak + 20])
    assert float(intensity) > 0.85
    _, intensity = model.run(recording.samples[1000:1060])
    assert float(intensity) < 0.1


@pytest.mark.slow
def test_without_force_nothing_is_said_of_it(folder):
    windows = cut(read_dataset(f"dutra:{folder}"), 60, 10)
    told = np.arange(len(windows))
    perfect = present(
        measure_force(windows, [told], [present(windows.force_n).astype(np.float32) / np.float32(40)], [40.0])
    )
    assert perfect["correlation"] == pytest.approx(1)
    assert perfect["rms_n"] == pytest.approx(0, abs=1e-3)
    still = present(measure_force(windows, [told], [np.zeros(len(windows), np.float32)], [40.0]))
    assert still["correlation"] is None
    object.__setattr__(windows.recordings[0], "force_n", None)
    object.__setattr__(windows.recordings[1], "force_n", None)
    assert measure_force(windows, [told], [windows.force_n], [40.0]) is None
