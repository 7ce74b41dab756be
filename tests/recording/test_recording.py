import os
import signal
import subprocess
import sys
import time
from itertools import pairwise

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patience import patient

from emgctl.errors import FileError
from emgctl.recording.convert import write_recording
from emgctl.recording.reader import read_recording
from emgctl.recording.writer import RecordingWriter
from emgctl.testing import block
from emgctl.types import Recording, Signal

SIGNAL = Signal(2, 200.0, "uV", names=("flexor", "extensor"))


def write(path, blocks, marks=(), **options):
    writer = RecordingWriter(path, SIGNAL, user="alice", **options)
    for one in blocks:
        writer.write(one)
    for mark in marks:
        writer.mark(*mark)
    writer.close()
    writer.check()


@settings(max_examples=20)
@given(st.lists(st.integers(1, 50), min_size=1, max_size=20))
def test_what_was_written_is_read(tmp_path_factory, sizes):
    path = tmp_path_factory.mktemp("recording") / "a.h5"
    values = np.random.default_rng(1).normal(0, 50, (sum(sizes), 2)).astype(np.float32)
    starts = np.cumsum([0, *sizes])
    write(path, [block(values[a:b], a) for a, b in pairwise(starts)])
    recording = read_recording(path)
    assert np.array_equal(recording.samples, values)
    assert (recording.signal, recording.subject, recording.labels) == (SIGNAL, "alice", None)


def test_markers_become_labels(tmp_path):
    path = tmp_path / "a.h5"
    write(path, [block(np.zeros((10, 2)), 100)], [(102, "fist"), (105, "rest"), (108, "")])
    recording = read_recording(path)
    names = [recording.label_names[label] if label >= 0 else "" for label in recording.labels]
    assert names == ["", "", "fist", "fist", "fist", "rest", "rest", "rest", "", ""]


def test_labels_keep_their_whole_name(tmp_path):
    path = tmp_path / "a.h5"
    names = ["x" * 64 + "a", "x" * 64 + "b", "ü" * 500, "y" * 1000]
    write(path, [block(np.zeros((4, 2)), 0)], [(at, name) for at, name in enumerate(names)])
    recording = read_recording(path)
    assert [recording.label_names[label] for label in recording.labels] == names


@pytest.mark.parametrize("label", ["x" * 1001, "ü" * 501, "a\0", "\udcff"])
def test_a_label_that_can_not_be_kept_whole_is_refused_with_a_sentence(tmp_path, label):
    writer = RecordingWriter(tmp_path / "a.h5", SIGNAL)
    try:
        with pytest.raises(FileError, match=r"choose a(nother| shorter) name"):
            writer.mark(0, label)
    finally:
        writer.close()
    source = Recording("a", SIGNAL, np.zeros((4, 2), np.float32), "", np.zeros(4, np.int16), (label,))
    with pytest.raises(FileError, match="choose a"):
        write_recording(tmp_path / "b.h5", source)
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5"]


def test_a_file_of_an_earlier_version_whose_labels_have_64_bytes_is_read(tmp_path):
    path = tmp_path / "a.h5"
    write(path, [block(np.zeros((4, 2)), 0)], [(0, "rest"), (2, "fist", 1)])
    with h5py.File(path, "r+", libver="latest") as file:
        rows = file["markers"][:]
        del file["markers"]
        file["markers"] = rows.astype([("sample", "<i8"), ("label", "S64"), ("repetition", "<i4")])
    recording = read_recording(path)
    assert [recording.label_names[label] for label in recording.labels] == ["rest", "rest", "fist", "fist"]


@pytest.mark.parametrize("group", ["telemetry", "told"])  # "told" is its name in files of earlier versions
def test_telemetry_is_read_back_also_from_files_of_earlier_versions(tmp_path, group):
    path = tmp_path / "a.h5"
    writer = RecordingWriter(path, SIGNAL, telemetry_channels={"hand": ("closure", "current_a")})
    writer.write(block(np.zeros((4, 2)), 10))
    writer.report(11, "hand", (0.5, 0.25), "")
    writer.report(13, "hand", (1.0, 0.5), "too hot")
    writer.close()
    with h5py.File(path, "r+", libver="latest") as file:
        file.move("telemetry", "renamed")
        file.move("renamed", group)
    hand = read_recording(path).telemetry["hand"]
    assert (hand.names, hand.at.tolist()) == (("closure", "current_a"), [1, 3])
    assert hand.rows.tolist() == [[0.5, 0.25], [1.0, 0.5]]
    assert hand.notes == ((3, "too hot"),)


