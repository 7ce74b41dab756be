"""Makes the graph of a model faster when it is loaded; the file stays as it is."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from emgctl.inference.fused_features import NAMES, FusedFeatures
from emgctl.inference.graph_edit import Graph, replaced
from emgctl.inference.model_card import ModelCard

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

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
    try:
        return _with_fused_features(data, length, channels)
    except (IndexError, ValueError):  # of a stranger's file, which has fields that emgctl's own have not
        return None


def agree(one: InferenceSession, other: InferenceSession, name: str, shape: tuple[int, ...]) -> bool:
    """Whether two sessions give the same for windows ``shape`` of the input ``name``: rest, noise, clipped noise."""
    windows = _trial_windows(shape)
    names = [output.name for output in one.get_outputs()]
    try:
        answers = [session.run(names, {name: windows}) for session in (one, other)]
    except Exception:  # onnxruntime's exceptions share no public base class
        log.debug("the fused graph cannot be run", exc_info=True)
        return False
    errors = {name: float(np.abs(before - after).max()) for name, before, after in zip(names, *answers, strict=True)}
    if all(errors[name] <= TOLERANCES.get(name, 0.0) for name in names):
        return True
    log.debug("the fused graph is not used, it differs: %s", errors)
    return False


def _trial_windows(shape: tuple[int, ...]) -> NDArray[np.float32]:
    noise = np.random.default_rng(1).standard_normal((4, *shape))
    levels = [0 * noise[:1], 0 * noise[:1] + 17, 0.01 * noise, 30 * noise, np.round(20 * noise), 30 * noise + 50]
    return np.concatenate([*levels, np.clip(np.round(200 * noise), -128, 127)]).astype(np.float32)


def _with_fused_features(data: bytes, length: int, channels: int) -> bytes | None:
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
