"""A graph as onnxruntime simplifies it before a run: less code, and no memory for what is known beforehand."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from emgctl.support.native_library import native_library

if TYPE_CHECKING:
    from onnx import ModelProto


def simplified(model: ModelProto) -> ModelProto:
    """The model with what follows from constants and fixed shapes computed, and batch normalizations in the weights.

    A board would else hold transposed weights in memory. onnxruntime's basic level has operators of ONNX only. What
    it writes in place of an operator (CastLike) is simplified the next time only.
    """
    found = _once(model)
    while len(found.graph.node) < len(model.graph.node):
        model, found = found, _once(found)
    return found


def _once(model: ModelProto) -> ModelProto:
    import onnx

    ort = native_library("onnxruntime")
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 4
    with tempfile.TemporaryDirectory(prefix="emgctl-export-") as folder:
        options.optimized_model_filepath = str(Path(folder, "model.onnx"))
        ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        return onnx.load(options.optimized_model_filepath)
