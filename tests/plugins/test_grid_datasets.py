"""Readers of published grid recordings, on files of their layout, and on real ones where they are at hand."""

import numpy as np
import pytest
from present import present
from test_datasets import save_mat

from emgctl.errors import FileError
from emgctl.recording.datasets import read_dataset
from emgctl_datasets.csl import order
from emgctl_datasets.flexemg import array_map


def cells(*arrays):
    column = np.empty((len(arrays), 1), object)
    for place, one in enumerate(arrays):
        column[place, 0] = one
    return column


@pytest.mark.slow
def test_csl_leaves_out_every_eighth_row_and_draws_seven_rows(tmp_path):
    folder = tmp_path / "subject1" / "session2"
    folder.mkdir(parents=True)
    trials = [np.tile(np.arange(192.0)[:, None], (1, length)) for length in (50, 70)]
    save_mat(folder / "gest4.mat", gestures=cells(*trials))
    save_mat(folder / "gest0.mat", gestures=cells(trials[0]))
    idle, one = read_dataset(str(tmp_path))
    assert (idle.label_names, one.label_names) == (("idle",), ("gesture 4",))
    assert (one.signal.channels, one.signal.rate_hz, one.signal.grid) == (168, 2048.0, (7, 24))
    assert (one.subject, one.session, len(one.samples)) == ("subject1", "session2", 120)
    assert np.bincount(present(one.repetitions)).tolist() == [0, 50, 70]
    image = one.samples[0].reshape(7, 24)
    assert image[6, :3].tolist() == [0, 8, 16]  # upside down: the proximal electrodes are below
    assert image[0, 0] == 6
    assert not set(image.ravel()) & set(range(7, 192, 8))
    assert sorted(order()) == [row for row in range(192) if row % 8 != 7]


@pytest.mark.parametrize("columns", [192, 193])
def test_ice(tmp_path, columns):
    save_mat(tmp_path / "001-003-002.mat", data=np.arange(10.0 * columns).reshape(10, columns))
    (one,) = read_dataset(str(tmp_path / "001-003-002.mat"))
    assert (one.signal.channels, one.signal.grid, one.subject) == (192, (8, 24), "001")
    assert (one.label_names, present(one.repetitions)[0]) == (("gesture 3",), 2)


def trial(path, sequence=(2, 1), columns=96, **more):
    about = {"lsbmV": 0.001, "sequence": np.array(sequence, np.uint8), "timerest": 500, "timegest": 500}
    about["labelnames"] = np.array(["Fist", "Open"], object)
    raw = np.tile(np.arange(columns, dtype=np.uint16), (1900, 1))
    return save_mat(path, raw=raw, p=about | more)


def test_flexemg_has_no_label_around_a_switch(tmp_path):
    folder = tmp_path / "001-Session1"
    folder.mkdir()
    (one,) = read_dataset(str(trial(folder / "001-007.mat")))
    assert (one.signal.grid, one.signal.unit, one.session, one.subject) == ((16, 4), "uV", "001-Session1", "001")
    assert one.samples[0, 0] == pytest.approx(28)  # electrode 29 of arraymap.mat, 1 uV a step
    assert present(one.repetitions)[0] == 7
    edges = {0: (0, 400), 2: (600, 900), 1: (1100, 1400)}
    for label, (begin, end) in edges.items():
        assert np.flatnonzero(one.labels == label).tolist() == list(range(begin, end))
    assert one.label_names == ("Rest", "Fist", "Open")


@pytest.mark.parametrize(
    ("more", "message"),
    [({"sequence": (3,)}, "gestures 1 to 2"), ({"columns": 32}, "64 electrodes"), ({"lsbmV": "x"}, "no description")],
)
def test_what_is_no_trial(tmp_path, more, message):
    with pytest.raises(FileError, match=message):
        read_dataset(f"flexemg:{trial(tmp_path / '001-001.mat', **more)}")


@pytest.mark.parametrize("kind", ["csl", "ice", "flexemg", "otb"])
def test_an_empty_folder_is_said(tmp_path, kind):
    with pytest.raises(FileError, match="holds no"):
        read_dataset(f"{kind}:{tmp_path}")


def test_the_real_array_map(data_dir):
    from scipy.io import loadmat

    drawn = loadmat(data_dir("flexemg_64ch") / "arraymap.mat")["arraymap"]
    assert (array_map() + 1 == drawn).all()
