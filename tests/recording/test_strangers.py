"""Recordings and data sets that somebody else made: a sentence, no other file is read, no hang."""

import gzip
import io
import os
import random
import subprocess
import sys
import tarfile
import time
import zipfile
from contextlib import suppress

import h5py
import numpy as np
import pytest
from patience import patient

from emgctl.errors import FileError, UsageError
from emgctl.recording.datasets import read_dataset
from emgctl.recording.hdf5 import lookup3
from emgctl.recording.reader import read_recording
from emgctl.recording.writer import RecordingWriter
from emgctl.support.trial import answer
from emgctl.testing import block
from emgctl.types import Signal

SIGNAL = Signal(2, 200.0, "uV")


@pytest.fixture
def recording(tmp_path):
    path = tmp_path / "a.h5"
    writer = RecordingWriter(path, SIGNAL, user="alice")
    for start in range(0, 400, 10):
        writer.write(block(np.random.default_rng(start).normal(size=(10, 2)), start))
    writer.mark(0, "fist")
    writer.close()
    writer.check()
    return path


def refused(path, match):
    with pytest.raises(FileError, match=match) as raised:
        read_dataset(str(path))
    assert len(str(raised.value)) < 1000
    assert "\n" not in str(raised.value)


@pytest.mark.slow
def test_flipped_bits_end_in_a_sentence_and_not_in_a_hang(recording):
    data, chance = recording.read_bytes(), random.Random(3)
    for _ in range(int(os.environ.get("EMGCTL_REPEAT", "8"))):
        flipped = bytearray(data)
        flipped[chance.randrange(6000)] ^= 1 << chance.randrange(8)
        recording.write_bytes(flipped)
        begun_s = time.monotonic()
        with suppress(FileError):
            read_recording(recording)
        assert time.monotonic() - begun_s < 60


@pytest.mark.slow
def test_a_file_that_loops_is_given_up(tmp_path, monkeypatch):
    """One flipped bit in HDF5's heap of texts, which has no checksum, is a loop without end (seen with HDF5 2.0)."""
    path = tmp_path / "a.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file.attrs.update(a="x" * 5, b="x" * 95, c="", d="", e="", f="x" * 25)
    data = bytearray(path.read_bytes())
    heap = data.index(b"GCOL")
    assert data[heap + 208] == 25  # the size of the last text
    data[heap + 208] ^= 64
    path.write_bytes(data)
    monkeypatch.setattr("emgctl.support.vetting.LEAST_S", 1.0)
    with pytest.raises(FileError, match="is damaged"):
        read_recording(path)


def test_a_computer_that_is_slow_to_start_the_checking_process_is_waited_for(recording, monkeypatch, caplog):
    monkeypatch.setattr("emgctl.support.vetting.SLOW_START_S", 0.0)
    monkeypatch.setattr("emgctl.support.vetting._known", set())
    assert read_recording(recording).samples.shape == (400, 2)
    assert "slow to start; this computer is busy" in caplog.text


def test_a_checking_process_that_fails_is_not_taken_for_a_slow_one(recording, monkeypatch):
    monkeypatch.setattr(
        "emgctl.support.vetting.own_command", lambda *words: [sys.executable, "-S", "-c", "raise SystemExit(3)"]
    )
    monkeypatch.setattr("emgctl.support.vetting._known", set())
    with pytest.raises(FileError, match="the checking process ended at its start with status 3; try again"):
        read_recording(recording)


@pytest.mark.slow
def test_hdf5_that_names_another_file_is_not_followed(recording, tmp_path):
    secret = tmp_path / "secret.bin"
    secret.write_bytes(np.arange(800, dtype="<f4").tobytes())
    other = tmp_path / "other.h5"
    with h5py.File(other, "w") as file:
        file["samples"] = np.zeros((400, 2), np.float32)
    data = recording.read_bytes()

    def external_storage(file):
        file.create_dataset("samples", (400, 2), "<f4", external=[(str(secret), 0, h5py.h5f.UNLIMITED)])

    def external_link(file):
        file["samples"] = h5py.ExternalLink(str(other), "/samples")

    def soft_link(file):
        file["samples"] = h5py.SoftLink("/blocks")

    def virtual(file):
        layout = h5py.VirtualLayout((400, 2), "<f4")
        layout[:] = h5py.VirtualSource(str(other), "samples", (400, 2))
        file.create_virtual_dataset("samples", layout)

    for replace, match in (
        (external_storage, "in another file"),
        (external_link, "is a link"),
        (soft_link, "is a link"),
        (virtual, "from other files"),
    ):
        recording.write_bytes(data)
        with h5py.File(recording, "r+") as file:
            del file["samples"]
            replace(file)
        refused(recording, match)


def test_hdf5_that_unpacks_to_far_more_is_refused(recording, monkeypatch):
    with h5py.File(recording, "r+") as file:
        del file["samples"]
        file.create_dataset("samples", (1 << 40, 2), "<f4", chunks=(1 << 16, 2), compression="gzip")
    refused(recording, "more than the limit of .*EMGCTL_MAX_BYTES")
    monkeypatch.setenv("EMGCTL_MAX_BYTES", "much")
    with pytest.raises((UsageError, FileError), match="EMGCTL_MAX_BYTES should be"):
        read_recording(recording)


