"""The readers of public data sets: files of each layout written and read back, and the real ones where they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from present import present

from emgctl.errors import EmgctlError, FileError
from emgctl.recording.datasets import read_dataset
from emgctl_datasets.ninapro import spread_repetitions


def save_mat(path, **variables):
    from scipy.io import savemat

    savemat(path, variables)
    return path


def seconds_of(recordings):
    """Seconds of each label over all recordings."""
    found: dict[str, float] = {}
    for one in recordings:
        for number, name in enumerate(one.label_names):
            if count := int((one.labels == number).sum()):
                found[name] = found.get(name, 0) + count / one.signal.rate_hz
    return found


# cote_allard


def test_cote_allard_files(tmp_path):
    folder = tmp_path / "Female7" / "training0"
    folder.mkdir(parents=True)
    values = np.arange(-40, 40, dtype="<i2").reshape(10, 8)
    for number in (0, 8):
        (folder / f"classe_{number}.dat").write_bytes(values.tobytes())
    first, second = read_dataset(str(tmp_path))
    assert np.array_equal(first.samples, values)
    assert (first.session, first.subject) == ("training0", "Female7")
    assert {first.label_names[n] for n in first.labels} == {"neutral"}
    assert {second.label_names[n] for n in second.labels} == {"radial deviation"}
    assert set(present(second.repetitions)) == {1}


def test_cote_allard_file_cut_short(tmp_path):
    (tmp_path / "classe_0.dat").write_bytes(b"\x00" * 33)
    with pytest.raises(FileError, match=r"classe_0.dat.*33 bytes"):
        read_dataset(f"cote_allard:{tmp_path}")


def test_real_cote_allard(data_dir):
    recordings = read_dataset(str(data_dir("cote_allard_myo") / "Female0"))
    assert len(recordings) == 84
    assert {one.session for one in recordings} == {"training0", "Test0", "Test1"}
    assert len(seconds_of(recordings)) == 7


# suguru


def test_suguru_files(tmp_path):
    folder = tmp_path / "sub3" / "day2"
    folder.mkdir(parents=True)
    (folder / "D2M22T4.csv").write_text("0.5,-1,0,0,0,0,0,0\n" * 5)
    (one,) = read_dataset(str(tmp_path))
    assert one.samples[0].tolist() == [64, -128, 0, 0, 0, 0, 0, 0]
    assert (one.session, one.subject, set(present(one.repetitions))) == ("day2", "sub3", {4})
    assert one.label_names[present(one.labels)[0]] == "motion 22"
    (folder / "D2M23T1.csv").write_text("0,0,0,0,0,0,0,0\n")
    with pytest.raises(FileError, match="motion 23"):
        read_dataset(str(tmp_path))


@pytest.mark.slow
def test_real_suguru(data_dir):
    recordings = read_dataset(str(data_dir("suguru_long_term")))
    assert {one.session for one in recordings} == {"day1", "day2", "day3", "day30"}
    assert len(seconds_of(recordings)) == 22


# ninapro


def ninapro(path, channels, stimulus, repetition, **more):
    emg = np.arange(len(stimulus) * channels, dtype=float).reshape(-1, channels)
    column = {"stimulus": np.c_[stimulus], "repetition": np.c_[repetition]}
    return save_mat(path, emg=emg, **column, **more)


@pytest.mark.slow
def test_ninapro_joins_exercises_and_counts_movements_from_one(tmp_path):
    ninapro(tmp_path / "S4_E1_A1.mat", 12, [0, 1, 2, 0], [0, 1, 1, 0])
    ninapro(tmp_path / "S4_E2_A1.mat", 12, [0, 18, 20, 0], [0, 1, 1, 0], exercise=9, subject=4)
    one, two = read_dataset(str(tmp_path))
    assert [one.label_names[n] for n in one.labels] == ["rest", "E1 movement 1", "E1 movement 2", "rest"]
    assert [two.label_names[n] for n in two.labels] == ["rest", "E2 movement 1", "E2 movement 3", "rest"]
    assert (one.signal.rate_hz, one.signal.unit, one.samples[0, 1]) == (2000.0, "uV", 1e6)
    assert (two.session, two.subject) == ("E2", "S4")
    assert one.repetitions.tolist() == [1, 1, 1, 1]


def test_ninapro_has_the_published_names_where_they_are_asked_for_and_the_exercise_is_complete(tmp_path):
    whole, part = tmp_path / "S1_E3.mat", tmp_path / "S1_E1.mat"
    ninapro(whole, 16, [0, *range(1, 24)], [0, *[1] * 23])
    ninapro(part, 16, [0, 1, 2], [0, 1, 1])
    (named,) = read_dataset(f"ninapro-names:{whole}")
    assert named.label_names[:3] == ("rest", "large diameter grasp", "small diameter grasp")
    assert named.label_names[23] == "cutting"
    assert read_dataset(f"ninapro-names:{part}")[0].label_names == ("rest", "E1 movement 1", "E1 movement 2")
    assert read_dataset(str(whole))[0].label_names[1] == "E3 movement 1"


def test_ninapro_prefers_corrected_labels_and_cuts_to_the_shortest(tmp_path):
    path = tmp_path / "S1_A1_E1.mat"
    ninapro(path, 10, [1] * 6, [1] * 6, restimulus=np.c_[[0, 1, 1, 1, 0]], rerepetition=np.c_[[0, 2, 2, 2, 0]])
    (one,) = read_dataset(str(path))
    assert one.labels.tolist() == [0, 1, 1, 1, 0]
    assert one.repetitions.tolist() == [2, 2, 2, 2, 2]
    assert one.signal.rate_hz == 100.0


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"emg": np.zeros((4, 9))}, r"9 channels.*10, 16, 12"),
        ({"emg": np.full((4, 10), np.nan)}, "finite numbers"),
        ({"stimulus": np.c_[[0.5, 1, 1, 1]]}, r"whole numbers.*|variable 'stimulus'"),
        ({"stimulus": np.ones((500, 1))}, "500"),
    ],
)
def test_ninapro_states_what_is_wrong(tmp_path, variables, message):
    good = {"emg": np.zeros((4, 10)), "stimulus": np.ones((4, 1)), "repetition": np.ones((4, 1))}
    path = save_mat(tmp_path / "S1.mat", **(good | variables))
    with pytest.raises(FileError, match=message):
        read_dataset(f"ninapro:{path}")


@pytest.mark.parametrize("content", [b"", b"no matlab file at all" * 20])
def test_a_damaged_mat_file(tmp_path, content):
    path = tmp_path / "S1_A1_E1.mat"
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"S1_A1_E1\.mat"):
        read_dataset(f"ninapro:{path}")


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), min_size=1, max_size=30))
def test_every_rest_belongs_to_a_repetition(stretches):
    repetition = np.concatenate([np.full(length, number, np.int16) for number, length in stretches])
    rest = repetition == 0
    spread = spread_repetitions(repetition, rest)
    assert np.array_equal(spread[~rest], repetition[~rest])
    assert (spread > 0).all() or rest.all()


def test_a_rest_between_two_repetitions_is_divided():
    repetition = np.array([0, 1, 0, 0, 0, 0, 2, 0], np.int16)
    assert spread_repetitions(repetition, repetition == 0).tolist() == [1, 1, 1, 1, 2, 2, 2, 2]


def test_ninapro_has_the_gloves_sensors_as_pose_from_the_file_and_from_the_cache(tmp_path):
    path = tmp_path / "S1_A1_E1.mat"
    glove = np.arange(44.0).reshape(2, 22)
    glove[0, 3] = np.nan
    ninapro(path, 10, [0, 1], [0, 1], glove=glove)
    for _ in range(2):
        (one,) = read_dataset(str(path))
        assert (one.pose.joints[0], one.pose.joints[21], one.pose.unit) == ("glove 1", "glove 22", "raw")
        assert np.array_equal(one.pose.values, glove.astype(np.float32), equal_nan=True)
    assert isinstance(one.samples, np.memmap)


@pytest.mark.slow
def test_a_changed_file_is_read_anew_and_so_is_a_damaged_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EMGCTL_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "S1_A1_E1.mat"
    ninapro(path, 10, [0, 1, 1], [0, 1, 1])
    assert read_dataset(str(path))[0].labels.tolist() == [0, 1, 1]
    ninapro(path, 10, [0, 0, 1], [0, 0, 1])
    assert read_dataset(str(path))[0].labels.tolist() == [0, 0, 1]
    entries = list((tmp_path / "cache" / "datasets").iterdir())
    assert len(entries) == 2
    for entry in entries:
        (entry / "labels.npy").write_bytes(b"no array")
    assert read_dataset(str(path))[0].labels.tolist() == [0, 0, 1]
    monkeypatch.setenv("EMGCTL_CACHE", "off")
    assert not isinstance(read_dataset(str(path))[0].samples, np.memmap)


@pytest.mark.slow
def test_real_ninapro_by_name(data_dir):
    (one,) = read_dataset(f"ninapro-names:{data_dir('ninapro_db5_e1') / 'S1_E1.mat'}")
    assert (one.label_names[1], one.label_names[12]) == ("index flexion", "thumb extension")


def test_real_ninapro(data_dir):
    (one,) = read_dataset(str(data_dir("ninapro_db5_e1") / "S1_E1.mat"))
    assert (one.signal.channels, one.signal.rate_hz, one.subject, one.session) == (16, 200.0, "S1", "E1")
    assert set(present(one.repetitions)) == {1, 2, 3, 4, 5, 6}
    first = read_dataset(str(data_dir("ninapro_db1_e1")))[0]
    assert set(present(first.repetitions)) == set(range(1, 11))
    assert len(first.label_names) == 13


# unibo


def test_unibo_files(tmp_path):
    label = np.c_[[1, 2, 2, 1, 3, 1, 2, 1]]
    emg = np.ones((8, 4), np.float32)
    path = save_mat(tmp_path / "user_2_day_5_posture_3.mat", emg=emg, relabel=label, gestureCounter=label, label=label)
    (one,) = read_dataset(str(path))
    assert [one.label_names[n] for n in present(one.labels)[:5]] == [
        "rest", "power grip", "power grip", "rest", "two-finger pinch",
    ]  # fmt: skip
    assert one.repetitions.tolist() == [1, 1, 1, 1, 1, 1, 2, 2]
    assert (one.subject, one.session, one.signal.rate_hz) == ("user2", "day5 posture3", 500.0)


def test_real_unibo(data_dir):
    (one,) = read_dataset(str(data_dir("unibo_inail_4ch")))
    assert len(seconds_of([one])) == 6
    assert one.repetitions.max() >= 5


def test_a_kind_that_does_not_fit_the_folder(tmp_path):
    for kind in ("cote_allard", "suguru", "ninapro", "unibo", "xdf", "edf"):
        with pytest.raises(EmgctlError, match="holds no"):
            read_dataset(f"{kind}:{tmp_path}")
