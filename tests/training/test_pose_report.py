"""The results of a pose decoder as text and as a page."""

import numpy as np
from posing import JOINTS, SLOW, moving

from emgctl.training.pose.frames import frames
from emgctl.training.pose.report import as_text, write_report

SPEEDS = {"mae_rad": 0.1, "mae_vs_mean_pose": 0.5, "speed": 0.3, "jerk": 12.0}
RESULT = {
    "model": "lstm", "moments": 400, "hop_ms": 50, "split": "repetition:3", "split_said": "repetition 3 is tested",
    **SPEEDS, "baselines": {"mean_pose": 0.2}, "r2": 0.75, "true_speed": 0.4, "true_jerk": 20.0,
    "smoothed": SPEEDS, "confidence": {"surer_half_mae_rad": 0.05, "other_half_mae_rad": 0.15},
    "landmark_mm": 7.0, "tip_mm": 9.0, "held_out": [],
    "joints": {name: {"mae_rad": 0.1, "mean_pose_rad": 0.2} for name in JOINTS},
}  # fmt: skip


def test_the_text_has_the_error_beside_that_of_the_mean_pose():
    text = as_text(RESULT)
    assert "5.73 deg, 50.00 % better than the mean pose; mean pose as baseline 11.46 deg" in text
    assert "error in the more confident half 2.86 deg, in the less confident half 8.59 deg" in text
    assert "7.0 mm error, fingertips 9.0 mm" in text


def test_the_page_has_its_pictures_beside_it(tmp_path):
    shown = frames([moving(SLOW, 8)], 10, 40)
    every = np.arange(len(shown))
    write_report(tmp_path / "m.report.html", RESULT, {"train_loss": [1.0, 0.5]}, shown, every, shown.angles + 0.1)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"m.report.html", *(f"m.{name}.png" for name in ("joints", "angles", "hands", "curves"))}
    assert "pose lstm" in (tmp_path / "m.report.html").read_text()
