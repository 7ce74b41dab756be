"""Makes the graph of a model faster when it is loaded; the file stays as it is."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emgctl.inference.fused_features import NAMES, FusedFeatures
from emgctl.inference.graph_edit import Graph, replaced
from emgctl.inference.model_card import ModelCard

Outputs = Mapping[str, NDArray[np.float32]]
log = logging.getLogger(__name__)

STANDARDIZED = ("standardize.mean", "standardise.mean")  # as the exporters of all versions name it
LEVEL_AT_REST = "intensity.low"
TOLERANCES = {"probabilities": 1e-5, "intensity": 1e-5, "features": 1e-3}  # rounding stays a factor of ten below


def fused(data: bytes, card: ModelCard) -> bytes | None:
    """The model with the same features in fewer operators, None if it has other features or a long window.

    Whether the graph computes what its card says is not known before both are compared.

    Args:
        data: a model that has passed ``check_graph``.
        card: its card.
    """
    length, channels = card.window, card.signal.channels
    if card.features != NAMES or not FusedFeatures.suit(length, channels):
        return None
    graph = Graph.read(data)
    features = FusedFeatures("window", length, channels)
    sources = {}
    for node in graph.nodes:
        if node.kind == "Sub" and node.inputs[1] in STANDARDIZED:
            sources[node.inputs[0]] = features.features
        if node.kind == "Sub" and node.inputs[1] == LEVEL_AT_REST and (mean := graph.producer(node.inputs[0])):
            sources[mean.inputs[0]] = features.rms
    if features.features not in sources.values():
        return None
    nodes = [replace(node, inputs=tuple(sources.get(name, name) for name in node.inputs)) for node in graph.nodes]
    return replaced(data, graph.needed([*features.nodes, *nodes]), features.constants)


def trial_windows(shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Windows ``(N, *shape)`` on which both ways have to agree: rest, noise of any size, whole numbers, clipping."""
    noise = np.random.default_rng(1).standard_normal((4, *shape))
    levels = [0 * noise[:1], 0 * noise[:1] + 17, 0.01 * noise, 30 * noise, np.round(20 * noise), 30 * noise + 50]
    return np.concatenate([*levels, np.clip(np.round(200 * noise), -128, 127)]).astype(np.float32)


def agree(before: Outputs, after: Outputs) -> bool:
    """Whether outputs, by their names, are the same but for rounding."""
    errors = {name: float(np.abs(before[name] - found).max()) for name, found in after.items()}
    if all(error <= TOLERANCES[name] for name, error in errors.items()):
        return True
    log.debug("what is faster differs, and is not used: %s", errors)
    return False
