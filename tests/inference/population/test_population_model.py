"""The population model: people made from its own prior, and one of its recordings' people who was left out."""

import sys
from pathlib import Path

import numpy as np
import pytest

from emgctl.errors import UsageError
from emgctl.inference.population.model import PopulationModel
from emgctl.inference.population.placement import Placement, placements

FOUR = ("rest", "fist", "flexion", "extension")

RIGHT = Placement()


@pytest.fixture(scope="module")
def population():
    return PopulationModel.load()


class Person:
    """Class means drawn from the prior, in the electrode order of how the ring is worn."""

    def __init__(self, prior, seed, placement=RIGHT):
        self._prior, self._random = prior, np.random.default_rng(seed)
        self._order = np.argsort(placement.feature_order(prior.features.channels))
        factor = np.linalg.cholesky(prior.spread)
        self.means = prior.mean + (factor @ self._random.standard_normal(len(factor))).reshape(prior.mean.shape)

    def hold(self, label, windows=40):
        mean = self.means[self._prior.labels.index(label)]
        factor = np.linalg.cholesky(self._prior.within)
        return (mean + self._random.standard_normal((windows, len(mean))) @ factor.T)[:, self._order]

    def holds(self, labels, windows=40):
        return {label: [self.hold(label, windows)] for label in labels}

    def accuracy(self, classifier):
        right = [
            (classifier.predicted(self.hold(label, 100)) == place).mean()
            for place, label in enumerate(classifier.labels)
        ]
        return float(np.mean(right))


@pytest.mark.parametrize("placement", [Placement(), Placement(3), Placement(6), Placement(0, True), Placement(5, True)])
def test_the_ring_is_found_however_it_is_worn(population, placement):
    person = Person(population.prior, 5, placement)
    found = population.fit(person.holds(population.prior.labels), "left" if placement.mirrored else "right")
    assert found.ring.placement == placement
    assert found.ring.confidence > 0.5
    assert not found.ring.fits_nobody
    assert person.accuracy(found.classifier(FOUR)) > 0.95


def test_electrodes_in_another_order_fit_nobody(population):
    features, random = population.features, np.random.default_rng(3)
    strange = 0
    for seed in range(5):
        person, order = Person(population.prior, seed), random.permutation(features.channels)
        rows, columns = np.triu_indices(features.channels)
        number = np.zeros((features.channels, features.channels), int)
        number[rows, columns] = number[columns, rows] = np.arange(features.count)
        shuffled = number[order[rows], order[columns]]
        holds = {name: [held[:, shuffled] for held in parts] for name, parts in person.holds(FOUR).items()}
        strange += population.fit(holds).ring.fits_nobody
    assert strange >= 4


def test_gestures_that_were_not_shown_follow_those_that_were(population):
    people = [Person(population.prior, seed) for seed in range(8)]
    none = np.mean([one.accuracy(population.preview().classifier()) for one in people])
    some = np.mean([one.accuracy(population.fit(one.holds(FOUR)).classifier()) for one in people])
    every = np.mean([one.accuracy(population.fit(one.holds(population.prior.labels)).classifier()) for one in people])
    assert none < some < every


@pytest.mark.slow
def test_free_movement_without_labels_helps(population):
    before, after = [], []
    for seed in range(6):
        person = Person(population.prior, seed)
        steps = [one for name in population.prior.labels[1:] for one in ("rest", name)]
        movement = np.concatenate([person.hold(name, 200) for name in steps])
        before.append(person.accuracy(population.preview().classifier(FOUR)))
        after.append(person.accuracy(population.fit_unlabelled(movement).classifier(FOUR)))
    assert np.mean(after) > np.mean(before) + 0.05


def test_a_refresh_on_another_day_takes_little(population):
    prior = population.prior
    before, after = [], []
    for seed in range(6):
        person = Person(prior, seed)
        earlier = population.fit(person.holds(prior.labels, 160))
        session = np.linalg.cholesky(prior.session + 1e-6 * np.eye(len(prior.session)))
        moved = session @ np.random.default_rng(seed).standard_normal(len(session))
        person.means = person.means + moved.reshape(person.means.shape)
        before.append(person.accuracy(earlier.classifier(FOUR)))
        after.append(person.accuracy(population.refresh(earlier, person.holds(FOUR)).classifier(FOUR)))
    assert np.mean(after) >= np.mean(before)
    assert min(after) > 0.9


