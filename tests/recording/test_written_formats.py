"""Recordings written in formats of others: read back equal, read by other programs, refused where they don't fit."""

import subprocess
import sys
from pathlib import Path

import format_seeds
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emgctl.errors import FileError, UsageError
from emgctl.recording.convert import convert
from emgctl.recording.datasets import read_dataset
from emgctl.recording.edf import write_edf
from emgctl.types import Recording, Signal

NAMES = ("Flexor carpi radialis", "Extensor carpi radialis", "FDS µ")
LABELS = np.repeat([0, 1, -1, 1, 0], [200, 200, 200, 200, 203]).astype(np.int16)
REPETITIONS = np.repeat([1, 1, -1, 2, 2], [200, 200, 200, 200, 203]).astype(np.int16)


def recording(unit="uV", rate_hz=2000 / 3, session="day 1", subject="Ann", **more):
    values = np.random.default_rng(0).normal(0, 50, (1003, 3)).astype(np.float32)
    samples = np.round(values) if unit == "count" else values
    samples[100:150] = np.nan
    signal = Signal(3, rate_hz, unit, names=NAMES)
    return Recording("a.h5", signal, samples, "a.h5", LABELS, ("rest", "thumb/index"), REPETITIONS, session=session,
                     subject=subject, **more)  # fmt: skip


def words(one):
    return [one.label_names[place] if place >= 0 else "" for place in one.labels]


def written(one, to, folder):
    (path,) = convert([one], folder / f"out.{to}", lambda *_: None)
    (found,) = read_dataset(str(path))
    return path, found


def same(one, other, resolution):
    assert np.array_equal(np.isnan(one.samples), np.isnan(other.samples))
    assert np.nanmax(np.abs(one.samples - other.samples)) <= resolution
    assert other.signal.rate_hz == pytest.approx(one.signal.rate_hz, rel=1e-6)
    assert (words(one), one.repetitions.tolist()) == (words(other), other.repetitions.tolist())
    assert (one.session, one.subject, one.signal.unit) == (other.session, other.subject, other.signal.unit)


