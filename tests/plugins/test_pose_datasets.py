"""Readers of recordings with a hand's pose: files of each layout written and read back, and the real ones."""

import csv
import importlib.util
import os
import tracemalloc
from pathlib import Path

import h5py
import numpy as np
import pytest

from emgctl.errors import FileError, UsageError
from emgctl.hand.joints import JOINTS, LIMITS_RAD
from emgctl.recording.cache import allow_open
from emgctl.recording.datasets import read_dataset
from emgctl.registry import Registry
from emgctl.training.cut import cut
from emgctl.training.splits import parse_split

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


PLAIN, COMPRESSED = {}, {"chunks": (16,), "compression": "gzip", "shuffle": True}


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
        assert np.isnan(one.pose.values).all(axis=1).nonzero()[0].tolist() == list(range(10, 20))
        known = np.isfinite(one.pose.values)
        assert np.allclose(one.pose.values[known], data["joint_angles"][known], atol=1e-6)
        assert (one.subject, one.session, one.label_names, set(one.labels)) == ("ann", "s1", ("Fist",), {0})
        assert (one.part, one.source) == ("", str(path))
    with h5py.File(path) as file:
        assert not np.isnan(file["emg2pose/timeseries"]["joint_angles"]).any()  # the file is as it was


def test_emg2pose_without_a_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EMGCTL_CACHE", "off")
    (one,) = read_dataset(f"emg2pose:{emg2pose(tmp_path / 'a.hdf5', rows(100), **COMPRESSED)}")
    assert np.array_equal(one.samples, rows(100)["emg"])


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
    (entries[0] / "arrays.bin").write_bytes(b"")
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
    assert [one.part for one in found] == ["train", "val", "test user_stage", "test stage", ""]
    assert read_dataset(f"emg2pose:{tmp_path / 'c.hdf5'}")[0].part == "test user_stage"


def test_a_table_without_names_is_matched_by_what_files_say(tmp_path):
    emg2pose(tmp_path / "a.hdf5", rows(40), side="left", **COMPRESSED)
    emg2pose(tmp_path / "b.hdf5", rows(40), side="right", **COMPRESSED)
    about = {"user": "ann", "session": "s1", "stage": "Fist"}
    both = [
        about | {"side": side, "split": split, "generalization": ""}
        for side, split in (("right", "train"), ("left", "val"))
    ]
    table(tmp_path / "metadata.csv", *both)
    assert [one.part for one in read_dataset(f"emg2pose:{tmp_path}")] == ["val", "train"]
    table(tmp_path / "metadata.csv", *(one | {"split": "train"} for one in both))  # the cache knows only the files
    assert [one.part for one in read_dataset(f"emg2pose:{tmp_path}")] == ["train", "train"]


def test_a_wrong_table(tmp_path):
    emg2pose(tmp_path / "a.hdf5", rows(40))
    for text, said in (("filename,split\na,train\n", "no column generalization"), ("split,generalization\n", "user")):
        (tmp_path / "metadata.csv").write_text(text)
        with pytest.raises(FileError, match=rf"metadata.csv: line 1.*{said}"):
            read_dataset(f"emg2pose:{tmp_path}")
    (tmp_path / "metadata.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileError, match="not a table"):
        read_dataset(f"emg2pose:{tmp_path}")


OTHER = np.dtype([("time", "<f8"), ("emg", "<f4", (16,))])
FEW = np.dtype([("joint_angles", "<f8", (19,)), ("emg", "<f4", (16,))])


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (np.zeros(9, OTHER), "timeseries", "should have rows of joint_angles and emg"),
        (np.zeros((9, 2)), "timeseries", "should have rows of"),
        (np.zeros(9, FEW), "timeseries", "20 joint angles"),
        (np.zeros(9, ROW), "series", "no dataset 'emg2pose/timeseries'"),
    ],
)
def test_emg2pose_says_what_is_wrong(tmp_path, data, kind, said):
    with pytest.raises(FileError, match=rf"a\.hdf5.*{said}"):
        read_dataset(f"emg2pose:{emg2pose(tmp_path / 'a.hdf5', data, kind)}")


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
    assert set(windows.part[fold.test]) == {"test user", "test stage"}
    assert np.array_equal(split.test_part(windows), fold.test)


def test_published_without_validation_holds_the_end_of_training_out(tmp_path):
    windows = parts(tmp_path, "train", "test user")
    (fold,) = parse_split("published").folds(windows)
    assert set(windows.recording[fold.validation]) == {0}
    assert windows.start[fold.train].max() + windows.length <= windows.start[fold.validation].min()
    assert len(fold.learnt) == (windows.recording == 0).sum()


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
    spec = importlib.util.spec_from_file_location("make_emg2pose", REPOSITORY / "scripts" / "make_emg2pose.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    out = tmp_path_factory.mktemp("simulated")
    script.make(out, 3, 3, 4.0)
    return out


def test_simulated_recordings_have_every_part_and_stay_within_the_joints(simulated):
    found = read_dataset(f"emg2pose:{simulated}")
    kinds = {"train", "val", "test user", "test stage", "test user_stage"}
    assert (len(found), {one.part for one in found}) == (9, kinds)
    least, most = np.array([LIMITS_RAD[joint] for joint in JOINTS]).T
    for one in found:
        assert one.samples.shape == (8000, 16)
        angles = one.pose.values[np.isfinite(one.pose.values).all(axis=1)]
        assert (angles >= least).all()
        assert (angles <= most).all()
        assert np.nanmax(np.abs(np.diff(one.pose.values, axis=0))) < 0.02  # but where tracking failed, nothing jumps
    with h5py.File(found[0].source) as file:
        assert "no person was recorded" in file["emg2pose"].attrs["simulated"]


def test_simulated_muscles_tell_of_the_joints(simulated):
    one = next(one for one in read_dataset(f"emg2pose:{simulated}") if one.label_names == ("FistsOpenClose",))
    loud = np.log(np.sqrt((one.samples.reshape(-1, 100, 16) ** 2).mean(axis=1)))
    bent = np.nan_to_num(one.pose.values[::100, JOINTS.index("middle_pip_fe")])
    known = np.isfinite(one.pose.values[::100]).all(axis=1)
    design = np.c_[loud, np.ones(len(loud))]
    told = design @ np.linalg.lstsq(design[known], bent[known], rcond=None)[0]
    assert np.corrcoef(told[known], bent[known])[0, 1] > 0.6
