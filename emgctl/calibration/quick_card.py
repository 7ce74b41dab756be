"""The card of a quick calibration's model, and the model of a preview, which has no person yet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emgctl.calibration.quick_decisions import DECISION_S
from emgctl.calibration.quick_score import decides
from emgctl.errors import UsageError
from emgctl.inference.model_card import ModelCard
from emgctl.inference.population.classifier import LinearClassifier
from emgctl.inference.population.graph import model_card, write_personal_model
from emgctl.inference.population.model import PopulationModel
from emgctl.inference.population.personal import PersonalModel


def write_preview(into: Path, gestures: Sequence[str], rest: str, population: PopulationModel) -> None:
    """Write a model of the population's mean, with which a run shows what it would do, and moves nothing.

    Raises:
        UsageError: there is a model already, or the population model has no such gesture.
        FileError: the file can't be written.
    """
    if into.exists():
        raise UsageError(f"{into} is there already; a preview replaces no model")
    person = population.preview()
    classifier = decides(person, gestures)
    write_personal_model(into, person, classifier, quick_card(person, classifier, rest, preview=True))


def quick_card(person: PersonalModel, classifier: LinearClassifier, rest: str, **more: object) -> ModelCard:
    """The card of a model that decides at every packet; its rest is called as the person calls it."""
    card = model_card(person, classifier, max(1, round(DECISION_S * person.prior.features.rate_hz)), rest)
    return card.model_copy(update={"rest": rest, "labels": (rest, *card.labels[1:]), **more})
