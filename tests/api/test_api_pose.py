"""Training and evaluating models of poses from Python."""

import numpy as np
import pytest
from posing import JOINTS, SLOW, moving

import emgctl
from emgctl.recording.convert import write_recording


@pytest.fixture(scope="module")
def recording():
    return moving(SLOW, 40)


@pytest.fixture(scope="module")
def result(recording):
    return emgctl.train_pose(recording, split="repetition:3", steps=20)


@pytest.fixture(scope="module")
def saved(result, tmp_path_factory):
    return result.save(tmp_path_factory.mktemp("saved") / "hand.onnx")


@pytest.mark.slow
def test_errors_are_in_radians_beside_that_of_the_mean_pose(result):
    figures = result.to_dict()
    assert (result.mae_rad, result.r2) == (figures["mae_rad"], figures["r2"])
    assert (result.live_mae_rad, result.mean_pose_mae_rad) == (
        figures["smoothed"]["mae_rad"], figures["baselines"]["mean_pose"]
    )  # fmt: skip
    assert (result.leaks, result.split) == (False, "tested on repetition 3")
    assert "mean pose as baseline" in str(result)
    assert f"{np.degrees(result.mae_rad):.1f} degrees off" in repr(result)


@pytest.mark.slow
def test_the_saved_model_reaches_the_same_and_has_a_report(result, saved, recording, tmp_path):
    found = emgctl.evaluate_pose(emgctl.load_pose_model(saved), recording, split="repetition:3")
    assert found.mae_rad == pytest.approx(result.mae_rad, rel=1e-3)
    for page in (result.report(tmp_path / "train.html")[0], found.report(str(tmp_path / "eval.html"))):
        assert "data:image/png;base64," in page.read_text()


@pytest.mark.slow
def test_a_live_signal_is_decoded_into_joint_angles(saved, recording, tmp_path):
    write_recording(tmp_path / "day.h5", recording)
    with emgctl.open_input(tmp_path / "day.h5", speed="max") as played:
        poses = list(emgctl.decode(played, emgctl.load_pose_model(saved)))
    assert poses[0].joints == JOINTS
    assert len(poses) == len(recording.samples) // emgctl.load_pose_model(saved).card.hop
    assert np.isfinite([pose.angles_rad for pose in poses]).all()


@pytest.mark.slow
def test_each_kind_of_model_has_its_own_functions(saved, recording):
    with pytest.raises(emgctl.ModelError, match="is a model for decoder 'pose', not 'classifier"):
        emgctl.load_model(saved)
    with pytest.raises(emgctl.ModelError, match=r"use emgctl.evaluate_pose\(\)"):
        emgctl.evaluate(emgctl.load_pose_model(saved), recording)  # type: ignore[arg-type]  # which is what is tested
    with pytest.raises(emgctl.UsageError, match="did you mean 'vemg2pose'"):
        emgctl.train_pose(recording, recipe="vemgpose")
    with pytest.raises(emgctl.UsageError, match="size: unknown value 'tiny'"):
        emgctl.train_pose(recording, size="tiny")
