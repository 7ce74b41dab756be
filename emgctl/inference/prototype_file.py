"""A contrastive model's file with its classes elsewhere in the space, written without torch and without onnx."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emgctl.errors import ModelError
from emgctl.inference.model import CARD_KEY
from emgctl.inference.model_card import ModelCard
from emgctl.inference.onnx_fields import (
    GRAPH_INITIALIZER,
    MODEL_GRAPH,
    MODEL_METADATA,
    field,
    fields,
    floats,
    metadata,
    tensor,
)
from emgctl.inference.prototypes import CONTRAST_KEY, PrototypeSet
from emgctl.support.atomic_write import read_bytes

_Array = NDArray[np.float32]
_MEANS, _MEANS_T, _VECTORS, _VECTORS_T = range(4)  # as in _constants


def with_classes(path: Path, former: PrototypeSet, classes: PrototypeSet, card: ModelCard) -> bytes:
    """The content of a model file with other positions of its classes and another card; its network stays.

    The exporter has names of its own for what its graph holds of the positions. It is found by its values; that the
    file decides as its classes do is for the caller to check.

    Args:
        path: the model, which has been loaded before.
        former: its classes.
        classes: the same ones, as they are to be.
        card: goes into the file.

    Raises:
        ModelError: the graph does not hold the positions as expected.
        FileError: the model can't be read.
    """
    pairs = list(zip(_constants(former), _constants(classes), strict=True))
    found = set[int]()

    def exchanged(message: bytes) -> bytes:
        name, values = floats(message)
        for place, (before, after) in enumerate(pairs):
            if values is not None and values.size == before.size and np.allclose(values, before.ravel(), 1e-5, 1e-6):
                found.add(place)
                return tensor(name, after)
        return message

    texts = {CARD_KEY: card.to_text(), CONTRAST_KEY: classes.to_text()}
    parts = []
    for place, content, whole in fields(read_bytes(path)):
        if place == MODEL_GRAPH:
            parts.append(field(place, _with_initializers(content, exchanged)))
        elif place != MODEL_METADATA:
            parts.append(whole)
    if not (found & {_MEANS, _MEANS_T} and found & {_VECTORS, _VECTORS_T}):
        raise ModelError(path, "holds its classes in a way that can't be refreshed", remedy="refresh it with torch")
    return b"".join([*parts, *(metadata(key, text) for key, text in texts.items())])


def _with_initializers(graph: bytes, exchanged: Callable[[bytes], bytes]) -> bytes:
    return b"".join(
        field(place, exchanged(content)) if place == GRAPH_INITIALIZER else whole
        for place, content, whole in fields(graph)
    )


def _constants(classes: PrototypeSet) -> tuple[_Array, ...]:
    """What a graph may hold: the positions in both parts, either way round, and what is subtracted from the products.

    The exporter computes what is small beforehand, and leaves the rest to the graph.
    """
    halves = 0.5 * np.square(classes.means).sum(axis=1)
    return classes.means, classes.means.T, classes.vectors, classes.vectors.T, halves
