"""Readers of recordings with a hand's pose: files of each layout written and read back, and the real ones."""

import csv
import importlib.util
import os
import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest
from present import present

from emgctl.errors import FileError, UsageError
from emgctl.handmodel.joints import JOINTS, LIMITS_RAD
from emgctl.handmodel.kinematics import LANDMARKS, landmarks
from emgctl.recording.cache import allow_open
from emgctl.recording.datasets import read_dataset
from emgctl.recording.windows import cut
from emgctl.registry import Registry
from emgctl.training.data.splits import parse_split
from emgctl_datasets.emg2pose import Emg2Pose
from emgctl_datasets.markers import AT

REPOSITORY = Path(__file__).parent.parent.parent
ROW = np.dtype([("time", "<f8"), ("joint_angles", "<f8", (20,)), ("emg", "<f4", (16,))])

# emg2pose


def rows(count, seed=0):
    rng = np.random.default_rng(seed)
    made = np.zeros(count, ROW)
    made["joint_angles"], made["emg"] = rng.normal(size=(count, 20)), rng.normal(size=(count, 16))
    made["joint_angles"][10:20] = 0  # tracking failed
    made["joint_angles"][30, 0] = 0  # and here it did not
    return made


def emg2pose(path, data, kind="timeseries", *, user="ann", session="s1", stage="Fist", side="left", **layout):
    with h5py.File(path, "w") as file:
        group = file.create_group("emg2pose")
        group.attrs.update(user=user, session=session, stage=stage, side=side, sample_rate=2000.0)
        group.create_dataset(kind, data=data, **layout)
    return path


def table(path, *lines):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, lines[0])
        writer.writeheader()
        writer.writerows(lines)


PLAIN: dict[str, object] = {}
COMPRESSED = {"chunks": (16,), "compression": "gzip", "shuffle": True}


@pytest.mark.parametrize("layout", [PLAIN, COMPRESSED])
def test_emg2pose_files_are_mapped_whatever_their_layout(tmp_path, layout):
    data = rows(100)
    path = emg2pose(tmp_path / "a.hdf5", data, **layout)
    for _ in range(2):  # the second time from the cache
        (one,) = read_dataset(f"emg2pose:{path}")
        assert isinstance(one.samples, np.memmap)
        assert isinstance(one.pose.values, np.memmap)
        assert (one.pose.joints, one.pose.unit, str(one.signal)) == (JOINTS, "rad", "16 channels at 2000 Hz in count")
        assert np.array_equal(one.samples, data["emg"])
        assert np.flatnonzero(np.isnan(one.pose.values).all(axis=1)).tolist() == list(range(10, 20))
        known = np.isfinite(one.pose.values)
        assert np.allclose(one.pose.values[known], data["joint_angles"][known], atol=1e-6)
        assert (one.subject, one.session, one.label_names, set(present(one.labels))) == ("ann", "s1", ("Fist",), {0})
        assert (one.published_split, one.source) == ("", str(path))
    with h5py.File(path) as file:
        assert not np.isnan(file["emg2pose/timeseries"]["joint_angles"]).any()  # the file is as it was


def test_emg2pose_without_a_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EMGCTL_CACHE", "off")
    (one,) = read_dataset(f"emg2pose:{emg2pose(tmp_path / 'a.hdf5', rows(100), **COMPRESSED)}")
    assert np.array_equal(one.samples, rows(100)["emg"])


def test_a_folder_of_them_is_known_by_what_is_in_it(tmp_path):
    emg2pose(tmp_path / "a.hdf5", rows(100))
    (one,) = read_dataset(str(tmp_path))
    assert one.pose is not None
    assert one.signal.rate_hz == 2000


