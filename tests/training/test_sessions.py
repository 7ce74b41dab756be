"""Several wearings: each is standardised by itself, and a model adapts to another one without its labels."""

import numpy as np
import pytest
import torch

from emgctl.inference.model import Model
from emgctl.inference.model_card import CardSignal, ModelCard
from emgctl.recording.windows import cut
from emgctl.training.classifier.fit import fit_classifier
from emgctl.training.classifier.temperature import best_temperature
from emgctl.training.data.training_set import LabelledWindows
from emgctl.training.evaluation.windowed import evaluate
from emgctl.training.export.onnx import export
from emgctl.types import Recording, Signal

CLASSES = ("rest", "fist", "open")
PATTERNS = np.array([[1, 1, 1, 1], [9, 9, 3, 3], [3, 3, 9, 9]])


def wearing(seed, gains, order=(0, 1, 2, 0, 1, 2)):
    """A session in which every electrode is louder or softer by its gain."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(order, 300).astype(np.int16)
    samples = rng.normal(0, 1, (len(labels), 4)) * PATTERNS[labels] * np.asarray(gains)
    return Recording(
        f"{seed}", Signal(4, 200.0), samples.astype(np.float32), f"s{seed}", labels, CLASSES, session=f"day{seed}"
    )


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    windows = cut([wearing(1, [1, 1, 1, 1]), wearing(2, [3, 0.5, 1, 0.4])], 40, 10)
    part = LabelledWindows(windows.samples, windows.labels, windows.session)
    fitted = fit_classifier(part, windows.label_names, model="lda", rest="rest")
    card = ModelCard(
        emgctl="1",
        kind="classifier",
        signal=CardSignal(channels=4, rate_hz=200, unit="count"),
        window=40,
        hop=10,
        labels=windows.label_names,
    )
    path = tmp_path_factory.mktemp("model") / "m.onnx"
    export(fitted.classifier, card, windows.samples, path)
    return Model.load(path)


def test_adapting_to_a_session_needs_no_labels_and_helps(model):
    other = wearing(3, [0.2, 2.5, 0.3, 4.0])
    plain = evaluate(model, [other], None, None, lambda *_: None)
    adapted = evaluate(model, [other], None, None, lambda *_: None, adapt=True)
    assert adapted["balanced_accuracy"] > max(0.97, plain["balanced_accuracy"] + 0.1)
    assert (plain["adapted"], "without labels" in adapted["adapted"]) == ("", True)


def test_sessions_of_other_shares_are_not_aligned():
    """Files that hold one gesture each are no sessions: aligning them would take away what tells them apart."""
    one, two = wearing(1, [1] * 4, order=(0,)), wearing(2, [1] * 4, order=(1,))
    windows = cut([one, two], 40, 10)
    part = LabelledWindows(windows.samples, windows.labels, windows.session)
    fitted = fit_classifier(part, windows.label_names, model="lda")
    with torch.inference_mode():
        found = fitted.classifier(torch.from_numpy(windows.samples))[0].argmax(1).numpy()
    assert (found == windows.labels).mean() > 0.99


def test_the_guard_leaves_out_what_comes_too_soon_after_a_change():
    labels = np.repeat([0, 1, 0], 100).astype(np.int16)
    recording = Recording("a", Signal(1, 100.0), np.zeros((300, 1), np.float32), "a", labels, ("rest", "fist"))
    windows = cut([recording], 10, 10, guard=30)
    assert windows.start.tolist() == [*range(0, 100, 10), *range(130, 200, 10), *range(230, 300, 10)]
    assert windows.left_out.reacting == 6
    assert "6 too soon after a change of label" in str(windows.left_out)


def test_a_temperature_makes_the_right_answers_as_likely_as_they_are():
    rng = np.random.default_rng(0)
    truth = torch.tensor(rng.integers(0, 3, 4000))
    predicted = torch.where(torch.tensor(rng.random(4000) < 0.8), truth, torch.tensor(rng.integers(0, 3, 4000)))
    logits = 30 * torch.nn.functional.one_hot(predicted, 3).float()
    temperature = best_temperature(logits, truth, torch.ones(3))
    confidence = torch.softmax(logits / temperature, 1).amax(1).mean()
    assert float(confidence) == pytest.approx(float((predicted == truth).float().mean()), abs=0.02)
