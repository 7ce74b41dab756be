"""Recordings of other programs' formats: the values of an independent reader, and a sentence for damaged files."""

import gc
import subprocess
import sys

import format_seeds
import numpy as np
import pytest
from format_seeds import MICROVOLTS, WAVE
from present import present

from emgctl.errors import FileError
from emgctl.extras import install_command
from emgctl.recording.datasets import read_dataset

FORMATS = {"wfdb": "WFDB", "c3d": "C3D", "acq": "AcqKnowledge", "mat": "MATLAB", "otbiolab": "MATLAB", "npz": "np",
           "parquet": "Parquet", "wav": ".wav", "openhdemg": "openhdemg"}  # fmt: skip
"""What a message about a file of each kind names."""


def read(maker, folder):
    kind, path = maker(folder)
    (one,) = read_dataset(str(path))
    assert np.array_equal(one.samples, read_dataset(f"{kind}:{path}")[0].samples)
    return one, path


def labels(recording):
    return [recording.label_names[n] if n >= 0 else "" for n in present(recording.labels)]


@pytest.mark.slow
def test_wfdb_records_with_annotations(tmp_path):
    one, path = read(format_seeds.wfdb, tmp_path)
    raw = np.fromfile(path.with_suffix(".dat"), "<i2").reshape(-1, 2)
    gain = [float(line.split()[2].split("(")[0].split("/")[0]) for line in path.read_text().splitlines()[1:3]]
    base = [float(line.split("(")[1].split(")")[0]) for line in path.read_text().splitlines()[1:3]]
    assert np.allclose(one.samples, 1000 * (raw - base) / gain, atol=1e-3)
    assert (str(one.signal), one.signal.names) == ("2 channels at 1000 Hz in uV", ("FCR", "ECU"))
    assert labels(one) == [""] * 100 + ["fist"] * 200 + ["rest"] * 100
    assert len(read_dataset(str(path.with_suffix(".dat")))) == 1
    header = path.read_text()
    path.write_text(header.replace("rec.dat", "../rec.dat"))
    with pytest.raises(FileError, match=r"can't be read as a WFDB record: invalid syntax"):
        read_dataset(str(path))
    path.write_text(header.replace("rec.dat", "gone.dat"))
    with pytest.raises(FileError, match=r"'gone.dat', which is not there; copy that file, too"):
        read_dataset(str(path))


@pytest.mark.slow
def test_analog_channels_of_c3d_and_of_acqknowledge(tmp_path):
    one, _ = read(format_seeds.c3d, tmp_path)
    assert np.allclose(one.samples[:, 0], MICROVOLTS[:, 0], atol=1e-3)
    assert (one.signal.names, labels(one)) == (("FCR",), [""] * 100 + ["fist"] * 300)
    assert one.notes == ("left out: Fx (N, 1000 Hz)",)
    one, path = read(format_seeds.acq, tmp_path)
    raw = np.frombuffer(path.read_bytes()[-8 - 1600 : -8], "<i2").reshape(-1, 2)
    assert np.allclose(one.samples[:, 0], 1000 * (0.01 * raw[:, 0] + 1))
    assert (str(one.signal), one.signal.names) == ("1 channels at 1000 Hz in uV", ("FCR",))


@pytest.mark.slow
def test_hdf5_of_opensignals_and_its_devices(tmp_path):
    import h5py

    one, path = read(format_seeds.opensignals, tmp_path)
    assert np.array_equal(one.samples[:, 0], np.round(MICROVOLTS[:, 0]))
    assert (str(one.signal), one.notes) == ("1 channels at 1000 Hz in count", ("left out: channel 2 (ECG)",))
    with h5py.File(path, "r+") as file:
        file.copy("00:11", "00:22")
    with pytest.raises(FileError, match=r"name one as a\.h5#00:11; its devices: 00:11, 00:22"):
        read_dataset(str(path))
    assert len(read_dataset(f"{path}#00:22")) == 1


@pytest.mark.slow
def test_exports_to_matlab_and_files_of_openhdemg(tmp_path):
    one, _ = read(format_seeds.otbiolab, tmp_path)
    assert np.array_equal(one.samples, MICROVOLTS)
    assert (one.signal.rate_hz, one.signal.unit, one.notes[0]) == (2048, "uV", "left out: acquired data (kg, 2048 Hz)")
    one, _ = read(format_seeds.openhdemg, tmp_path)
    assert np.array_equal(one.samples, MICROVOLTS)


@pytest.mark.slow
@pytest.mark.parametrize("maker", [format_seeds.mat, format_seeds.mat73])
def test_any_matlab_file_of_either_version(tmp_path, maker):
    one, _ = read(maker, tmp_path)
    assert np.allclose(one.samples, MICROVOLTS, atol=1e-3)
    assert str(one.signal) == "2 channels at 1000 Hz in uV"


