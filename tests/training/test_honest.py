"""Numbers that can't lie: what was learned is not tested, or the result and the card say that it leaks."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from planned import planned

torch = pytest.importorskip("torch")

from emgctl.calibration.advice import advice  # noqa: E402
from emgctl.calibration.fit import fit_calibration  # noqa: E402
from emgctl.errors import UsageError  # noqa: E402
from emgctl.inference.model import Model  # noqa: E402
from emgctl.inference.model_card import CardDataset, ModelCard  # noqa: E402
from emgctl.inference.postprocessing import PostProcessing  # noqa: E402
from emgctl.recording.windows import without_labels  # noqa: E402
from emgctl.trainer import Trainer  # noqa: E402
from emgctl.training.data.provenance import datasets  # noqa: E402
from emgctl.training.data.splits import parse_split  # noqa: E402
from emgctl.training.evaluation.continuous import evaluate_continuous  # noqa: E402
from emgctl.training.evaluation.windowed import evaluate  # noqa: E402
from emgctl.training.experiment import train  # noqa: E402
from emgctl.training.export.onnx import export  # noqa: E402
from emgctl.training.export.warm_start import PretrainedModel  # noqa: E402
from emgctl.training.plan import Plan  # noqa: E402
from emgctl.types import Recording, Signal  # noqa: E402

NAMES = ("rest", "fist", "open")
LEAKS = "THIS LEAKS"


def noise(seed, source="noise.npz", seconds=60, **more):
    """Noise, labelled at random for a second at a time: nothing can be learned from it."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(rng.permutation(np.arange(seconds) % 3), 200).astype(np.int16)
    samples = (rng.normal(0, 30, (200 * seconds, 4))).astype(np.float32)
    return Recording(source, Signal(4, 200.0), samples, source, labels, NAMES, **more)


def nothing(*_):
    """Progress that nobody looks at."""


def plan(split="blocked", **more) -> tuple[Trainer[Any], Plan]:
    return planned(**{"model": "lda", "split": split, **more})


def fit(recordings, path, split="blocked", **more):
    trained = train(recordings, *plan(split, **more), nothing)
    trained.export(path)
    return Model.load(path), trained


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    return fit([noise(1)], tmp_path_factory.mktemp("honest") / "m.onnx")


@pytest.fixture(scope="module")
def model(fitted):
    return fitted[0]


@pytest.mark.slow
def test_noise_gives_chance_and_nothing_leaks(model):
    result = evaluate(model, [noise(1)], parse_split("blocked"), None, nothing)
    assert result["accuracy"] == pytest.approx(1 / 3, abs=0.15)
    assert (result["leaks"], result["warnings"], model.card.leaks) == (False, [], False)
    other = evaluate(model, [noise(2)], None, None, nothing)
    assert (other["leaks"], other["warnings"]) == (False, [])


COPIES = {
    "same": lambda one: one,
    "renamed": lambda one: replace(one, source="copy.h5", name="copy"),
    "without a label": lambda one: without_labels([one], ["open"])[0],
    "part": lambda one: replace(one, samples=one.samples[3333:9000], labels=one.labels[3333:9000]),
    "rounded": lambda one: replace(one, samples=np.round(one.samples, 1)),
    "relabelled": lambda one: replace(one, labels=np.roll(one.labels, 50)),
    "unit": lambda one: replace(one, samples=one.samples * np.float32(0.25)),
}


@pytest.mark.slow
@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_evaluation_on_a_copy_of_what_was_learned_leaks(model, copy):
    result = evaluate(model, [copy(noise(1))], None, None, nothing)
    assert result["leaks"] is True
    assert LEAKS in result["warnings"][0]
    assert model.path.name in result["warnings"][0]


@pytest.mark.parametrize(
    ("split", "copy"),
    [
        ("recording", "rounded"),
        ("session:b", "rounded"),
        ("subject:b", "part"),
        ("file:copy.npz", "without a label"),
        ("blocked", "part"),
        ("kfold:3", "part"),
    ],
)
def test_training_beside_a_copy_of_what_is_tested_leaks(split, copy):
    one = replace(noise(1), session="a", subject="a")
    other = replace(COPIES[copy](one), source="copy.npz", name="copy.npz", session="b", subject="b")
    trained = train([one, other], *plan(split), nothing)
    assert trained.result["leaks"] is True
    assert trained.card.leaks is True
    assert LEAKS in trained.result["warnings"][0]


def test_copies_that_are_divided_at_the_same_places_do_not_leak():
    other = replace(COPIES["rounded"](noise(1)), source="copy.npz", name="copy.npz")
    assert train([noise(1), other], *plan("blocked"), nothing).result["leaks"] is False


