"""The dual encoder: how it is trained, and what it knows afterwards."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from full_form import FULL
from grasping import GRASPS, JOINTS, person, poses
from hypothesis import given
from hypothesis import strategies as st
from patience import patient
from planned import planned

from emgctl.errors import UsageError
from emgctl.recording.convert import write_recording
from emgctl.recording.datasets import read_dataset
from emgctl.recording.windows import cut
from emgctl.trainer import Trainer
from emgctl.training.contrastive.batches import EpisodeSampler
from emgctl.training.contrastive.fit import fit_contrastive
from emgctl.training.contrastive.modules import PrototypeHead, SignalEncoder
from emgctl.training.contrastive.score_fusion import SHRINKAGES, HeldOutScores, weigh
from emgctl.training.contrastive.subset_accuracy import curve, recalls, subsets
from emgctl.training.contrastive.train_loop import ContrastiveConfig, WorkerContext, symmetric_loss, train_pair
from emgctl.training.data.splits import parse_split
from emgctl.training.experiment import train
from emgctl.training.plan import Plan

SHORT = ContrastiveConfig(epochs=3)


@pytest.fixture(scope="module")
def windows():
    return cut([person()], 40, 20, memory=40)


@pytest.fixture(scope="module")
def fold(windows):
    return parse_split("repetition:2,5").folds(windows)[0]


@pytest.fixture(scope="module")
def fitted(windows, fold):
    return fit_contrastive(windows, fold, "rest", settings=SHORT)


def test_every_subset_is_told_apart_on_repetitions_never_seen(windows, fold, fitted):
    predicted = fitted.predict(windows, fold.test).values
    assert np.allclose(predicted.sum(axis=1), 1, atol=1e-5)
    found = curve(predicted, windows.labels[fold.test])
    assert set(found) == {2, 3, 4, 5, 6}
    assert all(one["min"] > 0.9 for one in found.values())
    assert found[2]["subsets"] == 15


@pytest.mark.slow
def test_the_same_call_gives_the_same_model(windows, fold, fitted):
    again = fit_contrastive(windows, fold, "rest", settings=SHORT)
    for name, values in fitted.classifier.state_dict().items():
        assert torch.equal(values, again.classifier.state_dict()[name]), name


@pytest.mark.slow
def test_a_grasp_left_out_of_training_is_foretold_from_its_pose(windows, fold):
    wave = windows.label_names.index("wave")
    known = fold.train[windows.labels[fold.train] != wave]
    others = replace(fold, train=known, validation=known[:0], between=known[:0])
    without = fit_contrastive(windows, others, "rest", settings=SHORT)
    pose = poses()[GRASPS.index("wave")]
    classes = without.classes.with_pose("wave", without.classes.encoder.pose(dict(zip(JOINTS, pose, strict=True))))
    tested = fold.test[np.isin(windows.labels[fold.test], [wave, windows.label_names.index("key")])]
    with torch.inference_mode():
        embedding = without.classifier(torch.from_numpy(windows.take(tested)))[3].numpy()
    chosen = classes.chosen(classes.indices(["key", "wave"]))
    right = chosen.probabilities(embedding).argmax(axis=1) == (windows.labels[tested] == wave)
    assert right.mean() > 0.8


@pytest.mark.slow
def test_what_is_said_of_other_people_is_weighed_by_people_held_out():
    gains = np.random.default_rng(3).lognormal(0, 1.5, (4, 8)).astype(np.float32)
    people = [person(number, subject=f"S{number}", repetitions=3) for number in range(4)]
    windows = cut(
        [replace(one, samples=np.roll(one.samples * gains[n], n, axis=1)) for n, one in enumerate(people)], 40, 20
    )
    (fold,) = parse_split("subject:S3").folds(windows)
    losses = []
    for one in (fold, replace(fold, others=False)):
        predicted = fit_contrastive(windows, one, "rest", settings=SHORT).predict(windows, fold.test).values
        losses.append(-np.log(predicted[np.arange(len(predicted)), windows.labels[fold.test]] + 1e-9).mean())
    assert losses[0] < 0.7 * losses[1]


def test_sets_hold_one_window_of_every_class_and_one_person():
    rng = np.random.default_rng(0)
    y, who, repetition = (torch.from_numpy(rng.integers(0, n, 500)) for n in (5, 3, 4))
    sets = EpisodeSampler(y + 2, who, repetition)
    assert sets.present.tolist() == [2, 3, 4, 5, 6]
    drawn = sets.draw(400, torch.Generator().manual_seed(1))
    assert (y[drawn] + 2 == sets.present).all()
    assert (who[drawn] == who[drawn][:, :1]).all()
    seen = np.bincount(who[drawn[:, 0]].numpy(), minlength=3)
    assert seen.min() > 90  # of 133 each


def test_rare_repetitions_are_drawn_as_often_as_long_ones_and_missing_classes_from_anyone():
    y = torch.tensor([0] * 100 + [0] + [1] * 10)
    who = torch.tensor([0] * 101 + [1] * 10)
    repetition = torch.tensor([1] * 100 + [2] + [1] * 10)
    drawn = EpisodeSampler(y, who, repetition).draw(300, torch.Generator().manual_seed(1))
    assert (y[drawn] == torch.tensor([0, 1])).all()
    assert 100 < int((drawn[:, 0] == 100).sum()) < 200


@given(st.integers(2, 6), st.integers(0, 5))
def test_the_loss_is_the_same_from_both_sides_and_zero_when_sure(count, seed):
    logits = torch.randn(3, count, count, generator=torch.Generator().manual_seed(seed))
    assert torch.allclose(symmetric_loss(logits), symmetric_loss(logits.transpose(1, 2)), atol=1e-6)
    assert float(symmetric_loss(200 * torch.eye(count).expand(3, count, count))) < 1e-6


def test_the_temperature_stays_within_its_bound():
    pair = PrototypeHead(SignalEncoder(4, 3, (8,), 0.0), 5, 3, largest=30.0)
    with torch.no_grad():
        pair.log_scale.fill_(50.0)
    assert float(pair.scale.detach()) == 30.0
    assert float(PrototypeHead(SignalEncoder(4, 3, (8,), 0.0), 5, 3, largest=0).scale) == 1.0


def training(checkpoint=None, epochs=6, stop_after=0):
    torch.manual_seed(3)
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 4, 300)
    z = torch.from_numpy(
        (np.eye(4)[labels] @ rng.normal(0, 1, (4, 6)) + rng.normal(0, 0.5, (300, 6))).astype(np.float32)
    )
    y = torch.from_numpy(labels)
    pair = PrototypeHead(SignalEncoder(6, 4, (16, 8), 0.3), 4, 4)
    history: dict[str, Any] = {}

    def progress(done, _):
        if done == stop_after:
            raise KeyboardInterrupt

    sets = EpisodeSampler(y, torch.zeros_like(y), torch.zeros_like(y))
    settings = ContrastiveConfig(epochs=epochs, sets=10)
    trained = train_pair(pair, z, sets, settings, 5, history, progress, WorkerContext.found(), checkpoint)
    return trained.state_dict(), history["train_loss"]


def test_a_broken_training_goes_on_from_its_checkpoint_as_if_it_had_not_ended(tmp_path):
    whole, losses = training()
    assert losses[-1] < losses[0]
    path = tmp_path / "c.npz"
    with pytest.raises(KeyboardInterrupt):
        training(path, stop_after=3)
    resumed, resumed_losses = training(path)
    assert resumed_losses == losses
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


@pytest.mark.parametrize("content", [b"", b"no checkpoint", None])
def test_what_is_no_checkpoint_or_another_trainings_is_refused(tmp_path, content):
    path = tmp_path / "c.npz"
    if content is None:
        training(path, epochs=2)
    else:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"c\.npz.*remove it to begin anew"):
        training(path, epochs=3)


def read(folder):
    return read_dataset(str(folder / "S1.h5"))


def plan(**changes) -> tuple[Trainer[Any], Plan]:
    """What the command line below makes of its words."""
    return planned("contrastive", split="repetition:2", hop_ms=100, **changes)


SHORT_PROGRAM = f"""\
import sys, torch
sys.path.append({str(Path(__file__).parents[1])!r})
from emgctl.cli import cli
from short_training import short_training
with short_training():
    cli(sys.argv[1:])
