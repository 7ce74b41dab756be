"""Every set of features and every model, trained, exported, and gone on from."""

from typing import Any

import numpy as np
import pytest
import torch
from full_form import FULL
from planned import planned

from emgctl.errors import ModelError, UsageError
from emgctl.inference.model import Model
from emgctl.trainer import Trainer
from emgctl.training.classifier.model_zoo import AUTO, FEATURES, MODELS
from emgctl.training.experiment import train
from emgctl.training.export.onnx import export
from emgctl.training.export.warm_start import PretrainedModel
from emgctl.training.features.feature_sets import SETS
from emgctl.training.plan import Plan
from emgctl.types import Recording, Signal

SIGNAL = Signal(4, 200.0)
NAMES = ("rest", "fist", "open")
STRENGTH = np.array([[1, 1, 1, 1], [20, 20, 4, 4], [4, 4, 20, 20]])


def recording(seed, turned=0, seconds=6):
    rng, each = np.random.default_rng(seed), 200 * seconds
    labels = np.repeat(np.arange(3, dtype=np.int16), each)
    samples = rng.normal(0, 1, (3 * each, 4)) * np.roll(STRENGTH, turned, axis=1)[labels]
    return Recording(f"r{seed}", SIGNAL, samples.astype(np.float32), f"r{seed}.h5", labels, NAMES, session=f"s{seed}")


def plan(model, **more) -> tuple[Trainer[Any], Plan]:
    return planned(model=model, **{"hop_ms": 100, **more})


def silent(what, done, total):
    assert done <= total


@pytest.mark.parametrize("features", FEATURES if FULL else ("default", "tangent", "spectral"))
@pytest.mark.slow
def test_each_set_of_features_is_learned_from_and_exported(features, tmp_path):
    trained = train([recording(0)], *plan("lda", features=features), silent)
    assert trained.result["balanced_accuracy"] > 0.9
    assert trained.card.feature_set == features
    trained.export(tmp_path / "m.onnx")
    found = Model.load(tmp_path / "m.onnx").run(trained.windows.samples[0])[0]
    assert found.argmax() == trained.windows.labels[0]


@pytest.mark.parametrize("features", SETS)
@pytest.mark.parametrize(("length", "channels"), [(8, 1), (40, 8), (400, 2)])
def test_features_are_finite_whatever_comes(features, length, channels):
    made = SETS[features](channels)
    rng = np.random.default_rng(0)
    extremes = np.stack([np.zeros((length, channels)), 1e4 * rng.standard_normal((length, channels)),
                         np.ones((length, channels)), np.tile(rng.standard_normal((length, 1)), channels)])  # fmt: skip
    with torch.inference_mode():
        found = made(torch.from_numpy(extremes.astype(np.float32)))
    assert found.shape[0] == 4
    assert torch.isfinite(found).all()


def test_autoregression_finds_the_coefficients_of_a_known_process():
    rng = np.random.default_rng(0)
    x = np.zeros((1, 20_000, 1), np.float32)
    for step in range(2, 20_000):
        x[0, step] = 1.2 * x[0, step - 1] - 0.6 * x[0, step - 2] + rng.normal()
    with torch.inference_mode():
        found = SETS["ar"](1)(torch.from_numpy(x))[0, :4].numpy()
    assert np.allclose(found, [1.2, -0.6, 0, 0], atol=0.05)


def test_the_tangent_features_are_the_log_cholesky_factor():
    x = np.random.default_rng(0).normal(0, 20, (1, 300, 3)).astype(np.float32)
    covariance = np.cov(x[0].T, bias=True)
    factor = np.linalg.cholesky(covariance / np.trace(covariance) * 3)
    with torch.inference_mode():
        found = SETS["tangent"](3)(torch.from_numpy(x))[0].numpy()
    expected = [0.5 * np.log(np.trace(covariance) / 3), np.log(factor[0, 0]), factor[1, 0], factor[2, 0],
                np.log(factor[1, 1]), factor[2, 1], np.log(factor[2, 2])]  # fmt: skip
    assert np.allclose(found, expected, atol=1e-3)


def test_the_spectrum_is_where_the_tone_is():
    tone = np.sin(2 * np.pi * 70 / 200 * np.arange(80))[None, :, None].astype(np.float32) * 10
    with torch.inference_mode():
        found = SETS["spectral"](1)(torch.from_numpy(tone))[0].numpy()
    assert found[:8].argmax() == 5
    assert found[8] == pytest.approx(0.7, abs=0.02)


