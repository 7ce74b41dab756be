"""Pictures of hands: what is in them, and that poses can be told apart."""

import io
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from emgctl.errors import UsageError
from emgctl.handmodel.drawing.picture import hand, pair, png, svg
from emgctl.handmodel.drawing.shapes import BOX_MM, Sketch
from emgctl.handmodel.joints import FINGERS, JOINTS, LIMITS_RAD
from emgctl.handmodel.track import in_radians, twenty
from emgctl.types import PoseTrack, Recording, Signal

SVG = "{http://www.w3.org/2000/svg}"
LIMITS = np.array([LIMITS_RAD[joint] for joint in JOINTS])
poses = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).uniform(*LIMITS.T))
FLAT, CURLED = np.zeros(20), np.where(["pip" in joint or "mcp_fe" in joint for joint in JOINTS], 1.4, 0.0)


def classes(text):
    return [one.get("class") for one in ET.fromstring(text).iter(f"{SVG}polygon")]


def image(data):
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


@settings(max_examples=20)
@given(poses)
def test_a_hand_has_twenty_bones_and_their_joints_inside_the_picture(pose):
    shapes = Sketch(pose).shapes(0)
    assert [shape.part for shape in shapes].count("bone") == 20
    assert [shape.part for shape in shapes].count("joint") == 15
    left, top, width, height = BOX_MM
    fingers = np.concatenate([shape.points for shape in shapes if shape.part != "forearm"])
    assert ((fingers >= (left, top)) & (fingers <= (left + width, top + height))).all()


def test_svg_is_xml_that_names_every_bone_and_states_what_it_shows():
    text = svg([hand(FLAT, "flat & <open>"), hand(CURLED, "fist")])
    root = ET.fromstring(text)
    assert root.find(f"{SVG}title").text == "flat & <open>; fist"
    names = [one.get("data-name") for one in root.iter(f"{SVG}polygon") if one.get("class") == "bone"]
    assert len(names) == 40
    assert {f"{finger}_tip" for finger in FINGERS} <= set(names)
    assert root.get("width") == "400"


def test_a_png_is_as_large_as_asked_and_shows_other_poses_otherwise():
    flat, fist = image(png([hand(FLAT)], 200)), image(png([hand(CURLED)], 200))
    assert flat.shape == fist.shape == (250, 200, 3)
    assert (np.abs(flat - fist).max(axis=2) > 40).mean() > 0.05
    assert (flat[0] == 255).all()  # nothing at the upper edge
    assert len(image(png([hand(FLAT)] * 5, 100, columns=3))) == 250


def test_a_left_hand_is_the_mirror_image():
    right, left = image(png([hand(CURLED)])), image(png([hand(CURLED, side="left")]))
    assert np.abs(right - left[:, ::-1]).mean() < 1  # but for rounding of edges


def test_true_beside_predicted_reports_the_error():
    assert "error 0.0 mm" in svg(pair(FLAT, FLAT))
    beside, below = svg(pair(FLAT, CURLED)), svg(pair(FLAT, CURLED, overlaid=True))
    assert (classes(beside).count("bone"), classes(below).count("bone")) == (40, 20 + 15)
    texts = [one.text for one in ET.fromstring(beside).iter(f"{SVG}text")]
    assert texts[0] == "true"
    assert texts[1].startswith("predicted: error ")
    assert float(texts[1].split()[2]) > 20


def test_an_unknown_pose_is_no_hand():
    unknown = np.full(20, np.nan)
    for panels in ([hand(unknown)], pair(unknown, unknown, overlaid=True)):
        assert classes(svg(panels)) == []
        assert "unknown pose" in svg(panels)
    assert "error unknown" in svg(pair(FLAT, unknown))
    assert (image(png([hand(unknown)])) == 255).mean() > 0.97


def test_a_track_has_its_own_joints_and_zeros_for_others():
    track = PoseTrack(("index_pip_fe", "wrist_fe"), np.array([[1.0, 9.0], [np.nan, 9.0]], np.float32))
    angles = twenty(track)
    assert angles[0] == pytest.approx(np.where(np.array(JOINTS) == "index_pip_fe", 1.0, 0.0))
    assert np.isnan(angles[1, JOINTS.index("index_pip_fe")])
    with pytest.raises(UsageError, match="none of the hand's joints"):
        twenty(PoseTrack(("wrist_fe",), np.zeros((2, 1), np.float32)))
    with pytest.raises(UsageError, match="raw glove values"):
        twenty(PoseTrack(("glove 1",), np.zeros((2, 1), np.float32), "raw"))


def test_a_glove_has_one_range_in_all_recordings_of_a_person():
    def worn(values, subject):
        track = PoseTrack(tuple(f"glove {n}" for n in range(22)), np.asarray(values, np.float32), "raw")
        return Recording("one", Signal(1, 100.0), np.zeros((len(values), 1), np.float32), "one", pose=track,
                         subject=subject)  # fmt: skip

    rise = np.linspace(0, 255, 400)[:, None] * np.ones(22)
    halves = in_radians([worn(rise[:200], "A"), worn(rise[200:], "A"), worn(rise[:200], "B")])
    place = halves[0].joints.index("index_pip_fe")
    assert halves[1].values[0, place] > halves[0].values[100, place] + 0.3
    assert halves[2].values[100, place] == pytest.approx(halves[1].values[0, place], abs=0.02)
    assert in_radians([Recording("none", Signal(1, 100.0), np.zeros((3, 1), np.float32), "none")]) == [None]
