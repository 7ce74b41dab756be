"""The split that a data set publishes."""

import numpy as np
import pytest
from emg2pose_files import emg2pose, metadata, rows, table

from emgctl.errors import UsageError
from emgctl.recording.datasets import read_dataset
from emgctl.recording.windows import cut
from emgctl.training.data.splits import parse_split


def parts(tmp_path, *kept):
    for number, part in enumerate(kept):
        emg2pose(tmp_path / f"{number}.hdf5", rows(400), stage=f"stage {part}")
    split = [(str(number), *(*part.split(), "", "")[:2]) for number, part in enumerate(kept)]
    table(tmp_path / "metadata.csv", *(metadata(*one) for one in split))
    return cut(read_dataset(f"emg2pose:{tmp_path}"), 20, 10)


def test_published_trains_validates_and_tests_as_the_files_say(tmp_path):
    windows = parts(tmp_path, "train", "val", "test user", "train", "test stage")
    split = parse_split("published")
    (fold,) = split.folds(windows)
    recordings = [set(windows.recording[chosen]) for chosen in (fold.train, fold.validation, fold.test)]
    assert recordings == [{0, 3}, {1}, {2, 4}]
    assert set(windows.published_split[fold.test]) == {"test user", "test stage"}
    assert np.array_equal(split.test_part(windows), fold.test)


def test_published_without_validation_holds_the_end_of_training_out(tmp_path):
    windows = parts(tmp_path, "train", "test user")
    (fold,) = parse_split("published").folds(windows)
    assert set(windows.recording[fold.validation]) == {0}
    assert windows.start[fold.train].max() + windows.length <= windows.start[fold.validation].min()
    assert len(fold.trained_on) == (windows.recording == 0).sum()


def test_published_needs_recordings_that_say_it(tmp_path):
    windows = parts(tmp_path, "train", "test user")
    (tmp_path / "metadata.csv").unlink()
    silent = cut(read_dataset(f"emg2pose:{tmp_path}"), 20, 10)
    with pytest.raises(UsageError, match=r"0\.hdf5 does not say what it is kept for"):
        parse_split("published").folds(silent)
    with pytest.raises(UsageError, match="takes no value"):
        parse_split("published:user")
    only = cut(windows.recordings[:1], 20, 10)
    with pytest.raises(UsageError, match="leaves nothing to test"):
        parse_split("published").folds(only)