"""


def command(folder, *words, torchrun=0):
    one = Path(sys.executable)
    many = [one.with_name("torchrun"), "--nproc-per-node", str(torchrun), "--standalone", "-m", "emgctl"]
    start = many if torchrun else [one, "-m", "emgctl"] if FULL else [one, "-c", SHORT_PROGRAM]
    what = ["contrastive", folder / "S1.h5", "--split", "repetition:2", "--hop-ms", "100", "--set", "report=no"]
    return list(map(str, [*start, "train", *what, *words]))


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory):
    """A folder with a recording, and what one process makes of it."""
    folder = tmp_path_factory.mktemp("grasps")
    write_recording(folder / "S1.h5", person(repetitions=4))
    return folder, train(read(folder), *plan(), lambda *_: None)


@pytest.mark.skipif(not FULL, reason="trains twice; only scripts/check --full")
@pytest.mark.slow
@pytest.mark.process
def test_two_processes_reach_the_same_loss_as_one(trained_once):
    folder, one = trained_once
    words = ("--out", folder / "two.onnx", "--json", folder / "two.json")
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        command(folder, *words, torchrun=2),
        capture_output=True,
        text=True,
        env=environment,
        timeout=patient(400),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    two = json.loads((folder / "two.json").read_text())
    assert two["train_loss"] == pytest.approx(one.result["train_loss"], rel=1e-4)
    assert two["balanced_accuracy"] == pytest.approx(one.result["balanced_accuracy"], abs=0.01)


@pytest.mark.slow
@pytest.mark.process
def test_a_killed_training_gives_the_same_model_when_it_is_started_again(trained_once):
    folder, one = trained_once
    words = ("--out", folder / "killed.onnx", "--checkpoint", folder / "c")
    with subprocess.Popen(command(folder, *words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        until_s = time.monotonic() + patient(120)
        while not (folder / "c.1.2").exists() and time.monotonic() < until_s:
            time.sleep(0.01)
        running.send_signal(signal.SIGKILL)
    assert not (folder / "killed.onnx").exists()
    again = train(read(folder), *plan(checkpoint=folder / "c"), lambda *_: None)
    for name, values in one.fitted.classifier.state_dict().items():
        assert torch.equal(values, again.fitted.classifier.state_dict()[name]), name
    assert again.fitted.classes.to_text() == one.fitted.classes.to_text()
    assert again.card == one.card


# weights


def held_out(person, cosines, linear, people=2):
    """Scores of a person's windows of four classes, right as often as ``cosines`` and ``linear`` say."""
    rng = np.random.default_rng(person)
    truth = rng.integers(0, 4, 300)

    def scores(share):
        return (np.eye(4)[np.where(rng.random(300) < share, truth, rng.integers(0, 4, 300))]).astype(np.float32)

    predicted = scores(linear)
    by_shrinkage = dict.fromkeys(SHRINKAGES[:-1], 20 * predicted) | {SHRINKAGES[-1]: 20 * scores(0.3)}
    return HeldOutScores(by_shrinkage, scores(cosines), truth, np.full(300, person), people)


