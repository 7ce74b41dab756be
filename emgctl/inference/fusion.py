"""Makes the graph of a model faster when it is loaded; the file stays as it is."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emgctl.inference.fused_features import LAGS, LARGEST, NAMES, FusedFeatures
from emgctl.inference.graph_edit import Graph, Node, with_nodes
from emgctl.inference.long_windows import with_products
from emgctl.inference.model_card import ModelCard

Outputs = Mapping[str, NDArray[np.float32]]
log = logging.getLogger(__name__)

_INPUTS = len(NAMES) + LAGS - 1  # of the operator that puts all features side by side
_MEAN = NAMES.index("log_mean") + LAGS - 1  # the one of them that leads straight to the window
_TO_MEAN, _TO_LEVEL = ("Log", "Add", "Abs", "ReduceMean"), ("ReduceMean", "Sqrt", "Add", "ReduceMean", "Pow", "Sub")
_LEVEL_AT_REST = "intensity.low"
TOLERANCES = {"probabilities": 1e-5, "intensity": 1e-5, "features": 1e-3, "pose": 1e-5, "confidence": 1e-5}
"""How much rounding may change outputs; it stays a factor of ten below."""


def fused(data: bytes, card: ModelCard) -> bytes | None:
    """The model with the same features in fewer or faster operators, None if there are none for it.

    Whether the graph computes what it seems to is not known before both are compared.

    Args:
        data: a model that has passed ``check_graph``.
        card: its card.
    """
    length, channels = card.window if card.labels else card.memory, card.signal.channels
    graph = Graph.read(data)
    if length * channels > LARGEST:
        return with_products(data, graph, length)
    if not FusedFeatures.suit(length, channels):
        return None
    for all_features in (node for node in graph.nodes if node.kind == "Concat" and len(node.inputs) == _INPUTS):
        window = graph.source(all_features.inputs[_MEAN], _TO_MEAN)
        if window is not None:
            features = FusedFeatures(window, length, channels)
            renamed = {all_features.outputs[0]: features.features}
            for node in graph.nodes:
                level = node.inputs[0] if node.kind == "Sub" and node.inputs[1].endswith(_LEVEL_AT_REST) else ""
                if level and graph.source(level, _TO_LEVEL) == window:
                    renamed[graph.source(level, _TO_LEVEL[:1]) or ""] = features.rms
            return _with_features(data, graph, all_features, features, renamed)
    return None


def _with_features(
    data: bytes, graph: Graph, replaced_node: Node, features: FusedFeatures, renamed: Mapping[str, str]
) -> bytes:
    nodes = list[Node]()
    for node in graph.nodes:
        if node is replaced_node:
            nodes += features.nodes  # what they need is computed by now
        else:
            nodes.append(replace(node, inputs=tuple(renamed.get(name, name) for name in node.inputs)))
    return with_nodes(data, graph.needed(nodes), features.constants)


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
