"""Following slow changes without labels: within bounds, only while it helps, and the same live as in evaluation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emgctl.errors import ModelError
from emgctl.inference.adaptation import LARGEST_GAIN, Adaptation, Adapter, shift_of, shift_to, unchanged
from emgctl.inference.gesture_decoder import ClassifierOptions
from emgctl.inference.model import Model
from emgctl_classifier.classifier import Classifier

HOP_S = 0.05


def noise(count, mean=0.0, deviation=1.0, seed=0):
    return np.random.default_rng(seed).normal(mean, deviation, (count, 4)).astype(np.float32)


def observed(features, confidence=0.9, **options):
    adapter = Adapter(Adaptation(**options), 4, HOP_S)
    for row in features:
        adapter.observe(row, confidence)
    return adapter


def test_what_is_as_in_training_stays_nearly_as_it_is():
    shift = observed(noise(3000)).shift
    assert np.abs(shift.shift).max() < 0.1
    assert np.abs(shift.gain - 1).max() < 0.1


def test_a_lasting_change_is_followed_and_then_gone():
    features = noise(6000, mean=0.8, deviation=1.5)
    adapter = observed(features, prior_s=20)
    adapted = (features - adapter.shift.shift) * adapter.shift.gain
    assert np.abs(adapted.mean(0)).max() < 0.1
    assert np.abs(adapted.std(0) - 1).max() < 0.1
    slow = observed(features[:200], prior_s=600)
    assert slow.shift.shift.max() < 0.1


@settings(max_examples=30)
@given(st.floats(-1e3, 1e3), st.floats(0, 1e3), st.floats(0.1, 5))
def test_it_never_leaves_its_bounds(mean, deviation, bound):
    shift = observed(noise(300, mean, deviation), bound=bound, prior_s=5).shift
    assert np.abs(shift.shift).max() <= bound * (1 + 1e-6)
    assert ((shift.gain >= 1 / LARGEST_GAIN - 1e-6) & (shift.gain <= LARGEST_GAIN + 1e-6)).all()
    whole = shift_to(noise(50, mean, deviation), bound)
    assert np.abs(whole.shift).max() <= bound * (1 + 1e-6)


def test_when_confidence_falls_everything_is_as_trained_again(caplog):
    adapter = observed(noise(1000, mean=1.0), confidence=0.9)
    assert np.abs(adapter.shift.shift).min() > 0.1
    for row in noise(2000, mean=1.0):
        adapter.observe(row, 0.5)
    assert adapter.rolled_back
    assert np.array_equal(adapter.shift, unchanged(4))
    assert [record.message for record in caplog.records if "adaptation reset" in record.message]
    for row in noise(100, mean=1.0):
        adapter.observe(row, 0.99)
    assert np.array_equal(adapter.shift, unchanged(4))


def test_what_is_not_finite_is_not_learned():
    adapter = observed(np.full((10, 4), np.nan, np.float32))
    assert np.array_equal(adapter.shift, unchanged(4))


def test_the_shift_of_a_whole_session():
    features = noise(5000, mean=0.5, deviation=0.8)
    shift = shift_to(features)
    assert shift.shift == pytest.approx(np.full(4, 0.5), abs=0.05)
    assert shift.gain == pytest.approx(np.full(4, 1.25), abs=0.05)
    assert shift_of(np.zeros(4), np.ones(4), 1.0).gain.tolist() == [1.0] * 4


@pytest.fixture(scope="module")
def demo():
    from pathlib import Path

    return Path(__file__).parents[2] / "profiles" / "demo.onnx"


def test_an_adapted_classifier_decides_on_what_a_person_does_in_another_state(demo):
    model = Model.load(demo)
    window = np.random.default_rng(1).normal(0, 30, (model.card.window, 8)).astype(np.float32)
    plain, adapted = (
        Classifier(ClassifierOptions(model=demo, adaptation=adaptation)) for adaptation in (None, Adaptation(prior_s=5))
    )
    for one in (plain, adapted):
        one.open()
    before = [one.decode(window, 1.0).probabilities for one in (plain, adapted)]
    assert before[0] == pytest.approx(before[1], abs=1e-5)
    for step in range(400):
        last = [one.decode(window * (1 + step / 200), 1.0).probabilities for one in (plain, adapted)]
    assert last[0] != pytest.approx(last[1], abs=1e-3)


def test_a_model_without_shift_can_not_be_adapted(tmp_path, demo):
    import onnx

    proto = onnx.load(demo)
    for name in ("shift", "gain"):
        (one,) = (entry for entry in proto.graph.input if entry.name == name)
        proto.graph.input.remove(one)
    onnx.save(proto, tmp_path / "old.onnx")
    with pytest.raises(ModelError, match="can't be adapted"):
        Classifier(ClassifierOptions(model=tmp_path / "old.onnx", adaptation=Adaptation())).open()
