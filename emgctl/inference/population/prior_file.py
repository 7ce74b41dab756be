"""A population's file: plain arrays and a JSON card (.npz); nothing is unpickled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from emgctl.errors import FileError, ModelError
from emgctl.inference.population.arrays import checked, read_arrays, symmetric, triangle, write_arrays
from emgctl.inference.population.card import PopulationCard
from emgctl.inference.population.features import RingFeatures
from emgctl.inference.population.prior import Prior

SHIPPED = Path(__file__).with_name("myo.npz")
REMEDY = "create it with 'emgctl population fit', or leave it out for the one that comes with emgctl"

Values = NDArray[np.float64]


def load_prior(path: Path = SHIPPED) -> Prior:
    """Read and verify a population file; by default the one that comes with emgctl.

    Raises:
        ModelError: it is damaged or no population.
        FileError: it can't be read.
    """
    try:
        arrays = read_arrays(path)
        card = PopulationCard.model_validate_json(arrays["card"].tobytes())
        features = RingFeatures(card.channels, card.rate_hz, card.window, card.floor)
        labels, width = len(card.labels), features.count
        factors = symmetric(arrays["session_labels"], labels), symmetric(arrays["session_features"], width)
        session = np.asarray(np.kron(*factors), np.float64)
        prior = Prior(
            card.labels,
            features,
            checked(arrays["mean"], (labels, width)),
            symmetric(arrays["spread"], labels * width),
            session,
            symmetric(arrays["between"], width),
            symmetric(arrays["within"], width),
            card,
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ModelError(path, first["msg"].removeprefix("Value error, "), f"card '{place}'", REMEDY) from error
    except FileError:
        raise
    except Exception as error:  # zipfile, zlib and numpy raise many exception types for damaged data
        raise ModelError(path, "is not a population that can be loaded", remedy=REMEDY) from error
    return prior


def save_prior(path: Path, prior: Prior) -> None:
    """Write a population; the same one gives the same bytes.

    Raises:
        FileError: the file can't be written.
    """
    labels, features = kronecker_factors(prior.session, len(prior.labels))
    write_arrays(
        path,
        {
            "card": np.frombuffer(prior.card.model_dump_json().encode(), np.uint8),
            "mean": prior.mean.astype(np.float32),
            "spread": triangle(prior.spread),
            "session_labels": triangle(labels),
            "session_features": triangle(features),
            "between": triangle(prior.between),
            "within": triangle(prior.within),
        },
    )


def kronecker_factors(matrix: Values, count: int, rounds: int = 8) -> tuple[Values, Values]:
    """Factors ``(count, count)`` and ``(F, F)`` whose Kronecker product is closest in likelihood to a covariance.

    The flip-flop iteration of the matrix normal distribution (Dutilleul, J. Stat. Comput. Simul. 64, 1999).
    """
    width = len(matrix) // count
    blocks = matrix.reshape(count, width, count, width)
    labels = np.eye(count)
    features = np.eye(width)
    for _ in range(rounds):
        features = np.einsum("cfdg,dc->fg", blocks, np.linalg.inv(labels)) / count
        features += 1e-3 * np.trace(features) / width * np.eye(width)
        labels = np.einsum("cfdg,gf->cd", blocks, np.linalg.inv(features)) / width
        labels += 1e-6 * np.trace(labels) / count * np.eye(count)
    return labels, features * (np.trace(matrix) / (np.trace(labels) * np.trace(features)))
