"""emg2pose files: mapped or decoded once, their metadata, and what is wrong with some."""

import os
import tracemalloc

import h5py
import numpy as np
import pytest
from emg2pose_files import COMPRESSED, PLAIN, ROW, emg2pose, metadata, rows, table
from present import present

from emgctl.errors import FileError
from emgctl.handmodel.joints import JOINTS
from emgctl.recording.cache import allow_open
from emgctl.recording.datasets import read_dataset
from emgctl.registry import Registry
from emgctl_datasets.emg2pose import Emg2Pose


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
    samples = one.samples.copy()  # it may be mapped from what is damaged now
    entries = list((tmp_path / "cache" / "datasets").iterdir())
    assert len(entries) == 2
    (entries[0] / "samples.npy").write_bytes(b"")
    (entries[1] / "facts.json").write_bytes(b"{}")
    assert np.array_equal(read_dataset(f"emg2pose:{tmp_path / 'elsewhere'}")[0].samples, samples)


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


def test_the_table_states_what_files_are_kept_for(tmp_path):
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
    with pytest.raises(FileError, match=r"text in UTF-16.*save it as UTF-8"):
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
def test_emg2pose_states_what_is_wrong(tmp_path, data, kind, message):
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
