"""What reading a file of each kind keeps in memory, and how files are refused that can only be read as a whole."""

import gzip
import io
import subprocess
import sys
import tarfile
import tracemalloc

import format_seeds
import numpy as np
import pytest
from test_xdf import EMG, xdf_file, xdf_stream

from emgctl.errors import FileError
from emgctl.recording import room
from emgctl.recording.datasets import read_dataset

COUNT, BLOCK = 40_000, 1 << 16
WAVE = np.tile(np.arange(-100, 100, dtype=np.int16)[:, None], (COUNT // 200, 8))
SIZE = WAVE.size * 4


def npz(folder):
    np.savez_compressed(folder / "a.npz", samples=WAVE.astype(np.float32), rate_hz=1000.0)
    return folder / "a.npz"


def npz_by_columns(folder):
    np.savez(folder / "a.npz", samples=np.asfortranarray(WAVE.astype(np.float64)))
    return folder / "a.npz"


def mat73(folder):
    import h5py

    path = folder / "a.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        file.create_dataset("emg", data=WAVE.T.astype(np.float32), chunks=(8, 512), compression="gzip")
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\0\2IM")
    return path


def opensignals(folder):
    import h5py

    path = folder / "a.h5"
    with h5py.File(path, "w") as file:
        device = file.create_group("00:11")
        device.attrs.update({"sampling rate": 1000, "channels": list(range(1, 9)), "sensor": ["EMG"] * 8})
        for number in range(8):
            device[f"raw/channel_{number + 1}"] = WAVE[:, number : number + 1].astype("<i4")
    return path


def otb(folder):
    channels = "".join(f'<Channel Index="{number}" ID="CoDe1"/>' for number in range(8))
    text = '<Device Name="X" SampleFrequency="2048" ad_bits="16" DeviceTotalChannels="8"><Channels><Adapter ID="A" '
    text += f'Gain="{3.3 / 2**16 * 1e6}" ChannelStartIndex="0">{channels}</Adapter></Channels></Device>'
    with tarfile.open(folder / "a.otb+", "w:gz") as archive:
        for name, content in (("a.xml", text.encode()), ("a.sig", WAVE.astype("<i2").tobytes())):
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return folder / "a.otb+"


def cote_allard(folder):
    (folder / "classe_3.dat").write_bytes(WAVE.astype("<i2").tobytes())
    return folder


def wav(folder):
    import soundfile

    soundfile.write(folder / "a.wav", WAVE, 10000, "PCM_16")
    return folder / "a.wav"


def wfdb(folder):
    (folder / "rec.dat").write_bytes(WAVE.astype("<i2").tobytes())
    lines = [f"rec.dat 16 1000(0)/mV 16 0 0 0 0 EMG{number}" for number in range(8)]
    (folder / "rec.hea").write_text("\n".join((f"rec 8 1000 {COUNT}", *lines, "")))
    return folder / "rec.hea"


@pytest.fixture
def small_blocks(monkeypatch, tmp_path):
    """Blocks of 64 kB, and no memory for arrays that are larger."""
    from emgctl_datasets import mat73 as reader_of_mat73
    from emgctl_datasets import wfdb_records
    from emgctl_files import npz as reader_of_npz
    from emgctl_files import wav as reader_of_wav

    monkeypatch.setenv("EMGCTL_CACHE", str(tmp_path / "cache"))
    for module in (room, reader_of_mat73, reader_of_npz, reader_of_wav):
        monkeypatch.setattr(module, "BLOCK_BYTES", BLOCK)
    monkeypatch.setattr(wfdb_records, "PIECE", BLOCK // 8)
    monkeypatch.setattr(room, "allowed_bytes", lambda: BLOCK)


@pytest.mark.parametrize("make", [npz, npz_by_columns, mat73, opensignals, otb, cote_allard, wav, wfdb])
def test_a_file_is_read_in_blocks(make, tmp_path, small_blocks):
    path = make(tmp_path)
    read_dataset(str(path))  # imports its library, and reads it on trial
    tracemalloc.start()
    try:
        (one,) = read_dataset(str(path))
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(one.samples, np.memmap)
    assert np.allclose(one.samples, WAVE, rtol=1e-4)
    labels = sum(track.nbytes for track in (one.labels, one.repetitions) if track is not None)
    assert taken - 2 * labels < SIZE * 0.7


READ_ALL = """
import sys
from pathlib import Path
from emgctl.stats import peak_rss_mb
from emgctl_files.parquet import read_all
read_all(Path(sys.argv[1]) / "small.parquet")
before_mb = peak_rss_mb()
read_all(Path(sys.argv[1]) / "large.parquet")
print(peak_rss_mb() - before_mb)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured by Linux's means")
def test_a_parquet_table_that_was_written_in_one_piece_is_not_kept_whole(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    samples = np.random.default_rng(0).standard_normal((2_000_000, 8), np.float32)
    for name, rows in (("small", 100), ("large", len(samples))):
        table = pa.table({f"emg {number}": samples[:rows, number] for number in range(8)})
        parquet.write_table(table, tmp_path / f"{name}.parquet", row_group_size=rows, use_dictionary=False)
    done = subprocess.run([sys.executable, "-c", READ_ALL, tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < samples.nbytes * 0.8 / 1e6


def xdf(folder):
    samples = [(n / 100, np.full(2, n, np.float32).tobytes()) for n in range(50)]
    return "xdf", xdf_file(folder / "a.xdf", xdf_stream(1, EMG, samples))


@pytest.mark.parametrize("make", [format_seeds.acq, xdf])
def test_values_are_the_same_in_a_mapped_file(make, tmp_path, monkeypatch, small_blocks):
    pytest.importorskip({"acq": "bioread", "xdf": "pyxdf"}[make.__name__])
    _, path = make(tmp_path)
    (one,) = read_dataset(str(path))
    monkeypatch.setattr(room, "allowed_bytes", lambda: 0)
    (other,) = read_dataset(str(path))
    assert isinstance(other.samples, np.memmap)
    assert np.array_equal(one.samples, other.samples)


def markers(folder):
    names = ",".join(f"Marker_{number}_{axis}" for number in range(1, 24) for axis in "xyz")
    (folder / "a.csv").write_text(f"Trial,Task,FCR,{names}\n" + ",".join(["1"] * 72) + "\n")
    return "markers", folder / "a.csv"


@pytest.mark.parametrize(
    "make", [format_seeds.c3d, format_seeds.mat, format_seeds.otbiolab, format_seeds.openhdemg, xdf, markers]
)
def test_what_can_only_be_read_as_a_whole_is_refused_where_it_does_not_fit(make, tmp_path, monkeypatch):
    _, path = make(tmp_path)
    monkeypatch.setattr("emgctl.support.free_memory.free_bytes", lambda: 1000)
    with pytest.raises(FileError, match=r"can only be read as a whole, which takes about .* three quarters.*split it"):
        read_dataset(str(path))


def test_a_packed_variable_of_matlab_counts_with_what_it_unpacks_to(tmp_path, monkeypatch):
    scipy_io = pytest.importorskip("scipy.io")
    path = tmp_path / "a.mat"
    scipy_io.savemat(path, {"emg": np.zeros((100_000, 8))}, do_compression=True)
    assert path.stat().st_size < 100_000
    monkeypatch.setattr("emgctl.support.free_memory.free_bytes", lambda: 20_000_000)
    with pytest.raises(FileError, match="takes about 16 MB of memory"):
        read_dataset(str(path))


def test_openhdemg_counts_what_its_text_unpacks_to(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_bytes(gzip.compress(b'{"SOURCE": "OTB", "RAW_SIGNAL": "' + b"0," * 1_000_000 + b'"}'))
    monkeypatch.setattr("emgctl.support.free_memory.free_bytes", lambda: 20_000_000)
    with pytest.raises(FileError, match="takes about 62 MB of memory"):
        read_dataset(str(path))