def test_a_changed_file_is_decoded_anew_and_one_that_lies_elsewhere_is_not(tmp_path, monkeypatch):
    monkeypatch.setenv("EMGCTL_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "a.hdf5"
    for turn, seed in enumerate((1, 2, 2)):
        emg2pose(path, rows(100, seed), **COMPRESSED)
        os.utime(path, (1e9 + turn, 1e9 + turn))  # of the same length, and long ago
        for _ in range(2):
            (one,) = read_dataset(f"emg2pose:{path}")
            assert np.array_equal(one.samples, rows(100, seed)["emg"])
    (tmp_path / "elsewhere").mkdir()
    path.rename(tmp_path / "elsewhere" / "a.hdf5")
    (one,) = read_dataset(f"emg2pose:{tmp_path / 'elsewhere'}")
    assert one.source == str(tmp_path / "elsewhere" / "a.hdf5")
    entries = list((tmp_path / "cache" / "datasets").iterdir())
    assert len(entries) == 2
    (entries[0] / "samples.npy").write_bytes(b"")
    (entries[1] / "facts.json").write_bytes(b"{}")
    assert np.array_equal(read_dataset(f"emg2pose:{tmp_path / 'elsewhere'}")[0].samples, one.samples)


def test_decoding_needs_little_more_than_what_is_decoded(tmp_path, monkeypatch):
    monkeypatch.setenv("EMGCTL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("emgctl_datasets.emg2pose.STEP", 2000)
    emg2pose(tmp_path / "a.hdf5", np.zeros(40_000, ROW), chunks=(1000,), compression="gzip")
    registry = Registry()
    registry.dataset("emg2pose")
    tracemalloc.start()
    (one,) = read_dataset(f"emg2pose:{tmp_path / 'a.hdf5'}", registry)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1.5 * (one.samples.nbytes + one.pose.values.nbytes)


def test_thousands_of_files_may_be_open():
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        allow_open()
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 256
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def metadata(filename, split, generalization, **more):
    return {"filename": filename, "user": "ann", "split": split, "generalization": generalization} | more


def test_the_table_says_what_files_are_kept_for(tmp_path):
    names = {"a": ("train", ""), "b": ("val", "user"), "c": ("test", "user_stage"), "d": ("test", "stage")}
    for name in names:
        emg2pose(tmp_path / f"{name}.hdf5", rows(40))
    emg2pose(tmp_path / "e.hdf5", rows(40))
    table(tmp_path / "metadata.csv", *(metadata(name, *kept) for name, kept in names.items()))
    found = read_dataset(f"emg2pose:{tmp_path}")
    assert [one.published_split for one in found] == ["train", "val", "test user_stage", "test stage", ""]
    assert read_dataset(f"emg2pose:{tmp_path / 'c.hdf5'}")[0].published_split == "test user_stage"


def test_a_table_without_names_is_matched_by_what_files_say(tmp_path):
    emg2pose(tmp_path / "a.hdf5", rows(40), side="left", **COMPRESSED)
    emg2pose(tmp_path / "b.hdf5", rows(40), side="right", **COMPRESSED)
    about = {"user": "ann", "session": "s1", "stage": "Fist"}
    both = [
        about | {"side": side, "split": split, "generalization": ""}
        for side, split in (("right", "train"), ("left", "val"))
    ]
    table(tmp_path / "metadata.csv", *both)
    assert [one.published_split for one in read_dataset(f"emg2pose:{tmp_path}")] == ["val", "train"]
    table(tmp_path / "metadata.csv", *(one | {"split": "train"} for one in both))  # the cache knows only the files
    assert [one.published_split for one in read_dataset(f"emg2pose:{tmp_path}")] == ["train", "train"]


def test_a_wrong_table(tmp_path):
    emg2pose(tmp_path / "a.hdf5", rows(40))
    for text, message in (
        ("filename,split\na,train\n", "no column generalization"),
        ("split,generalization\n", "user"),
    ):
        (tmp_path / "metadata.csv").write_text(text)
        with pytest.raises(FileError, match=rf"metadata.csv: line 1.*{message}"):
            read_dataset(f"emg2pose:{tmp_path}")
    (tmp_path / "metadata.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileError, match="is not UTF-8 text"):
        read_dataset(f"emg2pose:{tmp_path}")


OTHER = np.dtype([("time", "<f8"), ("emg", "<f4", (16,))])
FEW = np.dtype([("joint_angles", "<f8", (19,)), ("emg", "<f4", (16,))])


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [
        (np.zeros(9, OTHER), "timeseries", "should have rows of joint_angles and emg"),
        (np.zeros((9, 2)), "timeseries", "should have rows of"),
        (np.zeros(9, FEW), "timeseries", "20 joint angles"),
        (np.zeros(9, ROW), "series", "no dataset 'emg2pose/timeseries'"),
    ],
)
def test_emg2pose_says_what_is_wrong(tmp_path, data, kind, message):
    with pytest.raises(FileError, match=rf"a\.hdf5.*{message}"):
        read_dataset(f"emg2pose:{emg2pose(tmp_path / 'a.hdf5', data, kind)}")


def test_emg2pose_files_are_known_by_their_group(tmp_path):
    assert not Emg2Pose.detects(tmp_path)
    emg2pose(tmp_path / "a.hdf5", rows(40))
    assert Emg2Pose.detects(tmp_path)
    assert Emg2Pose.detects(tmp_path / "a.hdf5")
    assert not Emg2Pose.detects(emg2pose(tmp_path / "b.hdf5", rows(40), "series"))


def test_attributes_of_other_kinds(tmp_path):
    path = emg2pose(tmp_path / "a.hdf5", rows(40), user=np.bytes_("bob"))
    assert read_dataset(f"emg2pose:{path}")[0].subject == "bob"
    with h5py.File(path, "a") as file:
        file["emg2pose"].attrs["sample_rate"] = -1.0
    with pytest.raises(FileError, match="attribute sample_rate: should be a positive number, not -1"):
        read_dataset(f"emg2pose:{path}")


def test_damaged_emg2pose_files(tmp_path):
    whole = emg2pose(tmp_path / "a.hdf5", rows(100)).read_bytes()
    for content in (b"", b"no HDF5", whole[:-1000]):
        (tmp_path / "b.hdf5").write_bytes(content)
        with pytest.raises(FileError, match=r"b\.hdf5.*damaged"):
            read_dataset(f"emg2pose:{tmp_path / 'b.hdf5'}")
    (tmp_path / "none").mkdir()
    with pytest.raises(FileError, match="holds no emg2pose files"):
        read_dataset(f"emg2pose:{tmp_path / 'none'}")
    (tmp_path / "b.hdf5").chmod(0)
    if os.access(tmp_path / "b.hdf5", os.R_OK):
        return  # root may read everything
    with pytest.raises(FileError, match="Permission denied"):
        read_dataset(f"emg2pose:{tmp_path / 'b.hdf5'}")


def test_the_authors_own_example(data_dir):
    (one,) = read_dataset(f"emg2pose:{data_dir('emg2pose_synthetic')}")
    assert (one.samples.shape, one.pose.values.shape, one.subject) == ((100, 16), (100, 20), "d387095792")
    with h5py.File(one.source) as file:
        whole = file["emg2pose/timeseries"][:]
    assert np.array_equal(one.samples, whole["emg"])
    assert np.array_equal(one.pose.values, whole["joint_angles"])


# the split that data sets publish


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


# simulated ones of the same layout


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    place = REPOSITORY / "scripts" / "make_emg2pose.py"
    spec = present(importlib.util.spec_from_file_location("make_emg2pose", place))
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    out = tmp_path_factory.mktemp("simulated")
    script.make(out, 3, 3, 2.0)
    return out


def test_simulated_recordings_have_every_part_and_stay_within_the_joints(simulated):
    found = read_dataset(f"emg2pose:{simulated}")
    kinds = {"train", "val", "test user", "test stage", "test user_stage"}
    assert (len(found), {one.published_split for one in found}) == (9, kinds)
    least, most = np.array([LIMITS_RAD[joint] for joint in JOINTS]).T
    for one in found:
        assert one.samples.shape == (4000, 16)
        angles = one.pose.values[np.isfinite(one.pose.values).all(axis=1)]
        assert (angles >= least).all()
        assert (angles <= most).all()
        assert np.nanmax(np.abs(np.diff(one.pose.values, axis=0))) < 0.02  # but where tracking failed, nothing jumps
    with h5py.File(found[0].source) as file:
        assert "no person was recorded" in file["emg2pose"].attrs["simulated"]


def test_simulated_muscles_tell_of_the_joints(simulated):
    one = next(one for one in read_dataset(f"emg2pose:{simulated}") if one.label_names == ("FistsOpenClose",))
    loud = np.log(np.sqrt((one.samples.reshape(-1, 50, 16) ** 2).mean(axis=1)))
    bent = np.nan_to_num(one.pose.values[::50, JOINTS.index("middle_pip_fe")])
    known = np.isfinite(one.pose.values[::50]).all(axis=1)
    design = np.c_[loud, np.ones(len(loud))]
    told = design @ np.linalg.lstsq(design[known], bent[known], rcond=None)[0]
    assert np.corrcoef(told[known], bent[known])[0, 1] > 0.6


# markers


def marker_table(path, angles, trial, task, change=None):
    """A table as Kyutech's: each landmark's place at its marker, the others nowhere near."""
    places = np.full((len(angles), 23, 3), 7.0)
    for name, spot in zip(LANDMARKS, np.moveaxis(landmarks(angles), 1, 0), strict=True):
        places[:, AT[name] - 1] = spot + np.array((1000, 20, 3))
    muscles = ("APL", "FCR", "FDS", "FDP", "ED", "EI", "ECU", "ECR")
    head = ["Trial", "Task", *muscles, *(f"Marker_{n}_{axis}" for n in range(1, 24) for axis in "xyz")]
    values = np.c_[trial, task, np.tile(np.arange(8) / 10, (len(angles), 1)), places.reshape(len(angles), -1)]
    lines = [[f"{value:.6f}" for value in row] for row in values]
    for row in lines:
        row[:2] = [row[0].partition(".")[0], row[1].partition(".")[0]]
    if change is not None:
        change(head, lines)
    path.write_text("\n".join(",".join(row) for row in [head, *lines]) + "\n")
    return path


def poses(count):
    share = np.random.default_rng(1).uniform(0.1, 0.9, (count, 20))
    least, most = np.array([LIMITS_RAD[joint] for joint in JOINTS]).T
    return least + share * (most - least)


def test_markers_are_joint_angles(tmp_path):
    angles = poses(12)
    marker_table(tmp_path / "a.csv", angles, np.repeat([4, 5], 6), np.tile(np.repeat([1, 6], 3), 2))
    (tmp_path / "task_descriptions.csv").write_text("Task_ID,Description\n1,Thumb\n")
    found = read_dataset(str(tmp_path))
    assert [one.name for one in found[:2]] == ["a.csv, trial 4, task 1", "a.csv, trial 4, task 6"]
    assert [(set(present(one.repetitions)), one.label_names[present(one.labels)[0]]) for one in found] == [
        ({4}, "thumb"), ({4}, "all fingers"), ({5}, "thumb"), ({5}, "all fingers"),
    ]  # fmt: skip
    assert (found[0].signal.names[2], found[0].signal.rate_hz) == ("FDS", 200.0)
    assert found[0].samples[0] == pytest.approx(np.arange(8) / 10)
    assert np.concatenate([one.pose.values for one in found]) == pytest.approx(angles, abs=1e-4)


def test_a_marker_that_was_not_seen(tmp_path):
    def lose(head, lines):
        at = head.index("Marker_19_x")  # the thumb's tip
        lines[0][at : at + 3] = ["", "", ""]
        lines[1][at : at + 3] = ["0", "0", "0"]
        lines[2][-3:] = ["nan", "nan", ""]  # the wrist

    (one,) = read_dataset(f"markers:{marker_table(tmp_path / 'a.csv', poses(4), [1] * 4, [7] * 4, lose)}")
    lost = np.isnan(one.pose.values)
    assert [set(np.flatnonzero(row)) for row in lost] == [{3}, {3}, set(range(20)), set()]


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("FDS", "", "line 3: a muscle's envelope is missing"),
        ("FDS", "much", "is not a table of numbers: .*'much'"),
        ("Task", "8", "column Task: has task 8, but there are 7"),
        ("Trial", "1.5", "column Trial: should be whole numbers"),
    ],
)
def test_a_wrong_table_of_markers(tmp_path, column, cell, message):
    def spoil(head, lines):
        lines[1][head.index(column)] = cell

    with pytest.raises(FileError, match=rf"a\.csv: .*{message}"):
        read_dataset(f"markers:{marker_table(tmp_path / 'a.csv', poses(3), [1] * 3, [1] * 3, spoil)}")


