"""What a model file keeps of a person beside the classifier, so that it can go on learning."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from emgctl.errors import ModelError
from emgctl.inference.model import Model
from emgctl.inference.population.arrays import arrays_bytes, arrays_of, checked, symmetric, triangle
from emgctl.inference.population.card import MOST_LABELS, Name, PopulationCard
from emgctl.inference.population.classifier import LinearClassifier
from emgctl.inference.population.features import RingFeatures
from emgctl.inference.population.personal import PersonalModel
from emgctl.inference.population.placement import Placement
from emgctl.inference.population.prior import Prior
from emgctl.inference.population.ring_search import RingFit

PERSON_KEY = "emgctl-person"


class _Facts(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    labels: Annotated[tuple[Name, ...], Field(min_length=2, max_length=MOST_LABELS)]
    predicted: Annotated[tuple[Name, ...], Field(max_length=MOST_LABELS)]
    other: str
    shown: tuple[Name, ...]
    own_s: Annotated[float, Field(ge=0)]
    turn: Annotated[int, Field(ge=0)]
    mirrored: bool
    confidence: float
    strangeness: float
    population: PopulationCard


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """A person read back from a model file, and what the model ``predicted``: labels, and the ``other`` ones as one.

    The prior is what was known of the person, not the population's: it serves for learning more on the same day, not
    for another one.
    """

    person: PersonalModel
    predicted: tuple[str, ...]
    other: str

    @classmethod
    def of(cls, model: Model) -> Self:
        """The person whose model this is.

        Raises:
            ModelError: it is no personal model, of an earlier version, or damaged.
        """
        text = model.metadata(PERSON_KEY)
        if not text:
            raise ModelError(
                model.path,
                "has no record of a person to go on learning from",
                remedy="use one of 'emgctl calibrate --quick' or 'emgctl train classifier --model population'",
            )
        try:
            arrays = arrays_of(base64.b64decode(text, validate=True), model.path)
            facts = _Facts.model_validate_json(arrays["facts"].tobytes())
            card = facts.population
            features = RingFeatures(card.channels, card.rate_hz, card.window, card.floor)
            labels, width = len(facts.labels), features.count
            mean = checked(arrays["mean"], (labels, width))
            spread = symmetric(arrays["spread"], labels * width)
            between, within = (symmetric(arrays[name], width) for name in ("between", "within"))
            prior = Prior(facts.labels, features, mean, spread, np.zeros_like(spread), between, within, card)
            ring = RingFit(Placement(facts.turn % card.channels, facts.mirrored), facts.confidence, facts.strangeness)
            scatter = symmetric(arrays["scatter"], width)
            person = PersonalModel(prior, ring, prior.belief, scatter, facts.own_s, facts.shown)
            stored = cls(person, facts.predicted, facts.other)
            if len(stored.classifier(person).labels) != len(model.card.labels):
                raise ValueError("it predicts other labels than the model")
        except Exception as error:  # zipfile, zlib, numpy and pydantic raise many exception types for damaged data
            raise ModelError(model.path, "has a damaged record of its person", remedy="calibrate again") from error
        return stored

    def classifier(self, person: PersonalModel) -> LinearClassifier:
        """The classifier of the same labels for the person after more was learned, in the order of the model's."""
        return person.classifier(self.predicted, self.other)


def person_metadata(person: PersonalModel, classifier: LinearClassifier) -> str:
    """A person and what a classifier predicts, as text for a model file."""
    placement, other = person.ring.placement, [name for name in classifier.labels if name not in person.labels]
    facts = _Facts(
        labels=person.labels,
        predicted=tuple(name for name in classifier.labels if name in person.labels),
        other=other[0] if other else "",
        shown=person.shown,
        own_s=person.own_s,
        turn=placement.turn,
        mirrored=placement.mirrored,
        confidence=person.ring.confidence,
        strangeness=person.ring.strangeness,
        population=person.prior.card.model_copy(update={"sources": (), "files": (), "seen": ""}),
    )
    arrays: dict[str, NDArray[Any]] = {
        "facts": np.frombuffer(facts.model_dump_json().encode(), np.uint8),
        "mean": person.belief.mean.astype(np.float32),
        "spread": triangle(person.belief.covariance),
        "scatter": triangle(person.scatter),
        "between": triangle(person.prior.between),
        "within": triangle(person.prior.within),
    }
    return base64.b64encode(arrays_bytes(arrays)).decode()
