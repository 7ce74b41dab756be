"""`emgctl eval --adapt learn`: a personal model of the population learns from what has passed, without labels."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import emgctl

import emgctl as api
from emgctl.inference.model import Model
from emgctl.inference.population.graph import model_card, write_personal_model
from emgctl.inference.population.model import PopulationModel
from emgctl.inference.population.stored_person import StoredPerson
from emgctl.recording.reader import read_recording
from emgctl.training.evaluation.stream import decode_stream
from emgctl.training.evaluation.ways import LEARNING_FROM_S, way_of

DEMO = Path(__file__).parents[2] / "profiles" / "demo.h5"
HOP = 10
GESTURES = ("rest", "fist", "extension")
OTHERS = ("flexion", "radial", "ulnar", "point", "open", "pinch")
EXCLUDED = [word for name in OTHERS for word in ("--exclude-label", name)]


@pytest.fixture(scope="module")
def personal(tmp_path_factory):
    """A model of the demo's person, of half a second of each gesture, and the person as it was fitted."""
    path, population = tmp_path_factory.mktemp("personal") / "demo.onnx", PopulationModel.load(hop_s=HOP / 200)
    recording, holds = read_recording(DEMO), {}
    for name in GESTURES:
        begin = int(np.flatnonzero(recording.labels == recording.label_names.index(name))[0]) + 60
        holds[name] = [population.features.of_signal(recording.samples[begin : begin + 164], HOP)[0]]
    person = population.fit(holds)
    classifier = person.classifier(GESTURES, "other")
    write_personal_model(path, person, classifier, model_card(person, classifier, HOP, "rest"))
    return path, person


def balanced(personal, adapt):
    found = api.evaluate(personal, DEMO, continuous=True, adapt=adapt, without=OTHERS).continuous
    return found["raw"]["balanced_accuracy"], found["without_adaptation"]


def test_figures_of_the_model_as_it_was_stand_beside_those_after_learning(personal):
    plain, beside = balanced(personal[0], "none")
    assert beside is None
    learned, beside = balanced(personal[0], "learn")
    assert beside["raw"] == plain
    assert learned["guarded"] > plain["guarded"] - 0.05
    shown = emgctl("eval", personal[0], DEMO, "--continuous", "--adapt", "learn", *EXCLUDED)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.count("  as trained") == 2


def test_it_learns_from_what_has_passed_only(personal):
    model, whole = Model.load(personal[0]), read_recording(DEMO)
    seconds = LEARNING_FROM_S + 10
    begun = replace(whole, samples=whole.samples[: round(200 * seconds)], labels=None, repetitions=None)

    def probabilities(recording, adapt):
        return decode_stream(way_of(model, adapt, HOP, [recording]), recording, HOP).probabilities

    plain, learned, short = probabilities(whole, "none"), probabilities(whole, "learn"), probabilities(begun, "learn")
    before = round(LEARNING_FROM_S * 200 / HOP)
    assert np.allclose(learned[:before], plain[:before], atol=1e-2)  # numpy instead of the graph
    assert not np.allclose(learned[before:], plain[before:], atol=0.05)
    assert np.array_equal(short, learned[: len(short)])


def test_a_model_file_keeps_its_person(personal):
    stored = StoredPerson.of(Model.load(personal[0]))
    assert stored.predicted == GESTURES
    assert stored.person.ring.placement == personal[1].ring.placement
    assert stored.person.shown == personal[1].shown
    windows = np.random.default_rng(0).normal(0, 20, (50, 64, 8)).astype(np.float32)
    features = stored.person.prior.features.of_windows(windows)
    classifiers = stored.classifier(stored.person), personal[1].classifier(GESTURES, "other")
    assert np.allclose(*(one.probabilities(features) for one in classifiers), atol=1e-3)


def test_only_a_personal_model_can_learn_and_only_in_time(personal, tmp_path):
    assert "--continuous" in emgctl("eval", personal[0], DEMO, "--adapt", "learn").stderr
    model = Model.load(personal[0])
    data = model.path.read_bytes().replace(b"emgctl-person", b"emgctl-nobody")
    (tmp_path / "m.onnx").write_bytes(data)
    done = emgctl("eval", tmp_path / "m.onnx", DEMO, "--continuous", "--adapt", "learn", *EXCLUDED)
    assert done.returncode == 1
    assert "no record of a person" in done.stderr
