"""A population's file: plain arrays and a JSON card (.npz); nothing is unpickled."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from emgctl.errors import ModelError
from emgctl.inference.population.card import PopulationCard
from emgctl.inference.population.features import RingFeatures
from emgctl.inference.population.prior import Prior
from emgctl.support.atomic_write import read_bytes, write_bytes
from emgctl.support.unpacking import check_arrays

MOST_BYTES = 64 << 20
SHIPPED = Path(__file__).with_name("myo.npz")
REMEDY = "create it with 'emgctl population fit', or leave it out for the one that comes with emgctl"

Values = NDArray[np.float64]


def load_prior(path: Path = SHIPPED) -> Prior:
    """Read and verify a population file; by default the one that comes with emgctl.

    Raises:
        ModelError: it is damaged or no population.
        FileError: it can't be read.
    """
    data = read_bytes(path, MOST_BYTES)
    try:
        check_arrays(path, io.BytesIO(data))
        with np.load(io.BytesIO(data), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        card = PopulationCard.model_validate_json(arrays["card"].tobytes())
        features = RingFeatures(card.channels, card.rate_hz, card.window, card.floor)
        labels, width = len(card.labels), features.count
        prior = Prior(
            card.labels,
            features,
            _checked(arrays["mean"], (labels, width)),
            _symmetric(arrays["spread"], labels * width),
            np.kron(_symmetric(arrays["session_labels"], labels), _symmetric(arrays["session_features"], width)),
            _symmetric(arrays["between"], width),
            _symmetric(arrays["within"], width),
            card,
        )
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ModelError(path, first["msg"].removeprefix("Value error, "), f"card '{place}'", REMEDY) from error
    except ModelError:
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
    file = io.BytesIO()
    np.savez_compressed(
        file,
        card=np.frombuffer(prior.card.model_dump_json().encode(), np.uint8),
        mean=prior.mean.astype(np.float32),
        spread=_triangle(prior.spread),
        session_labels=_triangle(labels),
        session_features=_triangle(features),
        between=_triangle(prior.between),
        within=_triangle(prior.within),
    )
    write_bytes(path, file.getvalue())


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


def _triangle(matrix: Values) -> NDArray[np.float32]:
    return matrix[np.triu_indices(len(matrix))].astype(np.float32)


def _symmetric(values: NDArray[np.float32], size: int) -> Values:
    checked = _checked(values, (size * (size + 1) // 2,))
    matrix = np.zeros((size, size))
    matrix[np.triu_indices(size)] = checked
    matrix += np.triu(matrix, 1).T
    if not math.isclose(np.linalg.eigvalsh(matrix)[0], 0.0, abs_tol=1e-3) and np.linalg.eigvalsh(matrix)[0] < 0:
        raise ValueError("a covariance is not positive")
    return matrix


def _checked(values: NDArray[np.float32], shape: tuple[int, ...]) -> Values:
    if values.shape != shape or values.dtype.kind != "f" or not np.isfinite(values).all():
        raise ValueError("an array has another shape or holds no finite numbers")
    return values.astype(np.float64)