def test_a_leap_in_time_does_not_fill_the_memory(tmp_path):
    path = tmp_path / "a.h5"
    writer = RecordingWriter(path, SIGNAL)
    for start in (0, 1 << 50):
        writer.write(block([[1, 1]], start))
    writer.close()
    refused(path, "table 'blocks'")


def test_a_signal_that_is_not_what_the_samples_are(recording):
    with h5py.File(recording, "r+") as file:
        file.attrs["signal"] = file.attrs["signal"].decode().replace("200.0", "0.0")
    refused(recording, "attribute signal")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_pipes_and_devices_are_no_files(tmp_path):
    for name in ("a.h5", "a.csv", "a.npz", "a.mat", "a.xdf", "a.otb+"):
        os.mkfifo(tmp_path / name)
        refused(tmp_path / name, "a pipe or a device")
    refused("/dev/zero", "a pipe or a device")


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege")
def test_links_in_a_folder_are_not_followed(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_text("1,2\n3,4\n")
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "a.csv").symlink_to(outside / "secret.csv")
    refused(folder, "is a link")
    (folder / "a.csv").unlink()
    (folder / "sub").symlink_to(outside)
    refused(folder, "is a link")
    named = tmp_path / "named.csv"
    named.symlink_to(outside / "secret.csv")  # who names a link means what it leads to
    assert len(read_dataset(str(named))) == 1


@pytest.mark.slow
def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setenv("EMGCTL_MAX_BYTES", str(1 << 20))
    scipy_io = pytest.importorskip("scipy.io")
    np.savez_compressed(tmp_path / "a.npz", samples=np.zeros((1 << 19, 8), np.float32))
    scipy_io.savemat(tmp_path / "a.mat", {"emg": np.zeros((1 << 19, 8)), "force_n": [0]}, do_compression=True)
    (tmp_path / "a.xdfz").write_bytes(gzip.compress(b"XDF:\x04" + (1 << 24).to_bytes(4, "little") + bytes(1 << 24)))
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        about = tarfile.TarInfo("a.sig")
        about.size = 1 << 24
        tar.addfile(about, io.BytesIO(bytes(1 << 24)))
    (tmp_path / "a.otb+").write_bytes(archive.getvalue())
    (tmp_path / "a.csv").write_bytes(b"1," * (1 << 20))
    for name in ("npz", "mat", "otb+", "csv"):
        kind = {"mat": "dutra:", "otb+": "otb:"}.get(name, "")
        with pytest.raises(FileError, match=r"more than the limit of|no MATLAB files|longer than"):
            read_dataset(f"{kind}{tmp_path / f'a.{name}'}")
    pytest.importorskip("pyxdf")
    refused(tmp_path / "a.xdfz", "more than the limit of")


def test_an_array_that_declares_more_than_it_has(tmp_path):
    header = b"\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999999, 8), }"
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("samples.npy", header.ljust(127) + b"\n")
    refused(tmp_path / "a.npz", "more than the limit of")


def test_xdf_that_declares_more_samples_than_it_has_bytes(tmp_path):
    pytest.importorskip("pyxdf")
    xml = b"<info><name>E</name><type>EMG</type><channel_count>8</channel_count></info>"
    head = b"\x01" + bytes([len(xml) + 6]) + (2).to_bytes(2, "little") + bytes(4) + xml
    samples = (3).to_bytes(2, "little") + bytes(4) + b"\x08" + (1 << 40).to_bytes(8, "little")
    (tmp_path / "a.xdf").write_bytes(b"XDF:" + head + b"\x01" + bytes([len(samples)]) + samples)
    refused(tmp_path / "a.xdf", "declares 1099511627776 samples")


def test_the_checksum_of_hdf5_is_lookup3(recording):
    head = recording.read_bytes()[:48]
    assert lookup3(head[:44]) == int.from_bytes(head[44:], "little")


def test_a_module_beside_the_recording_is_not_imported(recording, tmp_path):
    """The process that tries out files must not run what lies where it is started."""
    (tmp_path / "h5py.py").write_text("open('imported', 'w')\n")
    code = "import sys; sys.path.pop(0); from pathlib import Path; from emgctl.recording.reader import read_recording; "
    code += "read_recording(Path('a.h5'))"
    environment = os.environ | {"EMGCTL_CACHE": "off", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True, timeout=patient(120))
    assert not (tmp_path / "imported").exists()


def failing(problem):
    def read_all(path):
        raise problem

    return read_all


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (FileError("a", "is odd", "7", "mend it"), {"problem": "is odd", "place": "7", "remedy": "mend it"}),
        (UsageError("no such way"), {"problem": "no such way", "place": "", "remedy": ""}),
        (MemoryError(), {"problem": "needs more memory than allowed", "place": "", "remedy": ""}),
        (KeyError("b\nc"), {"place": "", "remedy": "its reader: 'b\\nc'"}),
        (ZeroDivisionError(), {"remedy": "its reader: ZeroDivisionError"}),
    ],
)
def test_whatever_a_reader_raises_on_trial_is_an_answer(tmp_path, problem, message):
    found = answer(failing(problem), tmp_path)
    assert found | message == found
    assert set(found) == {"problem", "place", "remedy"}
    assert answer(lambda path: None, tmp_path) == {}
