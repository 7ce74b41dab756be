"""A person's classifier from the population's prior, updated by all of their sessions, without a network."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import UsageError
from emgctl.inference.model_card import ModelCard
from emgctl.inference.population.classifier import LinearClassifier
from emgctl.inference.population.graph import model_card, write_personal_model
from emgctl.inference.population.model import PopulationModel
from emgctl.inference.population.personal import PersonalModel
from emgctl.inference.population.prior import Prior
from emgctl.recording.windows import Indices, Windows
from emgctl.support.batches import batches
from emgctl.trainer import FittedModel, Predictions, TrainingTask
from emgctl.types import Samples

log = logging.getLogger(__name__)
_BATCH = 4096


@dataclass(frozen=True, kw_only=True)
class PersonalFit(FittedModel):
    """A personal model, and the classifier of the labels that it was trained on."""

    person: PersonalModel
    linear: LinearClassifier

    def predict(self, windows: Windows, chosen: Indices) -> Predictions:
        """The probabilities of the labels, the intensity, and the highest probability as confidence."""
        ring, (resting, working) = self.person.prior.features, self.person.levels()
        probabilities, levels = [], []
        for samples in _long_enough(windows, chosen, ring.memory):
            probabilities.append(self.linear.probabilities(ring.of_windows(samples)))
            levels.append(ring.levels(samples))
        values = np.concatenate(probabilities).astype(np.float32)
        intensity = ((np.concatenate(levels) - resting) / (working - resting)).clip(0, 1).astype(np.float32)
        return Predictions(values, intensity, values.max(axis=1))

    def export(self, card: ModelCard, path: Path) -> None:
        """Write the model's file.

        Raises:
            FileError: it can't be written.
        """
        write_personal_model(path, self.person, self.linear, card)


def unsuited(task: TrainingTask, prior: Prior) -> str:
    """Why the population can't be used for these windows; "" if it can."""
    windows, ring, unit = task.windows, prior.features, prior.card.unit
    signal, people = windows.signal, len(np.unique(windows.person[task.fold.trained_on]))
    if (signal.channels, signal.rate_hz, signal.unit, signal.grid) != (ring.channels, ring.rate_hz, unit, None):
        return (
            f"the population is of rings of {ring.channels} electrodes at {ring.rate_hz:g} Hz in {unit}, and these "
            f"recordings have {signal}; fit one to recordings of such a signal with 'emgctl population fit', and name "
            "it by --set population=FILE"
        )
    if windows.length != ring.window:
        return f"the population has windows of {1e3 * ring.window / ring.rate_hz:g} ms; leave out --window-ms"
    if not task.preprocessing.nothing:
        return "the population is of the raw signal; leave out --preprocess"
    if task.ignored:
        which = ", ".join(str(one + 1) for one in task.ignored)
        return f"the population needs all electrodes, and there is no signal of {which}; choose another model"
    if people > 1:
        return f"a population's model is of one person, and these recordings are of {people}; train one for each"
    known = {*np.unique(windows.labels[task.fold.trained_on])}
    for place, name in enumerate(windows.label_names):
        if place not in known and name not in prior.labels and name != task.rest:
            return f"the population does not know '{name}', and no window of it is in the training part"
    return ""


def fit_personal(task: TrainingTask, prior: Prior, arm: str) -> PersonalFit:
    """Update the prior by the training part, and add the uncertainty of another session: the next one counts.

    All sessions are one observation, worn the same way. Turning each one and updating session by session was worse on
    a next session: how that one will be worn is not known, and what varied between sessions is averaged out here.

    Args:
        task: the windows and which of them to learn from.
        prior: of the population.
        arm: "right" or "left".

    Raises:
        UsageError: the windows do not suit the population.
    """
    if problem := unsuited(task, prior):
        raise UsageError(f"model population: {problem}")
    windows = task.windows
    labels = tuple(prior.labels[0] if name == task.rest else name for name in windows.label_names)
    own = tuple(name for name in labels if name not in prior.labels)
    population = PopulationModel(prior.extended(own), windows.hop / windows.signal.rate_hz)
    if {*labels} & {*prior.labels} <= {prior.labels[0]}:
        log.warning("the population knows %s, and none of these gestures, so it can't help much with them",
                    ", ".join(prior.labels))  # fmt: skip
    person = population.fit(_holds(windows, task.fold.trained_on, labels, population), arm).widened()
    linear = person.classifier(labels)
    card = model_card(person, linear, windows.hop, task.rest)
    return PersonalFit(
        feature_set=card.feature_set,
        features=card.features,
        card_fields={"window": card.window, "memory": card.memory, "seen_before": card.seen_before},
        facts={"ring": str(person.ring.placement), "population": f"{prior.card.people} people"},
        person=person,
        linear=linear,
    )


def _holds(
    windows: Windows, chosen: Indices, labels: tuple[str, ...], population: PopulationModel
) -> dict[str, list[NDArray[np.float64]]]:
    """Features of each segment of one label, by label."""
    ring = population.features
    features = np.concatenate([ring.of_windows(samples) for samples in _long_enough(windows, chosen, ring.memory)])
    apart = np.diff(windows.start[chosen], prepend=0) > windows.length
    for values in (windows.labels, windows.group):
        apart |= np.diff(values[chosen], prepend=-1) != 0
    holds: dict[str, list[NDArray[np.float64]]] = {}
    begins = np.flatnonzero(apart)
    for begin, held in zip(begins, np.split(features, begins[1:]), strict=True):
        holds.setdefault(labels[int(windows.labels[chosen[begin]])], []).append(held)
    return holds


def _long_enough(windows: Windows, chosen: Indices, memory: int) -> Iterator[Samples]:
    """The samples of windows ``(N, memory + length, C)``; where they were cut without a memory, it is taken, too.

    Before a recording begins its first sample is repeated, and a lost sample counts as zero.
    """
    if windows.memory != memory:
        recordings = tuple(
            replace(one, samples=np.nan_to_num(np.concatenate((np.repeat(one.samples[:1], memory, 0), one.samples))))
            for one in windows.recordings
        )
        windows = replace(windows, recordings=recordings, start=windows.start + memory, memory=memory)
    for part in batches(len(chosen), _BATCH):
        yield windows.take(chosen[part])
