"""Recordings of any format as emgctl's own files."""

import numpy as np
import pytest
from command_line import emgctl
from hypothesis import given, settings
from hypothesis import strategies as st
from present import present

from emgctl.errors import FileError, UsageError
from emgctl.handmodel.joints import JOINTS
from emgctl.recording.convert import convert, write_recording
from emgctl.recording.datasets import read_dataset
from emgctl.recording.reader import read_recording
from emgctl.types import PoseTrack, Recording, Signal


def recording(labels, repetitions=None, name="a", **more):
    values = np.random.default_rng(1).normal(0, 50, (len(labels), 2)).astype(np.float32)
    counted = None if repetitions is None else np.array(repetitions, np.int16)
    return Recording(
        name, Signal(2, 200.0), values, name, np.array(labels, np.int16), ("rest", "fist"), counted, **more
    )


def nothing(done, total):
    pass


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(st.integers(-1, 1), st.integers(-1, 3), st.integers(1, 15), st.booleans()), min_size=1, max_size=8
    ).filter(lambda parts: not parts[0][3] and not parts[-1][3])
)
def test_what_is_converted_reads_the_same(tmp_path_factory, parts):
    path = tmp_path_factory.mktemp("converted") / "a.h5"
    labels = [label for label, _, length, _ in parts for _ in range(length)]
    repetitions = [number for _, number, length, _ in parts for _ in range(length)]
    pose = PoseTrack(JOINTS[:3], np.random.default_rng(2).normal(size=(len(labels), 3)).astype(np.float32))
    before = recording(labels, repetitions, session="monday", subject="alice", pose=pose)
    lost = np.array([gone for *_, length, gone in parts for _ in range(length)])
    before.samples[lost] = np.nan
    write_recording(path, before)
    after = read_recording(path)
    np.testing.assert_array_equal(after.samples, before.samples)
    assert (after.pose.joints, after.pose.unit) == (JOINTS[:3], "rad")
    np.testing.assert_array_equal(after.pose.values[~lost], pose.values[~lost])
    assert np.isnan(after.pose.values[lost]).all()
    for one in (before, after):
        assert (one.name, one.session, one.subject, one.signal) == ("a", "monday", "alice", Signal(2, 200.0))
    printed = [
        [("", *one.label_names)[label + 1] for label in (one.labels if one.labels is not None else [-1] * len(labels))]
        for one in (before, after)
    ]
    assert printed[0] == printed[1]
    if (before.repetitions >= 0).any():
        assert np.array_equal(present(after.repetitions), before.repetitions)


def test_a_folder_of_recordings_reads_as_before(tmp_path):
    several = [recording([0] * 5 + [1] * 5, name=f"{n}.csv", session=f"day{n % 2}") for n in (1, 2, 3)]
    convert([*several, several[0]], tmp_path / "out", nothing)
    again = read_dataset(str(tmp_path / "out"))
    assert sorted((one.name, one.session) for one in again) == sorted(
        (one.name, one.session) for one in (*several, several[0])
    )


def test_several_recordings_do_not_fit_one_file_and_nothing_is_overwritten(tmp_path):
    one = recording([0, 1])
    with pytest.raises(UsageError, match="2 recordings"):
        convert([one, one], tmp_path / "x.h5", nothing)
    convert([one], tmp_path / "x.h5", nothing)
    before = (tmp_path / "x.h5").read_bytes()
    with pytest.raises(FileError, match="exists already"):
        convert([one], tmp_path / "x.h5", nothing)
    assert (tmp_path / "x.h5").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["x.h5"]


def test_convert_by_the_command_line(tmp_path):
    (tmp_path / "a.csv").write_text("1,2,3,4,5,6,7,8,0\n" * 20)
    done = emgctl("data", "convert", tmp_path / "a.csv", "--out", tmp_path / "a.h5")
    assert done.returncode == 0, done.stderr
    assert "0.1 s of" in done.stdout
    assert read_recording(tmp_path / "a.h5").samples.shape == (20, 8)
