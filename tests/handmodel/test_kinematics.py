"""Forward kinematics of the hand, against what can be said in closed form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emgctl.handmodel.joints import FINGERS, JOINTS, LIMITS_RAD, limits
from emgctl.handmodel.kinematics import LANDMARKS, MOVING, SEGMENTS, TIPS, distance_mm, landmarks

LENGTH_MM = 200.0
angles = st.lists(st.floats(-3, 3), min_size=20, max_size=20).map(np.array)


def posed(**degrees):
    pose = np.zeros(20)
    for name, value in degrees.items():
        pose[JOINTS.index(name)] = np.radians(value)
    return pose


def place(name, **degrees):
    return landmarks(posed(**degrees), LENGTH_MM)[LANDMARKS.index(name)]


def test_a_flat_hand_is_as_long_as_its_bones():
    assert place("wrist") == pytest.approx([0, 0, 0])
    assert place("middle_tip") == pytest.approx([LENGTH_MM * sum(SEGMENTS["middle"]), 0, 0])
    assert place("index_tip")[2] == pytest.approx(0)


@pytest.mark.parametrize("finger", FINGERS[1:])
def test_a_finger_bends_to_the_palm_and_turns_to_the_thumb(finger):
    knuckle, proximal, middle, distal = (LENGTH_MM * share for share in SEGMENTS[finger])
    start = place(f"{finger}_mcp")
    assert np.linalg.norm(start) == pytest.approx(knuckle)
    bent = place(f"{finger}_tip", **{f"{finger}_pip_fe": 90})
    assert bent - start == pytest.approx([proximal, 0, -middle - distal])
    hooked = place(f"{finger}_tip", **{f"{finger}_mcp_fe": 90, f"{finger}_pip_fe": 90})
    assert hooked - start == pytest.approx([-middle - distal, 0, -proximal])
    turned = place(f"{finger}_pip", **{f"{finger}_mcp_aa": 30})
    assert turned - start == pytest.approx([proximal * np.cos(np.pi / 6), proximal * np.sin(np.pi / 6), 0])


def test_the_thumb_crosses_the_palm_when_bent_and_leaves_its_plane_when_abducted():
    rest = place("thumb_tip")
    bent = place("thumb_tip", thumb_mcp_fe=50, thumb_ip_fe=80)
    assert bent[1] < rest[1] - 30
    assert place("thumb_tip", thumb_cmc_aa=60)[2] < rest[2] - 30


@given(angles)
def test_bones_keep_their_lengths_whatever_the_pose(pose):
    places = landmarks(pose, LENGTH_MM)
    for number, finger in enumerate(FINGERS):
        chain = places[1 + 4 * number : 5 + 4 * number]
        bones = SEGMENTS[finger] if finger == "thumb" else SEGMENTS[finger][1:]
        assert np.linalg.norm(np.diff(chain, axis=0), axis=1) == pytest.approx(LENGTH_MM * np.array(bones))


@given(angles, angles)
def test_many_poses_at_once_are_the_same_as_one_by_one(one, other):
    both = landmarks(np.stack((one, other))[None])
    assert both.shape == (1, 2, 21, 3)
    assert np.array_equal(both[0, 0], landmarks(one))
    assert np.array_equal(both[0, 1], landmarks(other))


def test_the_error_of_one_joint_is_the_arc_that_its_tip_went():
    apart = distance_mm(posed(), posed(ring_dip_fe=60), TIPS)
    tip = np.linalg.norm(landmarks(posed())[TIPS[3]] - landmarks(posed())[TIPS[3] - 1])
    assert apart * 5 == pytest.approx(tip)  # a chord of 60 degrees is as long as the radius
    assert len(MOVING) == 15
    assert distance_mm(posed(), posed(ring_dip_fe=60)) * 15 == pytest.approx(tip)


def test_another_number_of_angles_is_refused():
    with pytest.raises(ValueError, match="20 joint angles, not 22"):
        landmarks(np.zeros(22))


def test_limits_hold_known_joints_and_leave_others_alone():
    found = np.clip(np.array([9, 9, -9], np.float32), *limits(("index_pip_fe", "glove 3", "thumb_cmc_aa")))
    assert found == pytest.approx([LIMITS_RAD["index_pip_fe"][1], 9, 0])
    assert all(least < most for least, most in LIMITS_RAD.values())
    assert set(LIMITS_RAD) == set(JOINTS)