@pytest.mark.parametrize("model", ["tcn", "ensemble-simple", "lda-mlp"] if FULL else ["lda-mlp"])
@pytest.mark.slow
def test_models_of_several_parts_learn_and_are_exported_and_gone_on_from(model, tmp_path):
    trained = train([recording(0)], *plan(model), silent)
    assert trained.result["balanced_accuracy"] > 0.95
    trained.export(tmp_path / "m.onnx")
    if model == "tcn":  # its normalisation is folded away in the file
        return
    earlier = PretrainedModel.read(tmp_path / "m.onnx")
    again = train([recording(1)], *plan(model, pretrained=earlier), silent)
    assert again.result["balanced_accuracy"] > 0.95
    export(again.fitted.classifier, again.card, again.windows.samples, tmp_path / "n.onnx", earlier.data)


def test_auto_compares_within_its_budget_and_states_what_it_took():
    trained = train([recording(0, seconds=3)], *plan(AUTO, budget_s=0.0), silent)
    compared = trained.result["compared"]
    assert [one["balanced_accuracy"] is not None for one in compared] == [True] + [False] * (len(compared) - 1)
    assert (trained.result["model"], trained.card.model) == ("lda", "lda")


def test_auto_compares_on_the_last_of_several_wearings():
    trained = train([recording(0, seconds=3), recording(1, seconds=3)], *plan(AUTO, budget_s=0.0), silent)
    assert trained.result["compared"][0]["balanced_accuracy"] > 0.9


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    path = tmp_path_factory.mktemp("first") / "first.onnx"
    trained = train([recording(0)], *plan("ensemble"), silent)
    trained.export(path)
    return path


@pytest.mark.skipif(not FULL, reason="trains an ensemble twice; only scripts/check --full")
@pytest.mark.slow
def test_fine_tuning_goes_on_from_a_model_and_reuses_its_graph(first, tmp_path):
    earlier = PretrainedModel.read(first)
    turned = recording(1, turned=2)
    before = Model.load(first).run_batch(np.stack([turned.samples[1400:1440], turned.samples[2600:2640]]))[0]
    assert before.argmax(1).tolist() == [2, 1]
    trained = train([turned], *plan("ensemble", pretrained=earlier, final="all"), silent)
    assert trained.result["start"] == "first.onnx"
    export(trained.fitted.classifier, trained.card, trained.examples, tmp_path / "a.onnx", earlier.data)
    export(trained.fitted.classifier, trained.card, trained.examples, tmp_path / "b.onnx")
    quick, slow = (Model.load(tmp_path / name) for name in ("a.onnx", "b.onnx"))
    assert quick.card == slow.card
    some = trained.windows.samples[::20]
    assert np.allclose(quick.run_batch(some)[0], slow.run_batch(some)[0], atol=1e-5)
    after = quick.run_batch(np.stack([turned.samples[1400:1440], turned.samples[2600:2640]]))[0]
    assert after.argmax(1).tolist() == [1, 2]


@pytest.mark.slow
def test_a_graph_of_another_build_is_not_reused(first, tmp_path):
    trained = train([recording(0)], *plan("lda"), silent)
    card, windows = trained.card, trained.windows.samples
    export(trained.fitted.classifier, card, windows, tmp_path / "m.onnx", first.read_bytes())
    assert Model.load(tmp_path / "m.onnx").card.model == "lda"


@pytest.mark.slow
def test_what_can_not_be_gone_on_from_is_said(first):
    earlier = PretrainedModel.read(first)
    two = recording(0).samples[:2400], np.repeat(np.arange(2, dtype=np.int16), 1200)
    with pytest.raises(ModelError, match="has the labels rest, fist, open, not rest, fist"):
        train([Recording("r", SIGNAL, two[0], "r", two[1], NAMES)], *plan("ensemble", pretrained=earlier), silent)
    with pytest.raises(ModelError, match="windows of 40 samples"):
        train([recording(0)], *plan("ensemble", window_ms=100, pretrained=earlier), silent)
    with pytest.raises(UsageError, match="of another kind"):
        train([recording(0)], *plan("tcn", pretrained=earlier), silent)
    with pytest.raises(UsageError, match="features does not go with model tcn"):
        train([recording(0)], *plan("tcn", features="ar"), silent)
    assert set(MODELS) > {"ensemble", "tcn"}
