"""Tables of tracked markers, as joint angles."""

import numpy as np
import pytest
from present import present

from emgctl.errors import FileError
from emgctl.handmodel.joints import JOINTS, LIMITS_RAD
from emgctl.handmodel.kinematics import LANDMARKS, landmarks
from emgctl.recording.datasets import read_dataset
from emgctl.recording.windows import cut
from emgctl.training.data.splits import parse_split
from emgctl_datasets.markers import AT


def marker_table(path, angles, trial, task, change=None):
    """A table as Kyutech's: each landmark's place at its marker, the others nowhere near."""
    places = np.full((len(angles), 23, 3), 7.0)
    for name, spot in zip(LANDMARKS, np.moveaxis(landmarks(angles), 1, 0), strict=True):
        places[:, AT[name] - 1] = spot + np.array((1000, 20, 3))
    muscles = ("APL", "FCR", "FDS", "FDP", "ED", "EI", "ECU", "ECR")
    head = ["Trial", "Task", *muscles, *(f"Marker_{n}_{axis}" for n in range(1, 24) for axis in "xyz")]
    values = np.c_[trial, task, np.tile(np.arange(8) / 10, (len(angles), 1)), places.reshape(len(angles), -1)]
    lines = [[f"{value:.6f}" for value in row] for row in values]
    for row in lines:
        row[:2] = [row[0].partition(".")[0], row[1].partition(".")[0]]
    if change is not None:
        change(head, lines)
    path.write_text("\n".join(",".join(row) for row in [head, *lines]) + "\n")
    return path


def poses(count):
    share = np.random.default_rng(1).uniform(0.1, 0.9, (count, 20))
    least, most = np.array([LIMITS_RAD[joint] for joint in JOINTS]).T
    return least + share * (most - least)


def test_markers_are_joint_angles(tmp_path):
    angles = poses(12)
    marker_table(tmp_path / "a.csv", angles, np.repeat([4, 5], 6), np.tile(np.repeat([1, 6], 3), 2))
    (tmp_path / "task_descriptions.csv").write_text("Task_ID,Description\n1,Thumb\n")
    found = read_dataset(str(tmp_path))
    assert [one.name for one in found[:2]] == ["a.csv, trial 4, task 1", "a.csv, trial 4, task 6"]
    assert [(set(present(one.repetitions)), one.label_names[present(one.labels)[0]]) for one in found] == [
        ({4}, "thumb"), ({4}, "all fingers"), ({5}, "thumb"), ({5}, "all fingers"),
    ]  # fmt: skip
    assert (found[0].signal.names[2], found[0].signal.rate_hz) == ("FDS", 200.0)
    assert found[0].samples[0] == pytest.approx(np.arange(8) / 10)
    assert np.concatenate([one.pose.values for one in found]) == pytest.approx(angles, abs=1e-4)


def test_a_marker_that_was_not_seen(tmp_path):
    def lose(head, lines):
        at = head.index("Marker_19_x")  # the thumb's tip
        lines[0][at : at + 3] = ["", "", ""]
        lines[1][at : at + 3] = ["0", "0", "0"]
        lines[2][-3:] = ["nan", "nan", ""]  # the wrist

    (one,) = read_dataset(f"markers:{marker_table(tmp_path / 'a.csv', poses(4), [1] * 4, [7] * 4, lose)}")
    lost = np.isnan(one.pose.values)
    assert [set(np.flatnonzero(row)) for row in lost] == [{3}, {3}, set(range(20)), set()]


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("FDS", "", "line 3: a muscle's envelope is missing"),
        ("FDS", "much", "is not a table of numbers: .*'much'"),
        ("Task", "8", "column Task: has task 8, but there are 7"),
        ("Trial", "1.5", "column Trial: should be whole numbers"),
    ],
)
def test_a_wrong_table_of_markers(tmp_path, column, cell, message):
    def spoil(head, lines):
        lines[1][head.index(column)] = cell

    with pytest.raises(FileError, match=rf"a\.csv: .*{message}"):
        read_dataset(f"markers:{marker_table(tmp_path / 'a.csv', poses(3), [1] * 3, [1] * 3, spoil)}")


def test_no_table_of_markers(tmp_path):
    (tmp_path / "a.csv").write_text("Trial,Task,APL,Marker_1_x,Marker_1_y,Marker_1_z\n1,1,0,0,0,0\n")
    with pytest.raises(FileError, match="line 1: should end with the columns Marker_1_x to Marker_23_z"):
        read_dataset(f"markers:{tmp_path}")
    (tmp_path / "a.csv").write_bytes(b"\xff")
    with pytest.raises(FileError, match="holds no tables"):
        read_dataset(f"markers:{tmp_path}")


def test_real_fingers_move_where_they_are_asked_to(data_dir):
    recordings = read_dataset(str(data_dir("finger_kinematics")))
    assert [len(one.samples) for one in recordings] == [400] * 14
    for number, finger in enumerate(("thumb", "index", "middle", "ring", "pinky")):
        own = [place for place, joint in enumerate(JOINTS) if joint.startswith(finger)]
        for one in (recordings[number], recordings[number + 7]):
            moved = np.ptp(one.pose.values, axis=0)
            assert int(np.argmax(moved)) in own
            assert moved[own].sum() > 1.5 * np.delete(moved, own).reshape(4, 4).sum(axis=1).max()
    (fold,) = parse_split("repetition:5").folds(cut(recordings, 40, 10))
    assert len(fold.trained_on) == len(fold.test)
