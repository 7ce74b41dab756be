import numpy as np
import pytest
import torch

from emgctl.errors import UsageError
from emgctl.training.classifier.fit import fit_classifier
from emgctl.training.classifier.model_zoo import MODELS
from emgctl.training.classifier.modules import Intensity
from emgctl.training.data.training_set import LabelledWindows
from emgctl.training.features.feature_sets import Default

CLASSES = ("rest", "fist", "open")


@pytest.fixture(scope="module")
def windows():
    """Windows of three classes that differ in which channels are strong, and their labels."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 300)
    strength = np.array([[1, 1, 1, 1], [20, 20, 4, 4], [4, 4, 20, 20]])[labels]
    samples = rng.normal(0, 1, (300, 16, 4)) * strength[:, None, :]
    return samples.astype(np.float32), labels.astype(np.int64)


def fit(windows, model, **options):
    return fit_classifier(LabelledWindows(*windows), CLASSES, model=model, rest="rest", **options)


def probabilities(fitted, samples):
    with torch.inference_mode():
        return fitted.classifier(torch.from_numpy(samples))[0].numpy()


@pytest.mark.slow
@pytest.mark.parametrize("model", ["ensemble", "mlp", "lda"])
def test_every_model_learns_and_gives_probabilities(windows, model):
    fitted = fit(windows, model)
    found = probabilities(fitted, windows[0])
    assert (found.argmax(1) == windows[1]).mean() > 0.97
    assert np.allclose(found.sum(1), 1, atol=1e-5)


@pytest.mark.slow
def test_the_published_baseline_stops_early_and_keeps_its_best(windows):
    samples, labels = windows
    fitted = fit((samples[:200], labels[:200]), "emg4-mlp", validation=LabelledWindows(samples[200:], labels[200:]))
    watched = fitted.history["validation_loss"]
    assert len(watched) < 300
    assert len(watched) - 1 - int(np.argmin(watched)) == 5
    widths = [layer.out_features for layer in fitted.classifier.head.heads[0] if hasattr(layer, "out_features")]
    assert widths == [256, 64, 16, 3]


@pytest.mark.slow
@pytest.mark.parametrize("model", ["mlp", "lda"])
def test_the_same_call_gives_the_same_model_and_another_seed_another_network(windows, model):
    first, second, other = (probabilities(fit(windows, model, seed=seed), windows[0]) for seed in (3, 3, 4))
    assert np.array_equal(first, second)
    assert np.array_equal(first, other) == (model == "lda")


@pytest.mark.slow
def test_progress_is_told_to_the_end(windows):
    told = []
    fit(windows, "mlp", progress=lambda done, total: told.append((done, total)))
    assert told[0][0] == 1
    assert all(done <= total for done, total in told)
    assert told[-1][0] == told[-1][1]


def test_a_class_that_is_never_seen_is_never_chosen(windows):
    samples, labels = windows
    seen = labels != 2
    fitted = fit((samples[seen], labels[seen]), "lda")
    assert set(probabilities(fitted, samples).argmax(1)) <= {0, 1}


def test_mistakes_are_named(windows):
    with pytest.raises(UsageError, match="did you mean 'mlp'"):
        fit(windows, "mpl")
    with pytest.raises(UsageError, match="at least two labels"):
        fit((windows[0], np.zeros(300, np.int64)), "lda")
    assert "ensemble" in MODELS


def test_intensity_goes_from_rest_to_the_calibrated_maximum(windows):
    samples, labels = (torch.from_numpy(array) for array in windows)
    intensity = Intensity(samples, labels == 0)
    found = intensity(samples)
    assert float(found[labels == 0].mean()) < 0.1
    assert float(found[labels != 0].mean()) > 0.7
    assert float(intensity(100 * samples).max()) == 1.0
    assert float(intensity(0 * samples).min()) == 0.0


def test_features_are_what_they_say():
    rng = np.random.default_rng(1)
    x = rng.normal(0, 30, (5, 12, 3)).astype(np.float32)
    with torch.inference_mode():
        found = Default(3)(torch.from_numpy(x)).numpy()
    centered = x - x.mean(1, keepdims=True)
    d1 = np.diff(centered, axis=1)
    d2 = np.diff(d1, axis=1)
    expected = [0.5 * np.log((signal**2).mean(1) + 1e-3) for signal in (centered, d1, d2)]
    expected += [np.log(np.abs(signal).mean(1) + 1e-3) for signal in (centered, d1)]
    expected += [(np.diff(np.signbit(signal), axis=1)).mean(1) for signal in (centered, d1)]
    assert np.allclose(found[:, :21], np.concatenate(expected, axis=1), atol=1e-4)
    correlation = np.arctanh(0.98 * np.corrcoef(x[0].T)[np.triu_indices(3, 1)])
    assert np.allclose(found[0, 33:36], correlation, atol=1e-3)


def test_what_lies_on_its_mean_crosses_no_zero_by_rounding():
    steps = np.random.default_rng(0).integers(1, 4, (200, 40, 2)) * (np.arange(200) % 3 > 0)[:, None, None] + 1
    x = torch.from_numpy((0.0024 * steps).astype(np.float32))  # an amplifier's envelope at rest: a few levels
    with torch.inference_mode():
        assert torch.allclose(Default(2)(x)[:, 10:12], Default(2)(x.double())[:, 10:12].float(), atol=1e-6)


@pytest.mark.parametrize("channels", [1, 2, 8])
def test_features_are_finite_for_silence_and_any_number_of_channels(channels):
    with torch.inference_mode():
        found = Default(channels)(torch.zeros(2, 8, channels))
    assert torch.isfinite(found).all()
