"""The cache of read recordings: what is kept comes back, and what is damaged is read from its source again."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest

from emgctl.recording.cache import kept
from emgctl.types import PoseTrack, Recording, Signal

ROWS = 1000


class Source:
    """A file and its reader, which counts how often it is called."""

    def __init__(self, folder, **changes):
        rng = np.random.default_rng(0)
        self.file = folder / "source.bin"
        self.file.write_bytes(b"content")
        os.utime(self.file, (1e9, 1e9))
        pose = rng.standard_normal((2, ROWS), dtype=np.float32).T  # not contiguous
        pose[3] = np.nan
        one = Recording(
            "alice",
            Signal(4, 2000.0, "uV", grid=(2, 2)),
            rng.standard_normal((ROWS, 4), dtype=np.float32),
            str(self.file),
            (np.arange(ROWS) // 100 % 2).astype(np.int16),
            ("rest", "fist"),
            session="s1",
            subject="alice",
            pose=PoseTrack(("thumb", "index"), pose, "rad"),
            published_split="train",
        )
        self.recording, self.reads = replace(one, **changes), 0

    def kept(self):
        return kept("test", self.file, self._read)

    def _read(self, file):
        assert file == self.file
        self.reads += 1
        return self.recording


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EMGCTL_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "datasets"


def assert_same(found, expected):
    for name in ("samples", "labels", "repetitions", "small_movements"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    np.testing.assert_array_equal(found.pose.values, expected.pose.values)
    assert (found.pose.joints, found.pose.unit) == (expected.pose.joints, expected.pose.unit)
    for name in ("name", "signal", "source", "label_names", "session", "subject", "published_split"):
        assert getattr(found, name) == getattr(expected, name)


def test_a_recording_is_read_once_and_then_mapped(tmp_path, cache):
    source = Source(tmp_path)
    for _ in range(3):
        found = source.kept()
        assert_same(found, source.recording)
        assert found.samples.dtype == found.pose.values.dtype == np.float32
        for array in (found.samples, found.labels, found.pose.values):
            assert isinstance(array, np.memmap)
            assert array.flags.c_contiguous
            assert not array.flags.writeable
    assert source.reads == 1
    (entry,) = cache.iterdir()
    assert sorted(one.name for one in entry.iterdir()) == ["facts.json", "labels.npy", "pose.npy", "samples.npy"]
    np.testing.assert_array_equal(np.load(entry / "samples.npy"), source.recording.samples)


def test_one_label_for_all_samples_takes_no_file(tmp_path, cache):
    source = Source(tmp_path, labels=np.broadcast_to(np.int16(1), ROWS))
    for _ in range(2):
        found = source.kept()
        assert_same(found, source.recording)
        assert found.labels.dtype == np.int16
        assert not found.labels.flags.writeable
    assert not list(cache.rglob("labels.npy"))


def test_small_movements_are_kept(tmp_path, cache):
    source = Source(tmp_path, small_movements=np.arange(ROWS) < 100)
    for _ in range(2):
        assert_same(source.kept(), source.recording)
    assert source.reads == 1


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def replaced(array):
    return lambda path: np.save(path, array, allow_pickle=True)


def without_shape(path):
    facts = json.loads(path.read_text())
    del facts["arrays"]["samples"]["shape"]
    path.write_text(json.dumps(facts))


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("samples.npy", cut),
        ("samples.npy", lambda path: path.unlink()),
        ("samples.npy", lambda path: path.write_bytes(b"")),
        ("pose.npy", lambda path: path.write_bytes(b"no array")),
        ("pose.npy", lambda path: path.write_bytes(b"PK\x03\x04 no archive")),
        ("labels.npy", replaced(np.zeros(ROWS - 1, np.int16))),
        ("labels.npy", replaced(np.zeros(ROWS, np.int32))),
        ("labels.npy", replaced(np.array([{}] * ROWS))),
        ("facts.json", cut),
        ("facts.json", lambda path: path.write_bytes(b"[]")),
        ("facts.json", lambda path: path.write_bytes(b"\xff")),
        ("facts.json", without_shape),
    ],
)
def test_a_damaged_entry_is_read_anew_and_replaced(tmp_path, cache, name, damage):
    source = Source(tmp_path)
    source.kept()
    (entry,) = cache.iterdir()
    damage(entry / name)
    for _ in range(2):
        assert_same(source.kept(), source.recording)
    assert source.reads == 2
    assert list(cache.iterdir()) == [entry]


def test_an_entry_of_the_former_layout_is_replaced(tmp_path, cache):
    source = Source(tmp_path)
    source.kept()
    (entry,) = cache.iterdir()
    for path in entry.glob("*.npy"):
        path.unlink()
    (entry / "arrays.bin").write_bytes(source.recording.samples.tobytes())
    facts = json.loads((entry / "facts.json").read_text())
    facts["arrays"] = {"samples": {"at": 0, "shape": [ROWS, 4], "type": "<f4"}}
    (entry / "facts.json").write_text(json.dumps(facts))
    for _ in range(2):
        assert_same(source.kept(), source.recording)
    assert source.reads == 2
    assert not (entry / "arrays.bin").exists()


def test_what_can_not_be_kept_is_read_every_time(tmp_path, cache, monkeypatch):
    source = Source(tmp_path, force_n=np.zeros(ROWS, np.float32))
    for _ in range(2):
        assert source.kept() is source.recording
    assert not cache.exists()
    cache.parent.mkdir(exist_ok=True)
    cache.write_text("a file where the folder should be")
    source.recording = replace(source.recording, force_n=None)
    assert source.kept() is source.recording
    monkeypatch.setenv("EMGCTL_CACHE", "off")
    assert source.kept() is source.recording
    assert source.reads == 4
