import json
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from present import present

from emgctl.errors import FileError, UsageError
from emgctl.recording.datasets import read_dataset


@pytest.mark.slow
@settings(max_examples=40)
@given(
    st.lists(st.lists(st.floats(-1e6, 1e6, width=32), min_size=3, max_size=3), min_size=1, max_size=20),
    st.sampled_from([",", ";", "\t", " "]),
    st.booleans(),
)
def test_text_is_read_as_it_was_written(tmp_path_factory, rows, separator, named):
    path = tmp_path_factory.mktemp("text") / "a.csv"
    lines = [separator.join(["one", "two", "three"])] if named else []
    lines += [separator.join(repr(value) for value in row) for row in rows]
    path.write_text("\n".join(lines) + "\n")
    (recording,) = read_dataset(str(path))
    assert np.array_equal(recording.samples, np.array(rows, np.float32))
    assert recording.signal.names == (("one", "two", "three") if named else ())


@pytest.mark.slow
@given(st.one_of(st.binary(max_size=200), st.text(alphabet='0123456789,.;-+eEnainf \n\t"x', max_size=200)))
def test_garbage_text_is_data_or_a_clear_error(tmp_path_factory, garbage):
    path = tmp_path_factory.mktemp("garbage") / "a.csv"
    path.write_bytes(garbage if isinstance(garbage, bytes) else garbage.encode())
    with suppress(FileError):
        (recording,) = read_dataset(str(path))
        lost = np.isnan(recording.samples)
        assert (np.isfinite(recording.samples) | lost).all()
        assert (lost.all(axis=1) == lost.any(axis=1)).all()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("a,b\n", "has column names but no samples"),
        ("1,2\n3\n", "line 2: has 1 columns, not 2 like the lines before"),
        ("1,2\n3,x\n", "line 2: 'x' is not a number"),
        ("1,2\n\n3,inf\n", "line 3: 'inf' is not a finite number"),
        ("one,label\n1,0.5\n", "line 2: the label is not a whole number"),
    ],
)
def test_what_is_wrong_with_text_is_said_with_its_line(tmp_path, content, message):
    path = tmp_path / "a.csv"
    path.write_text(content)
    with pytest.raises(FileError) as raised:
        read_dataset(str(path))
    assert message in str(raised.value)


def test_a_ninth_whole_column_is_the_label(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("1,2,3,4,5,6,7,8,0\n1,2,3,4,5,6,7,8,5\n")
    (recording,) = read_dataset(str(path))
    assert recording.signal.channels == 8
    assert [recording.label_names[label] for label in recording.labels] == ["0", "5"]


def test_npz_is_read_without_pickles(tmp_path):
    good, bad = tmp_path / "good.npz", tmp_path / "bad.npz"
    np.savez(good, samples=np.ones((4, 2)), rate_hz=1000, unit="uV", labels=[3, 3, 7, 7], repetitions=[1, 1, 2, 2])
    (recording,) = read_dataset(str(good))
    assert str(recording.signal) == "2 channels at 1000 Hz in uV"
    assert recording.label_names == ("3", "7")
    assert recording.repetitions.tolist() == [1, 1, 2, 2]
    assert recording.small_movements is None
    np.savez(bad, samples=np.array([{}], dtype=object))
    with pytest.raises(FileError, match="without pickles"):
        read_dataset(str(bad))


def test_what_npz_asked_for_marks_small_movements_and_leaves_the_labels(tmp_path):
    path = tmp_path / "a.npz"
    names = np.array(["fist", "rest"])
    np.savez(path, samples=np.ones((4, 2)), labels=[1, 1, 0, 1], label_names=names, asked=np.array([0, 0, 2, 2], "i1"))
    (recording,) = read_dataset(f"npz:{path}")
    assert recording.small_movements.tolist() == [True, True, False, False]
    assert recording.labels.tolist() == [1, 1, 0, 1]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"t": [1]}, "has no array 'samples'"),
        ({"samples": np.ones(3)}, "should be numbers"),
        ({"samples": np.full((2, 2), np.inf)}, "infinite or far too large"),
        ({"samples": np.ones((2, 2)), "labels": [1]}, "array 'labels': should be whole numbers"),
        ({"samples": np.ones((2, 2)), "labels": [0, 5], "label_names": ["a"]}, "outside its 1 label_names"),
        ({"samples": np.ones((2, 2)), "asked": [0.0, 1.0]}, "array 'asked': should be whole numbers"),
        ({"samples": np.ones((2, 2)), "unit": "g"}, "array 'unit': should be one of uV, mV, V, count, not g"),
    ],
)
def test_what_is_wrong_with_npz_is_said(tmp_path, arrays, message):
    path = tmp_path / "a.npz"
    np.savez(path, **arrays)
    with pytest.raises(FileError) as raised:
        read_dataset(str(path))
    assert message in str(raised.value)