def test_on_another_day_free_movement_without_labels_shows_how_the_ring_is_worn(population):
    prior = population.prior
    person = Person(prior, 2)
    earlier = population.fit(person.holds(prior.labels, 160))
    person._order = np.argsort(Placement(3).feature_order(8))
    movement = np.concatenate([person.hold(name, 200) for one in prior.labels[1:] for name in ("rest", one)])
    today = population.refresh_unlabelled(earlier, movement)
    assert today.ring.placement == Placement(3)
    assert person.accuracy(today.classifier(FOUR)) > person.accuracy(earlier.classifier(FOUR)) + 0.2


def test_an_own_gesture_begins_at_its_own_data(population):
    person = Person(population.prior, 1)
    own = [person.hold("fist") + 1.5]
    found = population.fit(person.holds(FOUR) | {"pinch": own})
    classifier = found.classifier((*FOUR, "pinch"))
    assert (classifier.predicted(own[0]) == 4).mean() > 0.95
    assert np.allclose(found.belief.mean[-1][np.argsort(found.ring.placement.feature_order(8))], own[0].mean(axis=0),
                       atol=0.5)  # fmt: skip


def test_what_is_none_of_the_gestures_is_other(population):
    person = Person(population.prior, 2)
    classifier = population.fit(person.holds(population.prior.labels)).classifier(("rest", "fist"), other="other")
    assert classifier.labels == ("rest", "fist", "other")
    assert (classifier.predicted(person.hold("ulnar")) == 2).mean() > 0.9
    assert np.allclose(classifier.probabilities(person.hold("rest")).sum(axis=1), 1)


def test_what_cannot_be_fitted_is_said(population):
    with pytest.raises(UsageError, match="no windows"):
        population.fit({})
    with pytest.raises(UsageError, match="ring of 8"):
        population.fit({"rest": [np.zeros((5, 10))]})
    with pytest.raises(UsageError, match="NaN"):
        population.fit({"rest": [np.full((5, 36), np.nan)]})
    with pytest.raises(UsageError, match="no gesture 'wave'"):
        population.preview().classifier(("rest", "wave"))
    with pytest.raises(UsageError, match="5 s"):
        population.fit_unlabelled(np.zeros((5, 36)))


def test_a_turned_ring_permutes_features(population):
    samples = np.random.default_rng(0).normal(0, 20, (100, 8)).astype(np.float32)
    whole, _ = population.features.of_signal(samples, 9)
    for placement in placements(8):
        turned, _ = population.features.of_signal(samples[:, placement.channel_order(8)], 9)
        assert np.allclose(turned, whole[:, placement.feature_order(8)])


@pytest.mark.slow
def test_a_person_left_out_beats_the_own_discriminant_with_half_a_second_each(data_dir, monkeypatch):
    data = data_dir("myo_people").parent
    data_dir("myo_continuous")
    monkeypatch.syspath_prepend(Path(__file__).parents[3] / "benchmarks")
    import myo_people
    import population as benchmark

    everyone = [path for path in sorted((data / "myo_people").glob("*.npz")) if "-1" in path.stem or "-2" in path.stem]
    chosen = [one for one in everyone if one.stem.split("-")[0] not in myo_people.EXCLUDED][:24]
    sessions = myo_people.read_sessions(data, [*chosen, *myo_people.continuous(data)])
    group = {"R12548", "R22222", "R19999"}
    model = PopulationModel(benchmark.population([one for one in sessions if one.subject not in group]))
    row = benchmark.ROWS["4 s of all eight -> 8"]
    found = np.array([row(model, one, None) for one in sessions if one.subject in group])
    assert found[:, 0].mean() > found[:, 1].mean()
    sys.modules.pop("population")


def test_windows_with_lost_samples_are_left_out_and_the_others_are_as_before(population):
    samples = np.random.default_rng(0).normal(0, 20, (600, 8)).astype(np.float32)
    whole, ends = population.features.of_signal(samples, 5)
    lost = samples.copy()
    lost[300, 2] = np.nan
    found, left = population.features.of_signal(lost, 5)
    kept = (ends <= 300) | (ends - population.features.length > 300)
    assert 0 < kept.sum() < len(ends)
    assert np.array_equal(left, ends[kept])
    assert np.array_equal(found, whole[kept])