def test_the_network_counts_among_other_people_only_where_it_helps():
    found = weigh([held_out(one, 0.9, 0.5) for one in (1, 2)], others=True)
    assert found.network > 0
    assert found.shrinkage == SHRINKAGES[0]
    found = weigh([held_out(one, 0.0, 0.8) for one in (1, 2)], others=True)
    assert (found.linear, found.network) == (found.alone, 0.0)


def test_the_linear_part_stays_alone_where_a_rehearsal_had_a_single_person():
    found = weigh([held_out(1, 0.9, 0.5, people=1), held_out(2, 0.9, 0.5, people=2)], others=True)
    assert found.network == 0
    assert weigh([held_out(1, 0.9, 0.5, people=1)], others=False).network > 0


def test_all_people_need_half_the_shrinkage_that_is_best_for_half_of_them():
    one = held_out(1, 0.5, 0.9)
    for place, best in enumerate(SHRINKAGES[1:], 1):
        linear = dict.fromkeys(SHRINKAGES, one.linear[SHRINKAGES[-1]]) | {best: one.linear[SHRINKAGES[0]]}
        assert weigh([replace(one, linear=linear)], others=True).shrinkage == SHRINKAGES[place - 1]


# subsets


@given(st.integers(3, 9), st.integers(2, 8), st.integers(0, 3))
def test_subsets_are_different_and_of_the_size(classes, size, seed):
    size = min(size, classes)
    found = subsets(range(classes), size, 20, seed)
    assert len(set(found)) == len(found)
    assert all(len(set(one)) == size for one in found)


def test_recall_among_chosen_classes_leaves_the_others_out():
    scores = np.log(np.array([[0.5, 0.4, 0.1], [0.5, 0.4, 0.1], [0.1, 0.2, 0.7], [0.6, 0.3, 0.1]], np.float32))
    truth = np.array([0, 1, 2, 2])
    assert recalls(scores, truth, (0, 1)).tolist() == [1.0, 0.0]
    assert recalls(scores, truth, (1, 2)).tolist() == [1.0, 0.5]
    assert np.isnan(recalls(scores[:2], truth[:2], (0, 2))[1])