def test_emg4_rows_become_the_stream_they_were_cut_from(tmp_path):
    path = tmp_path / "0.csv"
    rows = np.arange(3 * 64).reshape(3, 64) % 100
    np.savetxt(path, np.column_stack((rows, [2, 2, 2])), fmt="%d", delimiter=",")
    (recording,) = read_dataset(str(path))
    assert recording.samples.shape == (24, 8)
    assert recording.samples[9].tolist() == rows[1, 8:16].tolist()
    assert set(present(recording.labels)) == {2}
    path.write_text(path.read_text().replace(",2\n", ",9\n", 1))
    with pytest.raises(FileError, match="row 1: '9' is not a gesture"):
        read_dataset(f"emg4:{path}")


def test_real_emg4(data_dir):
    recordings = read_dataset(str(data_dir("kaggle_emg4")))
    assert [len(recording.samples) // 8 for recording in recordings] == [2328, 2322, 2354, 2337]
    assert [recording.label_names[present(recording.labels)[0]] for recording in recordings] == [
        "rock",
        "scissors",
        "paper",
        "ok",
    ]
    assert recordings[0].repetitions.max() == 5


def test_real_continuous_sessions(data_dir):
    recordings = read_dataset(str(data_dir("myo_continuous") / "12345-1"))
    assert len(recordings) == 8
    assert {recording.session for recording in recordings} == {"12345-1"}
    assert recordings[3].label_names == ("0", "3")


def test_real_libemg_folders(data_dir):
    recordings = read_dataset(str(data_dir("libemg_one_subject_myo")))
    assert len(recordings) == 50
    names = {recording.label_names[0] for recording in recordings}
    assert names == {"Hand_Close", "Hand_Open", "No_Motion", "Wrist_Extension", "Wrist_Flexion"}
    assert {recording.session for recording in recordings} == {f"trial_{n}" for n in range(1, 6)}


def test_libemg_without_or_with_wrong_names(tmp_path):
    (tmp_path / "R_0_C_3.csv").write_text("1,2\n3,4\n")
    (recording,) = read_dataset(str(tmp_path))
    assert recording.label_names == ("3",)
    (tmp_path / "metadata.json").write_text(json.dumps({"x": {"class": 1}}))
    with pytest.raises(FileError, match="does not name the classes"):
        read_dataset(str(tmp_path))


def test_libemg_takes_names_from_a_session_beside_only_in_the_folder_given(tmp_path):
    for session in ("S1/day1", "S1/day2", "S2/day1"):
        (tmp_path / session).mkdir(parents=True)
        (tmp_path / session / "R_0_C_3.csv").write_text("1,2\n3,4\n")
    (tmp_path / "S1" / "day1" / "metadata.json").write_text(json.dumps({"x": {"class_idx": 3, "class_name": "Fist"}}))

    def labels(folder):
        return [one.label_names for one in read_dataset(f"libemg:{folder}")]

    assert labels(tmp_path / "S1") == [("Fist",), ("Fist",)]
    assert labels(tmp_path / "S1" / "day2") == [("3",)]
    assert labels(tmp_path / "S2") == [("3",)]
    assert labels(tmp_path / "S1" / "day1" / "R_0_C_3.csv") == [("Fist",)]


def test_formats_and_paths_that_are_not_there(tmp_path):
    with pytest.raises(FileError, match="does not exist"):
        read_dataset(str(tmp_path / "nobody.csv"))
    with pytest.raises(UsageError, match="did you mean 'emg4'"):
        read_dataset(f"emg5:{tmp_path}")
    other = tmp_path / "x.pdf"
    other.write_bytes(b"%PDF")
    with pytest.raises(FileError, match=r"of no known format.*known: .*emg4"):
        read_dataset(str(other))
