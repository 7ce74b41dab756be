"""Tables as many programs write them: each is read as the numbers, the rate and the unit that were written."""

import numpy as np
import pytest
import tables
from hypothesis import given
from hypothesis import strategies as st
from tables import COUNT, rows, signal

from emgctl.errors import FileError
from emgctl.recording.datasets import read_dataset
from emgctl.recording.tables import lines, store

E2, E4, E8, E16 = signal(2, scale=0.1), signal(4), signal(8), signal(16)
AT = np.arange(COUNT)
WORDS = np.repeat(["rest", "fist", "rest", "open"], COUNT // 4).tolist()
NUMBERS = np.repeat([0, 1, 0, 2], COUNT // 4)
CLOCK = [f"2026-01-01 10:00:{number // 100:02d}.{10 * (number % 100):03d}" for number in range(COUNT)]

FORMATS = {  # text, samples, rate, what one unit of them is in microvolts or None for counts
    "old OpenBCI": (tables.openbci_old(E8), E8, 250, 1),
    "BrainFlow Cyton": (tables.brainflow(E8, 24, 250), E8, 250, 1),
    "BrainFlow Ganglion": (tables.brainflow(E4, 15, 200), E4, 200, 1),
    "BrainFlow Daisy": (tables.brainflow(E16, 32, 125), E16, 125, 1),
    "MindRove": (tables.mindrove(E8), E8, 500, None),
    "BITalino": (tables.bitalino(E2), E2, 1000, None),
    "Trigno Discover": (tables.discover(E2), E2, 2000, 1e3),
    "AcqKnowledge": (tables.biopac(E2, timed=False), E2, 2000, 1e3),
    "AcqKnowledge with time": (tables.biopac(E2, timed=True), E2, 2000, 1e3),
    "Vicon Nexus": (tables.vicon(E2), E2, 1000, 1e6),
    "Noraxon": (tables.noraxon(E2), E2, 2000, None),
    "LabChart": (tables.labchart(E2), E2[:, :1], 1000, 1e3),
    "pandas": (",ch1,ch2,label\n" + rows([str(one) for one in AT], E2, WORDS), E2, 200, None),
    "pandas, numbered": (",0,1,2,3,4,5,6,7\n" + rows([str(one) for one in AT], E8), E8, 200, None),
    "R": ('"emg1" "emg2"\n' + rows([f'"{one}"' for one in AT], E2, separator=" "), E2, 200, None),
    "savetxt": ("# emg data\n# fs = 1500 Hz\n" + rows(E4, separator=" "), E4, 1500, None),
    "savetxt with names": ("# emg1 emg2 emg3 emg4\n" + rows(E4, separator=" "), E4, 200, None),
    "JSON": ('# {"device": "x", "sampling_rate": 1500}\n' + rows(E4), E4, 1500, None),
    "keys": ("Subject: Anna\nSampling rate: 1000 Hz\nUnits: mV\n\nCH1,CH2\n" + rows(E2), E2, 1000, 1e3),
    "time last": (rows(E8, AT / 1000), E8, 1000, None),
    "UNIX time last": (rows(E8, 1.7e9 + AT / 200), E8, 200, None),
    "microseconds": ("elapsed_us,emg1,emg2\n" + rows(500 * AT, E2), E2, 2000, None),
    "milliseconds twice": ("time (ms),emg1,emg2\n" + rows(AT // 2, E2), E2, 2000, None),
    "dates": ("timestamp,emg1,emg2\n" + rows(CLOCK, E2), E2, 100, None),
    "unit row": ("Time,Flexor,Force\ns,mV,N\n" + rows(AT / 1000, E2), E2[:, :1], 1000, 1e3),
    "motion": ("ms,emg1,emg2,acc_x,gyro_y,trigger\n" + rows(2 * AT, E2, signal(3)), E2, 500, None),
    "muscles": ("t,Biceps,Triceps,Trigger\n" + rows(AT / 500, E2, signal(1)), E2, 500, None),
    "carriage returns": (rows(AT / 1000, E2).replace("\n", "\r\n"), E2, 1000, None),
    "decimal commas": (
        "\ufefftime;EMG1 (mV);EMG2 (mV)\n" + rows(AT / 500, E2, separator=";").replace(".", ","), E2, 500, 1e3,
    ),
    "micro signs": ("time;EMG1 [µV];EMG2 [µV]\n" + rows(AT / 500, E2, separator=";"), E2, 500, 1),
    "UTF-16": ("time\tEMG1 (mV)\tEMG2 (mV)\n" + rows(AT / 500, E2, separator="\t"), E2, 500, 1e3),
}  # fmt: skip
ENCODINGS = {"micro signs": "cp1252", "UTF-16": "utf-16"}


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_read_as_it_was_written(tmp_path, name):
    text, samples, rate_hz, microvolts = FORMATS[name]
    (tmp_path / "a.txt").write_bytes(text.encode(ENCODINGS.get(name, "utf-8")))
    (recording,) = read_dataset(str(tmp_path / "a.txt"))
    signal = recording.signal
    assert (signal.channels, signal.rate_hz, signal.unit) == (
        samples.shape[1],
        rate_hz,
        "uV" if microvolts else "count",
    )
    np.testing.assert_allclose(recording.samples, samples * (microvolts or 1), rtol=1e-6)


def labels_of(recording):
    return [recording.label_names[one] if one >= 0 else "" for one in recording.labels]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("emg1,emg2,gesture\n" + rows(E2, WORDS), WORDS),
        ("emg1,emg2,movement\n" + rows(E2, NUMBERS), NUMBERS.astype(str).tolist()),
        ("emg1,emg2,stimulus,restimulus\n" + rows(E2, np.ones(COUNT), NUMBERS), NUMBERS.astype(str).tolist()),
        ("emg1,emg2,state\n" + rows(E2, NUMBERS), NUMBERS.astype(str).tolist()),
        (rows(E2, WORDS), WORDS),
        (rows(AT / 1000, E8, NUMBERS), NUMBERS.astype(str).tolist()),
        (rows(E4, NUMBERS), NUMBERS.astype(str).tolist()),
        (tables.noraxon(E2), ["REST"] * 100 + ["FIST"] * (COUNT - 100)),
        ("emg1,class\n" + rows(E2[:, 0], ["" if one < 9 else "1" for one in AT]), [""] * 9 + ["1"] * (COUNT - 9)),
    ],
)
def test_labels_are_found_by_name_or_content(tmp_path, text, labels):
    (tmp_path / "a.csv").write_text(text)
    (recording,) = read_dataset(str(tmp_path / "a.csv"))
    assert labels_of(recording) == labels
    assert recording.signal.channels in (1, 2, 4, 8)


def test_repetitions_and_what_is_left_out(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("emg1,glove,label,repetition\n" + rows(E2, NUMBERS, np.repeat([1, 2], COUNT // 2)))
    (recording,) = read_dataset(str(path))
    assert recording.repetitions.tolist() == [1] * 200 + [2] * 200
    assert any("no electrode: glove" in note for note in recording.notes)
    path.write_text("time,emg1,emg2\n" + rows(np.tile(AT[:200], 2) / 1000, E2))
    (recording,) = read_dataset(str(path))
    assert recording.repetitions.tolist() == [1] * 200 + [2] * 200


def test_missing_values_and_holes_in_the_time_are_gaps(tmp_path):
    path = tmp_path / "a.csv"
    lines = rows(AT / 1000, E2).splitlines()
    lines[7] = lines[7].rpartition(",")[0] + ",n/a"
    path.write_text("time,emg1,emg2\n" + "\n".join(lines[:100] + lines[150:]))
    (recording,) = read_dataset(str(path))
    lost = np.isnan(recording.samples).all(axis=1)
    assert np.flatnonzero(lost).tolist() == [7, *range(100, 150)]
    np.testing.assert_allclose(recording.samples[~lost], E2[~lost], rtol=1e-6)
    assert any("50 samples are missing" in note for note in recording.notes)


def test_what_is_not_in_a_file_is_noted(tmp_path, caplog):
    (tmp_path / "a.csv").write_text(rows(E2))
    read_dataset(str(tmp_path / "a.csv"))
    assert "200 Hz is assumed" in caplog.text
    assert "counts are assumed" in caplog.text
    assert "labels" in caplog.text


OLD_OPENBCI = "\n".join(tables.openbci_old(E8).splitlines()[4:])
NO_HEADER = tables.bitalino(E2).partition("EndOfHeader\n")[2]
NO_ROWS = tables.discover(E2).partition(", , Pair")[0]


OLD_OPENBCI = "\n".join(tables.openbci_old(E8).splitlines()[4:])
NO_HEADER = tables.bitalino(E2).partition("EndOfHeader\n")[2]
NO_ROWS = tables.discover(E2).partition(", , Pair")[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (OLD_OPENBCI, "this looks like an OpenBCI recording whose header is cut off"),
        (NO_HEADER, "this looks like an OpenSignals recording whose header is cut off"),
        (tables.bitalino(E2).replace('"]}}', ""), "line 2: looks like a recording of OpenSignals, but the JSON"),
        (NO_ROWS, "looks like a recording of Trigno Discover, but has column names but no samples"),
        ("Trajectories\n100\n,,a:b\nFrame,Sub Frame,X\n,,mm\n1,0,1\n", "Vicon Nexus, but it has no section 'Devices'"),
        ("timestamp,x,y,z\n" + rows(AT, signal(3)), "no column of an electrode: it holds timestamp (time), x (motion)"),
        ("0,001,0,05\n0,002,0,07\n", "has commas both in its numbers and between them"),
        ("EMG\n12,5\n13,5\n", "line 1: has 1 names and 2 columns"),
        ("emg1,emg2\n1,2\n3,x\n", "line 3: 'x' is not a number"),
        ("emg1\n1e39\n", "a value is too large for a sample"),
        ("To whom it may concern:\nnothing.\n", "no table of numbers (it begins with 'To whom it may concern:')"),
        ("\x00\x01\x02", "is not text"),
    ],
)
def test_what_is_no_recording_is_refused_in_a_sentence(tmp_path, text, message):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(FileError) as raised:
        read_dataset(str(tmp_path / "a.csv"))
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def read_or_refused(path):
    """The recording of a file and "", or None and why it is refused."""
    try:
        return read_dataset(str(path))[0], ""
    except FileError as error:
        return None, str(error)


@pytest.mark.slow
@given(name=st.sampled_from(sorted(FORMATS)), data=st.data())
def test_damaged_files_are_read_or_refused(tmp_path_factory, name, data):
    """What is cut, or has bytes in it that do not belong there, is no more than a sentence."""
    content = bytearray(FORMATS[name][0].encode(ENCODINGS.get(name, "utf-8")))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, min(len(content), 2000)))
        content[at : at + data.draw(st.integers(0, 60))] = data.draw(st.binary(max_size=8))
    del content[data.draw(st.integers(0, len(content))) :]
    path = tmp_path_factory.mktemp("damaged") / "a.txt"
    path.write_bytes(content)
    recording, problem = read_or_refused(path)
    assert problem.isprintable()
    if recording is None:
        return
    lost = np.isnan(recording.samples)
    assert (lost.all(axis=1) == lost.any(axis=1)).all()
    assert np.isfinite(recording.samples[~lost.any(axis=1)]).all()


def test_a_file_beyond_a_bound_is_kept_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "LARGEST_IN_MEMORY", 1000)
    monkeypatch.setattr(lines, "BLOCK", 5000)
    (tmp_path / "a.csv").write_text("time,emg1,emg2,label\n" + rows(AT / 1000, E2, WORDS))
    (recording,) = read_dataset(str(tmp_path / "a.csv"))
    assert isinstance(recording.samples, np.memmap)
    np.testing.assert_allclose(recording.samples, E2, rtol=1e-6)
    assert labels_of(recording) == WORDS


def test_a_folder_is_read_without_what_stands_beside_the_data(tmp_path):
    for gesture in ("fist", "rest"):
        (tmp_path / gesture).mkdir()
        for number in (1, 2):
            (tmp_path / gesture / f"{gesture}_{number}.csv").write_text("ch1,ch2\n" + rows(E2))
    (tmp_path / "README.txt").write_text("Made by Anna.\n")
    (tmp_path / "participants.tsv").write_text("participant_id\tage\nsub-01\t25\n")
    (tmp_path / "table.csv").write_text("muscle,distance\n1,30\n2,40\n")
    (tmp_path / "emg_imu.csv").write_text(rows(signal(4)))
    recordings = read_dataset(str(tmp_path))
    assert [(one.name, one.label_names) for one in recordings] == [
        ("fist_1.csv", ("fist",)),
        ("fist_2.csv", ("fist",)),
        ("rest_1.csv", ("rest",)),
        ("rest_2.csv", ("rest",)),
    ]


def test_libemg_of_its_second_version(tmp_path):
    for number in (0, 1):
        (tmp_path / f"C_{number}_R_3_emg.csv").write_text(rows(E8))
        (tmp_path / f"C_{number}_R_3_imu.csv").write_text(rows(E4))
    (tmp_path / "collection_details.json").write_text('{"class_map": {"0": "Open", "1": "Close"}}')
    recordings = read_dataset(str(tmp_path))
    assert [one.label_names for one in recordings] == [("Open",), ("Close",)]
    assert all(one.repetitions is not None and one.repetitions[0] == 3 for one in recordings)
