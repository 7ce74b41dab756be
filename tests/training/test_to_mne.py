"""A recording as an object of MNE-Python, and back from its file."""

import numpy as np
import pytest
from click.testing import CliRunner

from emgctl.cli import cli
from emgctl.errors import DeviceError, FileError, UsageError
from emgctl.recording.convert import write_recording
from emgctl.recording.mne import CountsWarning, to_mne, write_fif
from emgctl.types import PoseTrack, Recording, Signal

mne = pytest.importorskip("mne")


def recording(unit="uV", **more):
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, -1, 1, 0], 100).astype(np.int16)
    repetitions = np.repeat([1, 1, 1, 2, 2], 100).astype(np.int16)
    signal = Signal(2, 250.0, unit, names=("flexor", "extensor"))
    samples = rng.normal(0, 50, (500, 2)).astype(np.float32)
    return Recording("a.h5", signal, samples, "a.h5", labels, ("rest", "fist"), repetitions, subject="ann", **more)


def annotations(raw):
    return [(one["description"], round(float(one["onset"]), 6), round(float(one["duration"]), 6))
            for one in raw.annotations]  # fmt: skip


def test_microvolts_become_volts_and_labels_annotations():
    one = recording()
    raw = to_mne(one)
    assert (raw.ch_names, raw.get_channel_types(), raw.info["sfreq"]) == (["flexor", "extensor"], ["emg"] * 2, 250.0)
    assert pytest.approx(one.samples * 1e-6) == raw.get_data().T
    assert pytest.approx(one.samples) == raw.get_data(units="uV").T
    assert annotations(raw) == [
        ("rest/1", 0.0, 0.4), ("fist/1", 0.4, 0.4), ("fist/2", 1.2, 0.4), ("rest/2", 1.6, 0.4)
    ]  # fmt: skip
    assert raw.info["subject_info"]["his_id"] == "ann"


def test_mne_selects_by_label_and_by_repetition():
    raw = to_mne(recording())
    events, numbers = mne.events_from_annotations(raw, verbose="error")
    epochs = mne.Epochs(raw, events, numbers, 0, 0.3, baseline=None, preload=True, picks="emg", verbose="error")
    assert (len(epochs["fist"]), len(epochs["fist/2"]), len(epochs["rest"])) == (2, 1, 2)


def test_counts_have_no_volts_unless_it_is_said_how_many():
    one = recording("count")
    with pytest.warns(CountsWarning, match="is in counts, which have no volts"):
        raw = to_mne(one)
    assert raw.get_channel_types() == ["misc"] * 2
    assert pytest.approx(one.samples) == raw.get_data().T
    raw = to_mne(one, microvolts_per_count=0.2)
    assert raw.get_channel_types() == ["emg"] * 2
    assert pytest.approx(one.samples * 0.2e-6) == raw.get_data().T
    with pytest.raises(UsageError, match="not positive"):
        to_mne(one, microvolts_per_count=0)
    with pytest.raises(UsageError, match="in microvolts already"):
        to_mne(recording(), microvolts_per_count=0.2)


def test_poses_and_forces_follow_and_lost_samples_are_bad():
    pose = PoseTrack(("index_pip_fe", "index_pip_fe"), np.full((500, 2), 0.5, np.float32))
    one = recording(pose=pose, force_n=np.arange(500, dtype=np.float32))
    one.samples[200:250] = np.nan
    raw = to_mne(one)
    assert raw.ch_names[2:] == ["index_pip_fe", "index_pip_fe (2)", "force"]
    assert raw.get_channel_types()[2:] == ["misc"] * 3
    assert raw.get_data(picks=[2, 4])[:, 499] == pytest.approx([0.5, 499])
    assert ("BAD_lost", 0.8, 0.2) in annotations(raw)
    kept = raw.get_data(picks="emg", reject_by_annotation="omit")
    assert kept.shape == (2, 450)
    assert np.isfinite(kept).all()


def test_a_recording_without_anything_else():
    raw = to_mne(Recording("x", Signal(3, 100.0, "uV"), np.zeros((50, 3), np.float32), "x"))
    assert raw.ch_names == ["EMG 1", "EMG 2", "EMG 3"]
    assert not len(raw.annotations)


def test_a_file_is_read_back_as_it_was_written(tmp_path):
    one = recording()
    write_fif(tmp_path / "a_raw.fif", one)
    raw = mne.io.read_raw_fif(tmp_path / "a_raw.fif", preload=True, verbose="error")
    assert pytest.approx(one.samples, rel=1e-6) == raw.get_data(units="uV").T
    assert annotations(raw) == annotations(to_mne(one))
    with pytest.raises(FileError, match="exists already"):
        write_fif(tmp_path / "a_raw.fif", one)
    with pytest.raises(UsageError, match=r"end in raw.fif, as in a_raw.fif"):
        write_fif(tmp_path / "a.fif", one)
    with pytest.raises(FileError, match="can't be written"):
        write_fif(tmp_path / "nowhere" / "a_raw.fif", one)


def test_convert_writes_such_a_file(tmp_path):
    write_recording(tmp_path / "a.h5", recording("count"))
    convert = ["data", "convert", str(tmp_path / "a.h5"), "-o"]
    done = CliRunner().invoke(cli, [*convert, str(tmp_path / "a_raw.fif")])
    assert (done.exit_code, "emgctl: warning: a.h5 is in counts" in done.stderr) == (0, True), done.output
    done = CliRunner().invoke(cli, [*convert, str(tmp_path / "b_raw.fif"), "--microvolts-per-count", "2"])
    assert (done.exit_code, done.stderr) == (0, "")
    done = CliRunner().invoke(cli, [*convert, str(tmp_path / "b.h5"), "--microvolts-per-count", "2"])
    assert (done.exit_code, "raw.fif" in done.output) == (2, True)
    done = CliRunner().invoke(cli, [*convert, str(tmp_path / "c_raw.fif"), str(tmp_path / "a.h5")])
    assert (done.exit_code, "2 recordings can't go into one file" in done.output) == (2, True)


def test_without_mne_it_states_how_to_get_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "mne", None)
    with pytest.raises(DeviceError, match=r'pip install "emgctl\[mne\]"'):
        to_mne(recording())
