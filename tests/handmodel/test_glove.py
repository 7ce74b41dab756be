"""A glove's sensors as angles: each person's range, and which end of it is bent."""

import numpy as np
import pytest
from present import present

from emgctl.errors import UsageError
from emgctl.handmodel.glove import RELAXED, SENSORS, as_angles, ranges
from emgctl.handmodel.joints import JOINTS
from emgctl.recording.datasets import read_dataset
from emgctl.types import PoseTrack

NAMES = tuple(name for name, _, _ in SENSORS)
RAW = tuple(f"glove {number}" for number in range(1, 23))
MIDDLE = NAMES.index("middle_pip_fe"), NAMES.index("middle_dip_fe")


def waves(count=400):
    """Sensors that each go through their own range, a period of their own."""
    at = np.arange(count)[:, None] / count * 2 * np.pi * np.arange(3, 25)
    return (100 + 50 * np.sin(at)).astype(np.float32)


def test_all_joints_of_the_hand_have_a_sensor_but_one_finger_between_two_others():
    assert set(JOINTS) - set(NAMES) == {"middle_mcp_aa"}
    assert set(NAMES) - set(JOINTS) == {"palm_arch", "wrist_fe", "wrist_aa"}


def test_a_sensor_goes_through_as_much_as_its_joint_and_is_relaxed_at_its_median():
    values = waves()
    found = as_angles(PoseTrack(RAW, values, "raw"), ranges(values))
    assert (found.joints, found.unit, found.values.dtype) == (NAMES, "rad", np.dtype(np.float32))
    least, middle, most = np.degrees(np.nanpercentile(found.values, (1, 50, 99), axis=0))
    assert most - least == pytest.approx([high - low for _, low, high in SENSORS], abs=0.5)
    assert middle == pytest.approx(RELAXED, abs=0.5)
    other = as_angles(PoseTrack(RAW, values * 2 - 30, "raw"), ranges(values * 2 - 30))
    assert np.allclose(other.values, found.values, atol=1e-4)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_distal_joint_bends_with_the_one_before_it_whichever_way_its_sensor_goes(sign):
    values = waves()
    values[:, MIDDLE[1]] = 60 + sign * 0.2 * values[:, MIDDLE[0]]
    found = as_angles(PoseTrack(RAW, values, "raw"), ranges(values)).values[:, MIDDLE]
    assert np.atleast_2d(np.corrcoef(found.T))[0, 1] == pytest.approx(1, abs=1e-3)


def test_a_sensor_that_never_moved_is_in_the_middle_and_missing_values_stay_missing():
    values = waves()
    values[:, 0], values[7] = 12, np.nan
    found = as_angles(PoseTrack(RAW, values, "raw"), ranges(values)).values
    assert np.degrees(found[0, 0]) == pytest.approx(15, abs=1e-4)
    assert np.isnan(found).sum() == np.isnan(found[7, 1:]).sum() + np.isnan(found[7, 0])
    assert np.isnan(found[7, 1:]).all()


def test_another_glove_is_refused():
    with pytest.raises(UsageError, match="18 sensors"):
        ranges(np.zeros((9, 18), np.float32))
    with pytest.raises(UsageError, match="18 sensors"):
        as_angles(PoseTrack(RAW[:18], np.zeros((9, 18), np.float32), "raw"), np.zeros((2, 18), np.float32))


@pytest.mark.slow
def test_fingers_of_a_real_glove_bend_where_they_are_asked_to(data_dir):
    one = read_dataset(str(data_dir("ninapro_db1_e1") / "S1_A1_E1.mat"))[0]
    pose = present(one.pose)
    angles = as_angles(pose, ranges(pose.values)).values
    moved = {}
    for number, finger in enumerate(("index", "middle", "ring", "pinky")):
        bent, straight = (np.nanmedian(angles[one.labels == 1 + 2 * number + way], axis=0) for way in (0, 1))
        far = [np.abs(bent - straight)[[NAMES.index(f"{name}_{joint}_fe") for joint in ("mcp", "pip", "dip")]].sum()
               for name in ("index", "middle", "ring", "pinky")]  # fmt: skip
        moved[finger] = ("index", "middle", "ring", "pinky")[int(np.argmax(far))]
    assert all(finger == most for finger, most in moved.items())
