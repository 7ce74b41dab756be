"""Joint angles from places in space: what forward kinematics laid out is found again, wherever the hand is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emgctl.handmodel.inverse_kinematics import joint_angles
from emgctl.handmodel.joints import FINGERS, JOINTS, LIMITS_RAD
from emgctl.handmodel.kinematics import LANDMARKS, landmarks

LEAST, MOST = np.array([LIMITS_RAD[joint] for joint in JOINTS]).T
UPRIGHT = [number for number, joint in enumerate(JOINTS) if joint.endswith("mcp_fe") and not joint.startswith("thumb")]
OF = {finger: [number for number, joint in enumerate(JOINTS) if joint.startswith(finger)] for finger in FINGERS}

shares = st.lists(st.floats(0, 1), min_size=20, max_size=20)
turns = st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda four: np.linalg.norm(four) > 0.1)
shifts = st.lists(st.floats(-500, 500), min_size=3, max_size=3)


def matrix(quaternion):
    w, x, y, z = np.array(quaternion) / np.linalg.norm(quaternion)
    return np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ])  # fmt: skip


@pytest.mark.slow
@settings(max_examples=50)
@given(shares, turns, shifts, st.floats(50, 300), st.booleans())
def test_what_was_laid_out_is_found_again(share, turn, shift, length_mm, left):
    angles = LEAST + np.array(share) * (MOST - LEAST)
    angles[UPRIGHT] = np.minimum(angles[UPRIGHT], np.radians(89))  # beyond, abduction can't be told
    places = landmarks(angles, length_mm) * ((1, -1, 1) if left else 1) @ matrix(turn).T + shift
    assert joint_angles(places, left=left) == pytest.approx(angles, abs=1e-5)


@settings(max_examples=50)
@given(shares)
def test_an_upright_finger_is_laid_out_alike_although_its_abduction_is_open(share):
    angles = LEAST + np.array(share) * (MOST - LEAST)
    angles[UPRIGHT] = np.radians(90)
    again = joint_angles(landmarks(angles))
    assert landmarks(again) == pytest.approx(landmarks(angles), abs=0.1)
    bent = np.array(share)[[number + 1 for number in UPRIGHT]] > 0.05
    apart = np.abs(again - angles)[[number - 1 for number in UPRIGHT]]
    assert (apart[bent] < 1e-3).all()


def test_a_missing_place_hides_the_angles_that_need_it():
    places = np.repeat(landmarks(np.full(20, 0.2))[None], len(LANDMARKS), axis=0)
    places[np.arange(len(LANDMARKS)), np.arange(len(LANDMARKS))] = np.nan
    found = joint_angles(places)
    for number, name in enumerate(LANDMARKS):
        lost = {JOINTS[joint] for joint in np.flatnonzero(np.isnan(found[number]))}
        if name in ("wrist", "index_mcp", "middle_mcp", "pinky_mcp"):
            assert len(lost) == 20  # then there is no palm
        elif name.endswith("tip"):
            assert lost == {JOINTS[OF[name.partition("_")[0]][-1]]}
        else:
            assert lost <= {JOINTS[joint] for joint in OF[name.partition("_")[0]]}
            assert lost


def test_two_places_in_one_and_other_shapes():
    places = landmarks(np.zeros((2, 3, 20)))
    assert joint_angles(places).shape == (2, 3, 20)
    places[0, 0, LANDMARKS.index("index_tip")] = places[0, 0, LANDMARKS.index("index_dip")]
    assert joint_angles(places)[0, 0] == pytest.approx(np.zeros(20), abs=1e-9, nan_ok=True)
    with pytest.raises(ValueError, match="21 landmarks"):
        joint_angles(np.zeros((5, 20, 3)))
