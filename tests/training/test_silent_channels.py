"""A channel without a signal in training is named and ignored, and may come alive later."""

from dataclasses import replace

import numpy as np
import pytest
from planned import planned

torch = pytest.importorskip("torch")

from emgctl.inference.model import Model  # noqa: E402
from emgctl.training.data.preprocess_spec import parse_preprocessing  # noqa: E402
from emgctl.training.evaluation.windowed import evaluate  # noqa: E402
from emgctl.training.experiment import train  # noqa: E402
from emgctl.types import Recording, Signal  # noqa: E402

NAMES = ("rest", "fist", "open")
DEAD = 2
COUNT = 6000
RNG = np.random.default_rng(0)
STILL = {
    "zero": np.zeros(COUNT),
    "rail": np.full(COUNT, 127.0),
    "rail, rounded": 127 + RNG.normal(0, 1e-5, COUNT),
    "tiny": RNG.uniform(-1e-5, 1e-5, COUNT),
    "flicker": RNG.integers(0, 2, COUNT).astype(float),
    "flicker between rails": np.where(RNG.random(COUNT) < 0.5, -128.0, 127.0),
    "rare spikes": (RNG.random(COUNT) < 0.005) * 100.0,
    "drift": np.linspace(0, 20, COUNT),
}


def gestures(seed, channel=None):
    """Three gestures, each with its own strong channels; one channel may be replaced."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(30) % 3, COUNT // 30).astype(np.int16)
    strength = np.array([[3, 3, 3, 3, 3], [30, 5, 9, 5, 5], [5, 5, 9, 5, 30]])[labels]
    samples = (rng.normal(0, 1, (COUNT, 5)) * strength).astype(np.float32)
    if channel is not None:
        samples[:, DEAD] = channel
    name = f"{seed}.npz"
    return Recording(name, Signal(5, 200.0), samples, name, labels, NAMES)


def nothing(*_):
    """Progress that nobody looks at."""


def fit(recordings, path, preprocess=""):
    trained = train(recordings, *planned(model="lda", preprocess=parse_preprocessing(preprocess)), nothing)
    trained.export(path)
    return Model.load(path), trained.result


@pytest.mark.slow
@pytest.mark.parametrize("still", STILL.values(), ids=STILL)
def test_it_is_named_and_may_come_alive(tmp_path, still):
    model, result = fit([gestures(1, still)], tmp_path / "m.onnx")
    assert "channel 3 had no signal in training and is ignored" in result["ignored"]
    assert (model.card.ignored, result["ignored_channels"]) == ((DEAD,), [DEAD + 1])
    dead = evaluate(model, [gestures(2, still)], None, None, nothing)
    alive = evaluate(model, [gestures(2)], None, None, nothing)
    assert alive["confusion"] == dead["confusion"]
    assert alive["accuracy"] > 0.97
    assert (alive["leaks"], alive["ignored"]) == (False, result["ignored"])


@pytest.mark.slow
@pytest.mark.parametrize("preprocess", ["car", "normalise,car", "rectify"])
def test_whatever_is_filtered(tmp_path, preprocess):
    model, _ = fit([gestures(1, STILL["rail"])], tmp_path / "m.onnx", preprocess)
    assert model.card.ignored == (DEAD,)
    dead, alive = (evaluate(model, [gestures(2, one)], None, None, nothing) for one in (STILL["rail"], None))
    assert alive["confusion"] == dead["confusion"]


@pytest.mark.slow
def test_the_graph_itself_ignores_it(tmp_path):
    model, _ = fit([gestures(1, STILL["zero"])], tmp_path / "m.onnx")
    windows = gestures(2).samples[:4000].reshape(-1, 40, 5)
    other = windows.copy()
    other[:, :, DEAD] = 1e4
    for one, two in zip(model.run_batch(windows), model.run_batch(other), strict=True):
        assert np.array_equal(one, two)


@pytest.mark.slow
def test_a_channel_with_any_signal_is_none_of_them(tmp_path):
    assert fit([gestures(1)], tmp_path / "m.onnx")[0].card.ignored == ()
    weak = np.round(gestures(3).samples[:, DEAD] / 4)
    only_one_gesture = np.where(gestures(1).labels == 2, RNG.normal(0, 9, COUNT), 0)
    for signal in (weak, only_one_gesture):
        assert fit([gestures(1, signal)], tmp_path / "m.onnx")[0].card.ignored == ()


@pytest.mark.slow
def test_only_training_decides(tmp_path):
    """What is tested may have a live channel where training had none."""
    one = gestures(1)
    samples = one.samples.copy()
    tested = np.zeros(COUNT, bool)
    for label in range(3):
        here = np.flatnonzero(one.labels == label)
        tested[here[int(0.8 * len(here)) :]] = True
    samples[~tested, DEAD] = 5.0
    model, result = fit([replace(one, samples=samples)], tmp_path / "m.onnx")
    assert model.card.ignored == (DEAD,)
    assert result["accuracy"] > 0.97
