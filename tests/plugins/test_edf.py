"""EDF and BDF files: their channels, labels and holes, and the same values as MNE's reader."""

import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from present import present

from emgctl.errors import FileError
from emgctl.recording.annotations import Annotation, label_samples
from emgctl.recording.datasets import read_dataset

WAVE = np.sin(np.arange(400) / 7)


@given(
    st.lists(st.tuples(st.integers(-5, 60), st.sampled_from("abc"), st.none() | st.integers(0, 20)), max_size=8),
    st.integers(1, 50),
)
def test_a_sample_has_the_label_of_the_last_annotation_that_covers_it(marks, length):
    marks = sorted(marks, key=lambda mark: mark[0])
    labels, names, repetitions = label_samples([Annotation(a, b, c) for a, b, c in marks], length)
    for place in range(length):
        ends = [at + count if count is not None else marks[n + 1][0] if n + 1 < len(marks) else length
                for n, (at, _, count) in enumerate(marks)]  # fmt: skip
        covering = [text for (at, text, _), end in zip(marks, ends, strict=True) if at <= place < end]
        if covering:
            assert names[present(labels)[place]] == covering[-1]
            assert present(repetitions)[place] >= 1
        elif labels is not None:
            assert labels[place] == -1


def edf_signal(values, label="EMG 1", rate_hz=200, unit="uV", kind="EdfSignal"):
    import edfio

    return getattr(edfio, kind)(values, rate_hz, label=label, physical_dimension=unit)


@pytest.mark.parametrize(("ending", "kind", "signal"), [("edf", "Edf", "EdfSignal"), ("bdf", "Bdf", "BdfSignal")])
def test_edf_and_bdf_files(tmp_path, ending, kind, signal):
    import edfio

    wave = np.sin(np.arange(400) / 7)
    signals = [
        edf_signal(wave, "EMG left", unit="mV", kind=signal),
        edf_signal(-wave, "EMG right", unit="mV", kind=signal),
        edf_signal(wave, "ECG", kind=signal),
    ]
    notes = [edfio.EdfAnnotation(0.5, None, "fist"), edfio.EdfAnnotation(1.5, 0.25, "open")]
    path = tmp_path / f"session.{ending}"
    getattr(edfio, kind)(signals, annotations=notes).write(path)
    (one,) = read_dataset(str(path))
    assert one.signal.names == ("EMG left", "EMG right")
    assert (one.signal.rate_hz, one.signal.unit) == (200.0, "uV")
    assert np.abs(one.samples[:, 0] - 1000 * wave).max() < 0.1
    assert [one.label_names[n] if n >= 0 else "" for n in present(one.labels)[[0, 100, 299, 300, 349]]] == [
        "", "fist", "fist", "open", "open",
    ]  # fmt: skip


def test_the_voltage_channels_of_one_rate_are_read_and_what_is_left_out_is_reported(tmp_path, caplog):
    import edfio

    path = tmp_path / "trigno.edf"
    signals = [
        edf_signal(WAVE / 1000, "FCR", unit="mVolt"),
        edf_signal(WAVE[:200] / 1000, "slow", 100, unit="mV"),
        edf_signal(np.ones(400) * WAVE[0], "Acc X", unit="g"),
        edf_signal(WAVE, "ECU", unit="_V"),
        edf_signal(WAVE, "FDS", unit="microV"),
    ]
    edfio.Edf(signals).write(path)
    path.write_bytes(path.read_bytes().replace(b"_V      ", b"\xb5V      "))
    (one,) = read_dataset(str(path))
    assert (one.signal.names, one.signal.rate_hz, one.signal.unit) == (("FCR", "ECU", "FDS"), 200.0, "uV")
    assert np.abs(one.samples - WAVE[:, None]).max() < 1e-3
    assert "left out: slow (mV, 100 Hz), Acc X (g, 200 Hz)" in caplog.text


def test_an_annotation_of_no_duration_ends_at_the_next_for_good(tmp_path):
    import edfio

    path = tmp_path / "a.edf"
    notes = [edfio.EdfAnnotation(*mark) for mark in ((0.2, 0, "fist"), (0.6, 0.4, "open"), (1.5, None, "fist"))]
    edfio.Edf([edf_signal(WAVE)], annotations=notes).write(path)
    (one,) = read_dataset(str(path))
    names = [one.label_names[n] if n >= 0 else "" for n in present(one.labels)]
    assert names == [""] * 40 + ["fist"] * 80 + ["open"] * 80 + [""] * 100 + ["fist"] * 100
    assert np.unique(present(one.repetitions)).tolist() == [-1, 1, 2]


@pytest.mark.parametrize("kind", ["Edf", "Bdf"])
def test_a_discontinuous_file_keeps_its_holes(tmp_path, kind):
    import edfio

    path = tmp_path / f"a.{kind.lower()}"
    made = getattr(edfio, kind)([edf_signal(WAVE, kind=f"{kind}Signal")], annotations=[edfio.EdfAnnotation(1, 5, "x")])
    made.update_data_record_duration(1.0)
    made.write(path)
    data = path.read_bytes()
    assert data.count(b"+1\x14\x14\x00") == 1
    data = data.replace(b"+1\x14\x14\x00", b"+4\x14\x14\x00").replace(b"DF+C", b"DF+D")
    path.write_bytes(data)
    (one,) = read_dataset(str(path))
    assert np.flatnonzero(np.isnan(one.samples[:, 0])).tolist() == list(range(200, 800))
    assert np.abs(one.samples[[*range(200), *range(800, 1000)], 0] - WAVE).max() < 1e-3
    assert (present(one.labels)[200:] == 0).all()
    path.write_bytes(data.replace(b"+4\x14\x14\x00", b"+0\x14\x14\x00"))
    with pytest.raises(FileError, match="go back in time"):
        read_dataset(str(path))


@pytest.mark.slow
def test_values_and_times_are_those_of_mne(tmp_path):
    import edfio

    mne = pytest.importorskip("mne")
    path = tmp_path / "a.edf"
    notes = [edfio.EdfAnnotation(0.25, 1, "fist")]
    edfio.Edf([edf_signal(WAVE * 300), edf_signal(WAVE - 5, "EMG 2")], annotations=notes).write(path)
    raw = mne.io.read_raw_edf(path, verbose="error")
    (one,) = read_dataset(str(path))
    assert np.allclose(one.samples.T, raw.get_data() * 1e6, atol=1e-4)
    assert (raw.annotations.onset[0] * 200, raw.annotations.description[0]) == (
        np.flatnonzero(one.labels == 0)[0], one.label_names[0],
    )  # fmt: skip


@given(st.integers(0, 1300), st.integers(0, 255), st.integers(0, 1300))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damaged_and_cut_files_are_a_sentence(tmp_path, at, byte, end):
    import edfio

    path = tmp_path / "a.bdf"
    whole = tmp_path / "whole.bdf"
    if not whole.exists():
        signal = edf_signal(WAVE, kind="BdfSignal")
        edfio.Bdf([signal], annotations=[edfio.EdfAnnotation(1, 5, "x")]).write(whole)
    data = bytearray(whole.read_bytes())
    data[at % len(data)] = byte
    path.write_bytes(bytes(data[: end or None]))
    message = ""
    try:
        assert len(read_dataset(str(path))) == 1
    except FileError as error:
        message = str(error)
    assert not message or re.search(r"a\.bdf: .*(BDF|data records|channels|MB|values|signals)", message)
    assert "\n" not in message