def test_lost_samples_are_nan_and_time_stays_right(tmp_path):
    path = tmp_path / "a.h5"
    write(path, [block([[1, 1], [2, 2]], 7), block([[9, 9]], 12)], [(12, "fist")])
    recording = read_recording(path)
    np.testing.assert_array_equal(recording.samples[:, 0], [1, 2, np.nan, np.nan, np.nan, 9])
    assert recording.labels.tolist() == [-1] * 5 + [0]


def test_samples_that_came_twice_count_once(tmp_path):
    path = tmp_path / "a.h5"
    write(path, [block([[1, 1], [2, 2], [3, 3]], 0), block([[8, 8], [4, 4]], 2), block([[5, 5]], 4)])
    assert read_recording(path).samples[:, 0].tolist() == [1, 2, 3, 4, 5]


def test_a_recording_is_not_overwritten_unless_told(tmp_path):
    path = tmp_path / "a.h5"
    write(path, [block([[1, 1]])])
    with pytest.raises(FileError, match="exists already"):
        RecordingWriter(path, SIGNAL)
    write(path, [block([[2, 2]])], overwrite=True)
    assert read_recording(path).samples[0, 0] == 2


CHILD = """
import sys, time
import numpy as np
from pathlib import Path
from emgctl.recording.writer import RecordingWriter
from emgctl.types import SampleBlock, Signal
writer = RecordingWriter(Path(sys.argv[1]), Signal(2, 200.0))
begun = time.perf_counter()
for start in range(0, 100_000, 2):
    time.sleep(max(0, begun + (start + 2) / 200 - time.perf_counter()))
    values = np.repeat(np.arange(start, start + 2, dtype=np.float32)[:, None], 2, axis=1)
    if start % 10 == 0:
        writer.mark(start, f"{start:06}" * 100)
    writer.write(SampleBlock(values, start, time.perf_counter()))
    print(start + 2, flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_kill_9_costs_at_most_the_last_second(tmp_path):
    path = tmp_path / "killed.h5"
    child = subprocess.Popen([sys.executable, "-c", CHILD, path], stdout=subprocess.PIPE, text=True)
    written = 0
    begun_s = time.monotonic()
    while time.monotonic() < begun_s + 20 and written < 500:
        written = int(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    child.wait(patient(10))
    child.stdout.close()
    recording = read_recording(path)
    samples = recording.samples
    assert written - len(samples) <= 200
    assert written - int(recording.label_names[-1][:6]) <= 200
    assert all(len(name) == 600 for name in recording.label_names)
    assert samples[:, 0].tolist() == list(range(len(samples)))


@pytest.mark.parametrize("keep", [0, 7, 100, 3000, -100])
def test_a_file_that_was_cut_short_is_said_to_be(tmp_path, keep):
    path = tmp_path / "a.h5"
    write(path, [block(np.zeros((5000, 2)))])
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(FileError, match="is damaged or truncated"):
        read_recording(path)


@settings(max_examples=50)
@given(st.binary(max_size=300))
def test_garbage_is_never_more_than_a_clear_error(tmp_path_factory, garbage):
    path = tmp_path_factory.mktemp("garbage") / "a.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + garbage)
    with pytest.raises(FileError):
        read_recording(path)


def test_another_hdf5_file_is_not_taken_for_a_recording(tmp_path):
    path = tmp_path / "other.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file["x"] = [1]
    with pytest.raises(FileError, match="not a recording of emgctl"):
        read_recording(path)


@pytest.mark.slow
def test_a_disk_that_is_full_is_said_after_the_run(tmp_path, monkeypatch):
    writer = RecordingWriter(tmp_path / "a.h5", SIGNAL)

    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr("emgctl.recording.writer._append", full)
    writer.write(block([[1, 1]]))
    time.sleep(1.2)
    writer.write(block([[1, 1]], 1))
    writer.close()
    with pytest.raises(FileError, match="No space left on device"):
        writer.check()