@pytest.mark.parametrize(
    ("to", "unit", "resolution"),
    [
        ("bdf", "uV", 250 / 2**23), ("bdf", "count", 0), ("edf", "uV", 250 / 2**15), ("edf", "count", 0),
        pytest.param("parquet", "uV", 0, marks=pytest.mark.slow), pytest.param("mat", "uV", 0, marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_each_format_is_read_back_equal(tmp_path, to, unit, resolution):
    one = recording(unit)
    _, found = written(one, to, tmp_path)
    same(one, found, resolution)
    if to in ("parquet", "mat"):
        assert found.signal == one.signal
    else:
        assert found.signal.names == ("Flexor carpi rad", "Extensor carpi r", "FDS _")


@given(
    st.floats(7, 50_000), st.integers(1, 300), st.integers(1, 3), st.sampled_from([0, 1e-4, 0.3, 7, 4e5]),
    st.sampled_from(["edf", "bdf"]),
)  # fmt: skip
@settings(max_examples=30)
def test_edf_files_of_any_rate_and_size_are_read_back(tmp_path_factory, rate_hz, length, channels, scale, kind):
    samples = np.random.default_rng(length).normal(0, scale, (length, channels)).astype(np.float32)
    path = tmp_path_factory.mktemp("a") / f"a.{kind}"
    write_edf(path, Recording("a", Signal(channels, rate_hz, "uV"), samples, "a"), kind)
    (found,) = read_dataset(str(path))
    assert found.samples.shape == samples.shape
    assert found.signal.rate_hz == pytest.approx(rate_hz, rel=1e-4)
    assert np.abs(found.samples - samples).max() <= 2.01 * max(np.abs(samples).max(), 1e-4) / 2 ** (
        15 if kind == "edf" else 22
    )


@pytest.mark.slow
def test_others_read_the_same_values(tmp_path):
    mne = pytest.importorskip("mne")
    one = recording(rate_hz=1000.0)
    path, found = written(one, "bdf", tmp_path)
    raw = mne.io.read_raw_bdf(path, verbose="error")
    assert np.allclose(raw.get_data().T[:1003] * 1e6, np.nan_to_num(found.samples), atol=1e-4)
    assert "thumb/index/1" in set(raw.annotations.description)
    import pandas

    path, _ = written(one, "parquet", tmp_path)
    table = pandas.read_parquet(path)
    assert np.array_equal(table[["emg 1", "emg 2", "emg 3"]].to_numpy(), one.samples, equal_nan=True)


@pytest.mark.slow
def test_a_bids_data_set_is_accepted_by_the_validator_and_read_back_equal(tmp_path):
    days = [
        recording(),
        recording(session="day 2"),
        recording("count", 200.0, session="day 2"),
        recording(subject="Bo"),
    ]
    out = tmp_path / "set"
    paths = convert(days, out, lambda *_: None, "bids")
    assert [path.name for path in paths][:3] == [
        "sub-Ann_ses-day1_task-gestures_emg.bdf",
        "sub-Ann_ses-day2_task-gestures_run-1_emg.bdf",
        "sub-Ann_ses-day2_task-gestures_run-2_emg.bdf",
    ]
    found = read_dataset(str(out))
    assert [(one.subject, one.session) for one in found] == [
        ("Ann", "day1"), ("Ann", "day2"), ("Ann", "day2"), ("Bo", "day1"),
    ]  # fmt: skip
    for one, other in zip(days, found, strict=True):
        assert np.nanmax(np.abs(one.samples - other.samples)) <= 250 / 2**23
        assert (words(one), one.repetitions.tolist()) == (words(other), other.repetitions.tolist())
        assert (other.signal.names, other.signal.rate_hz, other.signal.unit) == (
            NAMES,
            one.signal.rate_hz,
            one.signal.unit,
        )
    done = subprocess.run(
        [str(Path(sys.executable).with_name("bids-validator-deno")), str(out)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    assert "[ERROR]" not in done.stdout
    with pytest.raises(FileError, match="is not an empty folder"):
        convert(days, out, lambda *_: None, "bids")


def test_sidecars_above_a_recording_apply_and_short_names_are_matched_by_order(tmp_path):
    _, root = format_seeds.bids(tmp_path)
    where = root / "sub-01" / "emg"
    (root / "task-grasping_channels.tsv").write_text(
        "name\ttype\tunits\ttarget_muscle\nEMG1\tEMG\tmV\tFCR\nEMG2\tEMG\tmV\tECU\nSTATUS\tTRIG\tn/a\tn/a\n"
    )
    (where / "sub-01_task-grasping_channels.tsv").unlink()
    copy = root / "derivatives" / "sub-01"
    copy.mkdir(parents=True)
    (copy / "sub-01_task-grasping_emg.edf").write_bytes(b"a copy that is not read")
    (one,) = read_dataset(str(root))
    assert (one.signal.names, one.subject, words(one).count("fist"), words(one).count("open")) == (
        ("FCR", "ECU"), "01", 200, 50,
    )  # fmt: skip
    (where / "sub-01_task-grasping_events.tsv").write_text("onset\tduration\ttrial_type\nsoon\t1\tfist\n")
    with pytest.raises(FileError, match=r"events\.tsv: 'soon' is no time in seconds|events\.tsv: line 2: 'soon' is no"):
        read_dataset(str(root))


@pytest.mark.parametrize(
    ("to", "out", "message"),
    [
        ("xdf", "a", "no maintained library writes XDF"),
        ("edff", "a", "did you mean 'edf'"),
        ("bdf", "a.edf", "does not end in .bdf"),
        ("", "a.c3d", "does not write .c3d"),
    ],
)
def test_what_can_not_be_written_is_refused(tmp_path, to, out, message):
    with pytest.raises(UsageError, match=message):
        convert([recording()], tmp_path / out, lambda *_: None, to)


def test_values_that_a_format_has_no_room_for(tmp_path):
    one = Recording("a", Signal(1, 100.0, "count"), np.full((5, 1), 2e7, np.float32), "a")
    with pytest.raises(FileError, match=r"out.edf: can't hold values as large as 2e\+07; convert to parquet or mat"):
        written(one, "edf", tmp_path)
    assert not list(tmp_path.iterdir())