def test_no_table_of_markers(tmp_path):
    (tmp_path / "a.csv").write_text("Trial,Task,APL,Marker_1_x,Marker_1_y,Marker_1_z\n1,1,0,0,0,0\n")
    with pytest.raises(FileError, match="line 1: should end with the columns Marker_1_x to Marker_23_z"):
        read_dataset(f"markers:{tmp_path}")
    (tmp_path / "a.csv").write_bytes(b"\xff")
    with pytest.raises(FileError, match="holds no tables"):
        read_dataset(f"markers:{tmp_path}")


def test_real_fingers_move_where_they_are_asked_to(data_dir):
    recordings = read_dataset(str(data_dir("finger_kinematics")))
    assert [len(one.samples) for one in recordings] == [400] * 14
    for number, finger in enumerate(("thumb", "index", "middle", "ring", "pinky")):
        own = [place for place, joint in enumerate(JOINTS) if joint.startswith(finger)]
        for one in (recordings[number], recordings[number + 7]):
            moved = np.ptp(one.pose.values, axis=0)
            assert int(np.argmax(moved)) in own
            assert moved[own].sum() > 1.5 * np.delete(moved, own).reshape(4, 4).sum(axis=1).max()
    (fold,) = parse_split("repetition:5").folds(cut(recordings, 40, 10))
    assert len(fold.trained_on) == len(fold.test)
