"""A personal model's file decodes as numpy does."""

import numpy as np
import pytest

from emgctl.inference.model import Model
from emgctl.inference.population.graph import model_card, personal_model_bytes, write_personal_model
from emgctl.inference.population.model import PopulationModel


@pytest.fixture(scope="module")
def population():
    return PopulationModel.load()


def windows(features, seed=0):
    """Noise of all levels and correlations, silence, and saturation."""
    random = np.random.default_rng(seed)
    mixed = random.standard_normal((200, features.length, features.channels))
    mixed = mixed * np.exp(random.uniform(-1, 4, (200, 1, features.channels)))
    mixed = mixed @ random.normal(0, 0.6, (200, features.channels, features.channels))
    saturated = 127 * np.sign(random.standard_normal((5, features.length, features.channels)))
    together = np.repeat(saturated[:, :, :1], features.channels, axis=2)
    silent = np.zeros((1, features.length, features.channels))
    return np.concatenate([mixed.clip(-128, 127).round(), saturated, together, silent]).astype(np.float32)


def test_the_graph_equals_numpy(population, tmp_path):
    person = population.preview()
    for labels, other in (((), ""), (("rest", "fist", "extension"), ""), (("fist", "rest"), "other")):
        classifier = person.classifier(labels, other)
        path = tmp_path / "p.onnx"
        write_personal_model(path, person, classifier, model_card(person, classifier, 2, "rest"))
        model = Model.load(path, kind="classifier")
        assert model.card.labels == classifier.labels
        assert model.adaptable
        decoded = windows(population.features)
        features = population.features.of_windows(decoded)
        probabilities, intensity, standardized = model.run_batch(decoded)
        center, deviation = person.usual_features(classifier.scored)
        assert np.abs(standardized * deviation + center - features).max() < 2e-2
        assert np.abs(probabilities - classifier.probabilities(features)).max() < 1e-2
        assert np.median(np.abs(probabilities - classifier.probabilities(features))) < 1e-4
        assert ((intensity >= 0) & (intensity <= 1)).all()
        single = np.stack([model.run(one)[0] for one in decoded])
        # by numpy, without the graph's rounding
        assert np.abs(single - classifier.probabilities(features)).max() < 1e-5


def test_the_same_person_gives_the_same_bytes(population):
    person = population.preview()
    classifier = person.classifier()
    card = model_card(person, classifier, 2, "rest")
    assert personal_model_bytes(person, classifier, card) == personal_model_bytes(person, classifier, card)


def test_the_shipped_graph_is_what_the_script_makes(monkeypatch, tmp_path):
    pytest.importorskip("onnx")
    from pathlib import Path

    monkeypatch.syspath_prepend(Path(__file__).parents[3] / "scripts")
    import make_population_graph

    made = make_population_graph.build().SerializeToString(deterministic=True)
    assert made == make_population_graph.OUT.read_bytes()
