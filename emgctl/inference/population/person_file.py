"""What is known about a person, kept between sessions: plain arrays and a few facts as JSON (.npz)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from emgctl.errors import FileError, ModelError
from emgctl.inference.population.arrays import checked, read_arrays, symmetric, triangle, write_arrays
from emgctl.inference.population.belief import Belief
from emgctl.inference.population.card import MOST_LABELS, Name
from emgctl.inference.population.personal import PersonalModel
from emgctl.inference.population.placement import Placement
from emgctl.inference.population.prior import Prior
from emgctl.inference.population.ring_search import RingFit


class _Facts(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    labels: Annotated[tuple[Name, ...], Field(min_length=2, max_length=MOST_LABELS)]
    own: Annotated[tuple[Name, ...], Field(max_length=MOST_LABELS)] = ()
    shown: Annotated[tuple[Name, ...], Field(max_length=2 * MOST_LABELS)] = ()
    turn: Annotated[int, Field(ge=0, le=1000)]
    mirrored: bool
    confidence: float
    strangeness: float
    own_s: Annotated[float, Field(ge=0)]


def save_person(path: Path, person: PersonalModel) -> None:
    """Keep what is known about a person.

    Raises:
        FileError: the file can't be written.
    """
    known = person.prior.card.labels
    ring = person.ring
    facts = _Facts(
        labels=known,
        own=person.labels[len(known) :],
        shown=person.shown,
        turn=ring.placement.turn,
        mirrored=ring.placement.mirrored,
        confidence=ring.confidence,
        strangeness=ring.strangeness,
        own_s=person.own_s,
    )
    write_arrays(
        path,
        {
            "facts": np.frombuffer(facts.model_dump_json().encode(), np.uint8),
            "mean": person.belief.mean.astype(np.float32),
            "covariance": triangle(person.belief.covariance),
            "scatter": triangle(person.scatter),
        },
    )


def load_person(path: Path, prior: Prior) -> PersonalModel:
    """Read what was kept about a person.

    Args:
        path: the file.
        prior: the population the person was fitted from.

    Raises:
        ModelError: it is damaged, or of another population.
        FileError: it can't be read.
    """
    try:
        arrays = read_arrays(path)
        facts = _Facts.model_validate_json(arrays["facts"].tobytes())
        if facts.labels != prior.labels:
            raise ModelError(path, "is of a population with other gestures", remedy="calibrate again")
        extended, width = prior.extended(facts.own), prior.features.count
        count = len(extended.labels)
        ring = RingFit(Placement(facts.turn, facts.mirrored), facts.confidence, facts.strangeness)
        belief = Belief(checked(arrays["mean"], (count, width)), symmetric(arrays["covariance"], count * width))
        scatter = symmetric(arrays["scatter"], width)
        return PersonalModel(extended, ring, belief, scatter, facts.own_s, facts.shown)
    except FileError:
        raise
    except Exception as error:  # zipfile, zlib and numpy raise many types for damaged data
        raise ModelError(path, "holds nothing known about a person", remedy="calibrate again") from error
