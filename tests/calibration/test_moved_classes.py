"""`emgctl calibrate --refresh` of a contrastive model where torch is not installed; the person is a recording."""

import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from command_line import emgctl
from without_torch import emgctl_without_torch

from emgctl.errors import ModelError
from emgctl.inference.model import Model
from emgctl.inference.prototype_file import with_classes
from emgctl.inference.prototypes import CONTRAST_KEY, PrototypeSet
from emgctl.recording.reader import read_recording
from emgctl.training.data.fingerprints import unsketched

pytestmark = pytest.mark.slow

DEMO = Path(__file__).parents[2] / "profiles" / "demo.h5"
PROFILE = """\
emgctl: 1
user: alice
input: {kind: replay, path: person.npz, speed: max}
decoder: {kind: contrastive, model: alice.onnx}
mapping: {fist: [{do: hold, button: a}]}
outputs: [{kind: log, path: log.jsonl}]
"""
GESTURES = "fist,open,pinch"


def person(path, samples, labels, names, noise=0.0):
    """Another day has some noise, so that nothing of it is recognized as what the model has seen."""
    noisy = samples + np.random.default_rng(1).normal(0, noise, samples.shape)
    samples = np.clip(noisy, -127, 127).astype(np.float32)
    np.savez(path, samples=samples, labels=labels, label_names=list(names), rate_hz=200.0, unit="count")


def demo():
    one = read_recording(DEMO)
    return one.samples.copy(), one.labels.copy(), one.label_names


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory):
    """A folder with a profile whose model was made by torch."""
    folder = tmp_path_factory.mktemp("alice")
    person(folder / "person.npz", *demo())
    (folder / "alice.yaml").write_text(PROFILE)
    words = ("--gestures", GESTURES, "--repetitions", "2", "--hold", "2")
    done = emgctl("calibrate", "-p", folder / "alice.yaml", *words)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def folder(calibrated, tmp_path):
    copy = tmp_path / "alice"
    shutil.copytree(calibrated, copy)
    return copy


def louder(folder):
    """The person of another day, whose electrodes lie so that half of them receive more and the others less."""
    samples, labels, names = demo()
    gain = np.array([1.4, 1.4, 1.4, 1.4, 0.7, 0.7, 0.7, 0.7])
    person(folder / "person.npz", samples * gain, labels, names, noise=1.0)


def entries(folder):
    return json.loads((folder / "alice.calibration" / "history.json").read_text())


def test_a_refresh_needs_no_torch_and_can_be_taken_back(folder):
    louder(folder)
    path = folder / "alice.onnx"
    before, card = path.read_bytes(), Model.load(path).card
    done = emgctl_without_torch("calibrate", "-p", "alice.yaml", "--refresh", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "moves the model's grasps and trains nothing" in done.stderr
    assert "the model before was" in done.stdout
    assert [one["kind"] for one in entries(folder)] == ["calibration", "refresh"]
    model = Model.load(path, entries(folder)[-1]["sha256"])
    assert (model.card.labels, len(model.card.datasets)) == (card.labels, len(card.datasets) + 1)
    assert {*unsketched(card.seen).tolist()} < {*unsketched(model.card.seen).tolist()}
    classes = PrototypeSet.from_text(model.metadata(CONTRAST_KEY), path)
    assert classes.accuracy(range(len(classes.labels))) > 0.8
    for words in (("check", "-p", "alice.yaml"), ("calibrate", "-p", "alice.yaml", "--rollback")):
        assert emgctl_without_torch(*words, cwd=folder).returncode == 0
    assert path.read_bytes() == before


def test_some_gestures_can_be_refreshed_and_none_can_be_added(folder):
    louder(folder)
    path = folder / "alice.onnx"
    former = PrototypeSet.from_text(Model.load(path).metadata(CONTRAST_KEY), path)
    words = ("calibrate", "-p", "alice.yaml", "--refresh", "--gestures")
    done = emgctl_without_torch(*words, "fist,open", cwd=folder)
    assert done.returncode == 0, done.stderr
    classes = PrototypeSet.from_text(Model.load(path).metadata(CONTRAST_KEY), path)
    moved = np.abs(classes.means - former.means).max(axis=1) > 0
    assert dict(zip(classes.labels, moved.tolist(), strict=True)) == {
        "rest": True,
        "fist": True,
        "open": True,
        "pinch": False,
    }
    added = emgctl_without_torch(*words, "fist,point", cwd=folder)
    assert (added.returncode, "without torch a refresh can't add one" in added.stderr) == (2, True)


def test_what_contradicts_itself_does_not_replace_the_model(folder):
    samples, labels, names = demo()
    fist, opened = (np.flatnonzero(labels == names.index(name)) for name in ("fist", "open"))
    count = min(len(fist), len(opened))
    halves = np.arange(count) % 400 >= 200  # after a second, of each hold, the other one is made
    one, other = fist[:count][halves], opened[:count][halves]
    mixed = samples.copy()
    mixed[one], mixed[other] = samples[other], samples[one]
    person(folder / "person.npz", mixed, labels, names, noise=1.0)
    before = (folder / "alice.onnx").read_bytes()
    done = emgctl_without_torch("calibrate", "-p", "alice.yaml", "--refresh", cwd=folder)
    assert done.returncode == 1, done.stdout
    assert "so worse than the one in use" in " ".join((done.stdout + done.stderr).split())
    assert (folder / "alice.onnx").read_bytes() == before
    assert entries(folder)[-1]["unused"]


def test_training_still_needs_torch(folder):
    done = emgctl_without_torch("calibrate", "-p", "alice.yaml", "--refresh", "--use-earlier", cwd=folder)
    assert (done.returncode, "torch" in done.stderr) == (1, True)


def test_a_graph_with_other_classes_is_not_changed(folder):
    model = Model.load(folder / "alice.onnx")
    classes = PrototypeSet.from_text(model.metadata(CONTRAST_KEY), model.path)
    other = classes.refreshed(np.ones((1, classes.width), np.float32), np.zeros(1, np.int64))
    with pytest.raises(ModelError, match="refresh it with torch"):
        with_classes(model.path, other, classes, model.card)


def test_a_graph_that_turns_its_classes_itself_is_changed_as_well(folder):
    path = folder / "alice.onnx"
    model = Model.load(path)
    classes = PrototypeSet.from_text(model.metadata(CONTRAST_KEY), path)
    graph = onnx.load(path)
    (turned,) = (one for one in graph.graph.initializer if [*one.dims] == [*classes.means.T.shape])
    name = turned.name
    turned.CopyFrom(onnx.numpy_helper.from_array(classes.means, "means"))
    graph.graph.node.insert(0, onnx.helper.make_node("Transpose", ["means"], [name], perm=[1, 0]))
    onnx.save(graph, path)
    moved = classes.refreshed(np.ones((1, classes.width), np.float32), np.zeros(1, np.int64))
    path.write_bytes(with_classes(path, classes, moved, model.card))
    window = np.random.default_rng(0).normal(0, 30, (1, model.card.window, 8)).astype(np.float32)
    probabilities, _, _, embedding = Model.load(path).run_batch(window)
    expected = moved.chosen(range(len(moved.labels))).probabilities(embedding)
    assert np.abs(probabilities - expected).max() < 1e-4
