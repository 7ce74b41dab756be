"""Poses learned, exported and followed: one step at a time, without looking ahead, as in training."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from full_form import FULL
from planned import planned
from posing import FAST, SLOW, moving

from emgctl.errors import ModelError, UsageError
from emgctl.handmodel.joints import JOINTS
from emgctl.inference.model_card import CardSignal, ModelCard
from emgctl.inference.pose_model import PoseModel
from emgctl.trainer import Trainer
from emgctl.training.classifier.modules import Intensity
from emgctl.training.experiment import train
from emgctl.training.plan import Plan
from emgctl.training.pose.config import VEMG2POSE_NETWORK, settings
from emgctl.training.pose.evaluation import evaluate_pose
from emgctl.training.pose.export import export_pose
from emgctl.training.pose.frontend import TdsFront
from emgctl.training.pose.metrics import measure
from emgctl.training.pose.network import PoseNetwork, PositionHead, VelocityHead

PIECES = (1, 7, 32, 1000)


def quietly(*_):
    """No progress."""


def plan(split="repetition:3", **more) -> tuple[Trainer[Any], Plan]:
    return planned("pose", split=split, **{"steps": 60} | more)


@pytest.fixture(scope="module")
def trained():
    return train([moving(SLOW, 60)], *plan(), quietly)


@pytest.fixture(scope="module")
def slow(trained, tmp_path_factory):
    path = tmp_path_factory.mktemp("pose") / "slow.onnx"
    trained.export(path)
    return path


def convolving(velocity=False, tracking=False, size=32, hidden=24, joints=3):
    """A network of raw samples as training makes it, untrained."""
    torch.manual_seed(3)
    front = TdsFront(16, size)
    head = (
        VelocityHead(front.width, joints, hidden, 2, tracking, 50.0)
        if velocity
        else PositionHead(front.width, joints, hidden, 0.0)
    )
    level = Intensity(torch.randn(20, 400, 16), torch.zeros(20, dtype=torch.bool))
    return PoseNetwork(front, head, level, joints, 16, 400).eval()


def card(network, joints):
    signal = CardSignal(channels=16, rate_hz=2000.0, unit="count")
    return ModelCard(emgctl="0", kind="pose", signal=signal, window=network.hop, hop=network.hop, joints=joints)


@pytest.fixture(scope="module", params=[{}, {"velocity": True}, {"velocity": True, "tracking": True}])
def fast(request, tmp_path_factory):
    network = convolving(**request.param)
    path = tmp_path_factory.mktemp("pose") / "fast.onnx"
    export_pose(network, card(network, ("a", "b", "c")), moving(FAST, 2).samples, path)
    return network, path


@pytest.mark.slow
def test_it_follows_joints_far_better_than_the_mean_pose(trained):
    result = trained.result
    assert result["mae_vs_mean_pose"] > 0.4
    assert result["r2"] > 0.6
    assert result["split"] == "repetition:3"
    assert set(result["joints"]) == {"index_mcp_fe", "middle_mcp_fe", "pinky_mcp_fe"}
    smooth = result["smoothed"]
    assert smooth["jerk"] < result["jerk"]
    assert smooth["mae_rad"] < 1.2 * result["mae_rad"]


@pytest.mark.slow
def test_its_confidence_is_higher_where_its_error_is_smaller(trained):
    halves = trained.result["confidence"]
    assert halves["surer_half_mae_rad"] < halves["other_half_mae_rad"]


@pytest.mark.slow
def test_the_same_plan_gives_the_same_network():
    one, other = (train([moving(SLOW, 30)], *plan(steps=5), quietly).fitted.network.state_dict() for _ in range(2))
    assert all(torch.equal(value, other[name]) for name, value in one.items())


@pytest.mark.slow
def test_the_file_gives_of_a_recording_what_was_measured_in_training(trained, slow):
    found = evaluate_pose(slow, [moving(SLOW, 60)], "repetition:3", quietly)
    assert found.result["mae_rad"] == pytest.approx(trained.result["mae_rad"], abs=1e-5)
    assert np.allclose(found.poses, trained.predicted.values, atol=1e-4)


@pytest.mark.slow
def test_a_minute_step_by_step_gives_what_torch_gives_at_once(trained, slow):
    samples = moving(SLOW, 60, seed=5).samples
    with torch.inference_mode():
        whole = trained.fitted.network(torch.tensor(samples)[None], trained.fitted.network.initial(1))[0][0].numpy()
    assert np.abs(PoseModel.load(slow).steps(samples) - whole).max() < 1e-5


@pytest.mark.slow
def test_fast_samples_step_by_step_give_what_torch_gives_at_once(fast):
    network, path = fast
    samples = moving(FAST, 60 if FULL and isinstance(network.head, PositionHead) else 10, seed=5).samples
    with torch.inference_mode():
        whole = network(torch.tensor(samples)[None], network.initial(1))[0][0].numpy()
    assert np.abs(PoseModel.load(path).steps(samples) - whole).max() < 1e-5


@pytest.mark.parametrize("hops", PIECES)
def test_pieces_give_what_the_whole_gives(hops):
    network, samples = convolving(), torch.tensor(moving(FAST, 8, seed=6).samples)[None]
    with torch.inference_mode():
        whole = network(samples, network.initial(1))[0]
        states, parts = network.initial(1), []
        for piece in samples.split(hops * network.hop, dim=1):
            pose, _, _, states = network(piece, states)
            parts.append(pose)
    assert torch.allclose(torch.cat(parts, dim=1), whole, atol=1e-5)


@pytest.mark.slow
def test_the_future_changes_nothing(trained, fast):
    network, path = fast
    for one, samples in ((trained.fitted.network, moving(SLOW, 10).samples), (network, moving(FAST, 4).samples)):
        other = samples.copy()
        half = len(samples) // 2 // one.hop * one.hop
        other[half:] = np.random.default_rng(1).normal(0, 300, other[half:].shape)
        with torch.inference_mode():
            first, second = (one(torch.tensor(x)[None], one.initial(1))[0][0].numpy() for x in (samples, other))
        count = half // one.hop
        assert np.abs(first[:count] - second[:count]).max() < 1e-6
        assert np.abs(first[count:] - second[count:]).max() > 1e-4
    model = PoseModel.load(path)
    first_half = model.steps(samples[:half])
    model.reset()
    assert np.array_equal(model.steps(other)[: len(first_half)], first_half)


def test_the_published_network_has_the_published_size():
    network = convolving(velocity=True, tracking=True, size=256, hidden=512, joints=len(JOINTS))
    doubt = sum(one.numel() for one in network.doubt.parameters())  # is ours
    assert sum(one.numel() for one in network.parameters()) - doubt == 5_970_068
    assert (VEMG2POSE_NETWORK.size, VEMG2POSE_NETWORK.hidden, VEMG2POSE_NETWORK.layers) == (256, 512, 2)


@pytest.mark.slow
def test_fast_samples_are_learned_from_as_they_are():
    found = train([moving(FAST, 15)], *plan(steps=9), quietly)
    assert found.result["model"] == "tds"
    assert found.card.hop == 40
    losses = found.fitted.history["train_loss"]
    assert np.mean(losses[-3:]) < np.mean(losses[:3])


@pytest.mark.slow
def test_a_model_that_tracks_goes_on_from_a_pose(fast):
    _, path = fast
    model, samples = PoseModel.load(path), moving(FAST, 0.1).samples[:40]
    given = np.array([0.5, -0.2, 0.1], np.float32)
    without = model.step(samples).angles_rad
    model.reset(given)
    moved = model.step(samples).angles_rad - without
    assert np.abs(moved).max() == pytest.approx(0.5, abs=0.1) if model.tracks else np.array_equal(moved, 0 * moved)


@pytest.mark.slow
def test_people_left_out_and_turned_armbands_are_learned_for():
    people = [moving(SLOW, 24, seed, subject=f"S{seed}") for seed in range(3)]
    found = train(people, *plan("subject:S2", augment_rotation=1, steps=30), quietly)
    assert found.result["mae_vs_mean_pose"] > 0.2
    assert found.result["held_out"][0]["people"] == 1


@pytest.mark.slow
def test_unknown_poses_are_not_learned_and_not_counted():
    whole = moving(SLOW, 60)
    values = whole.pose.values.copy()
    values[4000:4600] = np.nan
    values[9000:9400] = np.nan
    holes = replace(whole, pose=replace(whole.pose, values=values))
    found = train([holes], *plan(steps=10), quietly)
    assert found.result["moments"] == len(found.tested) - 40
    assert np.isfinite(found.predicted.values).all()


@pytest.mark.slow
def test_errors_of_a_hand_that_is_known_are_what_they_must_be(trained):
    windows, tested = trained.windows, trained.tested
    true = windows.pose.values[tested]
    mean = windows.pose.values.mean(axis=0)
    found = measure(windows, tested, true, mean)
    assert (found.mae_rad, found.r2, found.mae_vs_mean_pose) == (0, 1, 1)
    assert found.jerk == found.true_jerk
    off = measure(windows, tested, true + np.float32(0.1), mean)
    assert off.mae_rad == pytest.approx(0.1, abs=1e-6)
    assert off.speed_error == pytest.approx(0, abs=1e-4)
    assert measure(windows, tested, np.broadcast_to(mean, true.shape), mean).mae_vs_mean_pose == 0


@pytest.mark.parametrize(
    ("recordings", "words", "message"),
    [
        ([replace(moving(SLOW, 5), pose=None)], {}, "contain no pose"),
    ],
)
def test_what_cannot_be_learned_is_said(recordings, words, message):
    with pytest.raises(UsageError, match=message):
        train(recordings, *plan("blocked", **words), quietly)


def test_a_small_network_is_for_slow_and_fast_signals():
    assert settings("small", "", 200.0)[1] != settings("small", "", 2000.0)[1]


def test_a_classifier_is_no_pose_model():
    with pytest.raises(ModelError, match="decoder 'classifier'"):
        PoseModel.load(Path("profiles/demo.onnx"))