def test_matlab_73_files_of_a_known_data_set(tmp_path):
    import h5py

    path = tmp_path / "S1_E1.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["emg"], file["stimulus"], file["repetition"] = np.ones((10, 5)), np.ones((1, 5)), np.ones((1, 5))
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM")
    (one,) = read_dataset(str(path))
    assert (one.samples.shape, one.signal.rate_hz, one.subject) == ((5, 10), 100.0, "S1")


def test_sound_files_have_the_values_of_scipy_and_the_events_beside_them(tmp_path):
    from scipy.io import wavfile

    one, path = read(format_seeds.wav, tmp_path)
    rate, values = wavfile.read(path)
    assert np.array_equal(one.samples, values)
    assert (one.signal.rate_hz, labels(one)) == (rate, [""] * 100 + ["1"] * 300)
    (tmp_path / "a-events.txt").write_text("1\t0.3\n")
    with pytest.raises(FileError, match=r"a-events\.txt: line 1: has no time behind the marker's name"):
        read_dataset(str(path))


@pytest.mark.slow
def test_parquet_tables_have_time_unit_and_words_as_labels(tmp_path):
    import pandas

    one, path = read(format_seeds.parquet, tmp_path)
    table = pandas.read_parquet(path)
    assert np.allclose(one.samples, 1000 * table[["EMG 1 (mV)", "EMG 2 (mV)"]].to_numpy())
    assert (str(one.signal), labels(one)) == ("2 channels at 1000 Hz in uV", table["label"].tolist())


def test_numpy_files_and_folders_of_them_whatever_the_arrays_are_called(tmp_path):
    one, _ = read(format_seeds.npy, tmp_path)
    assert np.array_equal(one.samples, MICROVOLTS)
    np.savez(tmp_path / "b.npz", x_mV=WAVE.T, fs=500, units="mV", y=np.arange(400) // 200, names=["FCR", "ECU"])
    (tmp_path / "README.txt").write_text("1,2\n3,4\n")
    (tmp_path / "participants.tsv").write_text("participant_id\tage\nsub-01\t30\n")
    first, second = read_dataset(str(tmp_path))
    assert (first.name, second.name) == ("a.npy", "b.npz")
    assert np.allclose(second.samples, MICROVOLTS, atol=1e-3)
    assert (second.signal.rate_hz, second.signal.names, second.label_names) == (500.0, ("FCR", "ECU"), ("0", "1"))
    assert second.notes == ("array 'x_mV' is read as channels x samples, 2 of 400",)
    np.save(tmp_path / "c.npy", np.array([{}], object), allow_pickle=True)
    with pytest.raises(FileError, match=r"c.npy: can't be read as npy without pickles"):
        read_dataset(str(tmp_path / "c.npy"))


def test_ninapro_of_sixteen_electrodes_in_volts_is_no_armband(tmp_path):
    from scipy.io import savemat

    column, path = np.ones((6, 1)), tmp_path / "S1_E1_A1.mat"
    savemat(path, {"emg": np.full((6, 16), 2e-5), "stimulus": column, "repetition": column})
    assert str(read_dataset(str(path))[0].signal) == "16 channels at 2000 Hz in uV"
    savemat(path, {"emg": np.full((6, 16), 7.0), "stimulus": column, "repetition": column})
    assert str(read_dataset(str(path))[0].signal) == "16 channels at 200 Hz in count"


@pytest.mark.slow
@pytest.mark.parametrize("maker", [one for one in format_seeds.MAKERS if one.__name__ != "bids"])
def test_a_damaged_cut_or_empty_file_is_a_sentence_that_names_it(tmp_path, maker, recwarn, capfd):
    kind, path = maker(tmp_path)
    data = path.read_bytes()
    gc.collect()
    recwarn.clear()  # what earlier tests left to be collected is not this one's
    for content in (b"", data[: len(data) // 2], data[:40] + b"\xff" * 40 + data[80:]):
        path.write_bytes(content)
        message = f"{path.name}: nothing to complain about"
        try:
            assert read_dataset(f"{kind}:{path}")
        except FileError as error:
            message = str(error)
        assert path.name in message
        assert FORMATS.get(kind, "") in message or "nothing to" in message or "MB" in message
        assert "\n" not in message
    assert [str(one.message) for one in recwarn.list] == []
    assert capfd.readouterr().out == ""


def test_a_missing_library_is_a_sentence_with_the_command_that_installs_it(tmp_path):
    """In a process that finds no such library."""
    kind, path = format_seeds.wav(tmp_path)
    code = "import sys; sys.modules['soundfile'] = None; from emgctl.recording.datasets import read_dataset\n"
    code += f"try: read_dataset({f'{kind}:{path}'!r})\nexcept Exception as error: print(error)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{path}: needs the Python package 'soundfile'; run: {install_command('datasets')}"
    assert done.stderr == ""