def test_the_same_recording_twice_leaks_however_it_is_divided():
    assert train([noise(1), noise(1)], *plan("recording"), nothing).result["leaks"] is True


@pytest.mark.slow
def test_what_an_earlier_model_has_seen_travels_with_what_is_made_of_it(tmp_path):
    _, first = fit([noise(1)], tmp_path / "a.onnx", final="all")
    assert first.result["leaks"] is False
    start = PretrainedModel.read(tmp_path / "a.onnx")
    _, second = fit([noise(2, "b.npz")], tmp_path / "b.onnx", pretrained=start)
    assert second.result["leaks"] is False
    grandchild, third = fit([noise(1)], tmp_path / "c.onnx", pretrained=PretrainedModel.read(tmp_path / "b.onnx"))
    assert third.result["leaks"] is True
    assert "b.onnx" in third.result["warnings"][0]
    assert {one.name for one in grandchild.card.datasets} == {"noise.npz", "b.npz"}
    assert evaluate(grandchild, [noise(2)], None, None, nothing)["leaks"] is True


def test_a_refresh_that_is_tested_on_what_it_began_from_is_reported(tmp_path):
    old, new = noise(1, "old.h5", session="old"), noise(1, "new.h5", session="new")
    new = replace(new, samples=np.round(new.samples, 1))
    trained = fit_calibration([old, new], "rest", 1, nothing, model="lda", refresh=True)
    assert trained.result["leaks"] is True
    assert LEAKS in advice(trained.result)[-1]


@pytest.mark.slow
def test_a_continuous_evaluation_counts_everything_whatever_the_split(model):
    found = evaluate_continuous(
        model, [noise(1)], PostProcessing(), rest="rest", guard_s=0.5, accepted_per_minute=1.0, hop_ms=None,
        adapt="none", progress=nothing,
    )  # fmt: skip
    assert found.result["leaks"] is True
    assert LEAKS in found.result["warnings"][0]


def test_the_guard_is_on_the_card_and_evaluation_tests_the_same_windows(tmp_path):
    guarded, trained = fit([noise(3)], tmp_path / "m.onnx", guard_s=0.35)
    assert guarded.card.guard_s == 0.35
    result = evaluate(guarded, [noise(3)], parse_split("blocked"), None, nothing)
    assert (result["windows"], result["confusion"]) == (trained.result["windows"], trained.result["confusion"])
    assert (result["leaks"], result["guard_s"]) == (False, 0.35)
    other = evaluate(guarded, [noise(3)], parse_split("blocked"), None, nothing, guard_s=0.0)
    assert other["windows"] > result["windows"]


def test_a_card_of_an_earlier_version_still_names_the_files_it_was_trained_on(fitted, tmp_path):
    model, trained = fitted
    card = model.card.model_dump()
    for new in ("seen", "leaks", "guard_s", "ignored"):
        del card[new]
    old = ModelCard.model_validate(card)
    assert (old.seen, old.leaks, old.guard_s, old.ignored) == ("", False, 0.0, ())
    assert old.datasets == datasets([noise(1)])
    export(trained.fitted.classifier, old, trained.examples, tmp_path / "old.onnx")
    aged = Model.load(tmp_path / "old.onnx")
    assert evaluate(aged, [noise(1)], None, None, nothing)["leaks"] is True
    assert evaluate(aged, [noise(1)], parse_split("blocked:0.2"), None, nothing)["leaks"] is False


def test_a_card_stays_small(model):
    assert len(model.card.seen) < 5000
    assert isinstance(model.card.datasets[0], CardDataset)


def test_a_recording_that_holds_the_same_minute_several_times_leaks():
    one = noise(1, seconds=30)
    again = replace(one, samples=np.tile(one.samples, (3, 1)), labels=np.tile(one.labels, 3))
    assert train([again], *plan("blocked"), nothing).result["leaks"] is True


@pytest.mark.parametrize(
    ("name", "problem"),
    [("x" * 201, "has 201 characters"), ("", "has no name"), (" ", "has no name"), ("a\nb", "line break"),
     ("a\x1b[31m", "not printed"), ("a\ud800", "not printed")],
    ids=["long", "empty", "blank", "two lines", "escape", "surrogate"],
)  # fmt: skip
def test_a_label_that_no_model_can_keep_is_refused_before_training(name, problem):
    one = replace(noise(1), label_names=("rest", name, "open"))
    with pytest.raises(UsageError, match=problem):
        train([one], *plan(), nothing)
