"""A personal model as emgctl's model file: the ready-made graph with the person's arrays put into it.

The graph ``graph.onnx`` is made once by scripts/make_population_graph.py and holds operators only; its input, its
initializers and the card are added here, so that neither torch nor onnx has to be installed where people calibrate.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emgctl import __version__
from emgctl.inference.model import CARD_KEY
from emgctl.inference.model_card import CardSignal, ModelCard
from emgctl.inference.onnx_fields import (
    FLOAT,
    GRAPH_INITIALIZER,
    GRAPH_INPUT,
    MODEL_GRAPH,
    field,
    fields,
    metadata,
    number,
    tensor,
)
from emgctl.inference.population.classifier import LinearClassifier
from emgctl.inference.population.personal import PersonalModel
from emgctl.inference.population.stored_person import PERSON_KEY, person_metadata
from emgctl.support.atomic_write import read_bytes, write_bytes
from emgctl.support.vetting import vouch

GRAPH = Path(__file__).with_name("graph.onnx")
ROOTS, TERMS = 6, 6  # of the series, whose matrix has no eigenvalue above 0.18 after so many square roots

Array = NDArray[Any]


def model_card(person: PersonalModel, classifier: LinearClassifier, hop: int, rest: str) -> ModelCard:
    """The card of a personal model; ``hop`` is in samples."""
    features, card = person.prior.features, person.prior.card
    return ModelCard(
        emgctl=__version__,
        kind="classifier",
        signal=CardSignal(channels=features.channels, rate_hz=features.rate_hz, unit=card.unit),
        window=features.length,
        hop=hop,
        memory=features.memory,
        labels=classifier.labels,
        rest=rest if rest in classifier.labels else "",
        features=("log_covariance",),
        model="population",
        feature_set="log-covariance",
        seen_before=card.seen,
    )


def write_personal_model(path: Path, person: PersonalModel, classifier: LinearClassifier, card: ModelCard) -> None:
    """Write a model file that decodes as ``classifier`` does.

    Args:
        path: the file to write.
        person: whom it is of.
        classifier: the person's, for the wanted labels.
        card: goes into the file; see :func:`model_card`.

    Raises:
        FileError: the file can't be written.
    """
    write_bytes(path, personal_model_bytes(person, classifier, card))
    vouch(path)


def personal_model_bytes(person: PersonalModel, classifier: LinearClassifier, card: ModelCard) -> bytes:
    """The content of the model file; the same arguments give the same bytes."""
    arrays = _ring_arrays(person) | _person_arrays(person, classifier)
    features = person.prior.features
    inputs = [_value_info("window", (0, features.length, features.channels))]
    inputs += [_value_info(name, (features.count,)) for name in ("shift", "gain")]
    added = b"".join(field(GRAPH_INPUT, one) for one in inputs)
    added += b"".join(field(GRAPH_INITIALIZER, tensor(name, array)) for name, array in arrays.items())
    texts = {CARD_KEY: card.to_text(), PERSON_KEY: person_metadata(person, classifier)}
    parts = []
    for place, content, whole in fields(read_bytes(GRAPH)):
        parts.append(field(place, content + added) if place == MODEL_GRAPH else whole)
    for key, text in texts.items():
        parts.append(metadata(key, text))
    return b"".join(parts)


def _ring_arrays(person: PersonalModel) -> dict[str, Array]:
    features = person.prior.features
    identity = np.eye(features.channels)
    rows, columns = np.triu_indices(features.channels)
    triangle = np.zeros((features.channels, features.channels, features.count))
    share = np.where(rows == columns, 0.5, np.sqrt(0.5))
    np.add.at(triangle, (rows, columns, np.arange(features.count)), share)
    np.add.at(triangle, (columns, rows, np.arange(features.count)), np.where(rows == columns, 0.5, 0.0))
    np.add.at(triangle, (columns, rows, np.arange(features.count)), np.where(rows == columns, 0.0, share))
    arrays: dict[str, Array] = {
        "filter": features.filter_matrix() / np.sqrt(features.window),
        "floor": features.floor * identity,
        "identity": identity,
        "one_and_a_half": 1.5 * identity,
        "minus_half": np.array(-0.5),
        "minus_roots": np.array(-(2.0**ROOTS)),
        "triangle": triangle.reshape(-1, features.count),
        "matrix_axes": np.array([1, 2]),
        "time_axis": np.array([1]),
        "flat": np.array([0, -1]),
        "zero": np.array(0.0),
        "one": np.array(1.0),
    }
    return arrays | {f"share_{term}": np.array(1 / term) for term in range(1, TERMS + 1)}


def _person_arrays(person: PersonalModel, classifier: LinearClassifier) -> dict[str, Array]:
    center, deviation = person.usual_features(classifier.scored)
    resting, working = person.levels()
    return {
        "center": center,
        "per_deviation": 1 / deviation,
        "shift": np.zeros_like(center),
        "gain": np.ones_like(center),
        "weights": classifier.weights * deviation[:, None],
        "bias": classifier.bias + center @ classifier.weights,
        "grouped": classifier.grouped,
        "level_at_rest": np.array(resting),
        "per_level": np.array(1 / (working - resting)),
    }


def _value_info(name: str, shape: tuple[int, ...]) -> bytes:
    """A float input; 0 stands for any number of windows."""
    sizes = b"".join(field(1, number(1, size) if size else field(2, b"N")) for size in shape)
    return field(1, name.encode()) + field(2, field(1, number(1, FLOAT) + field(2, sizes)))
