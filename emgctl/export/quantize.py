"""8-bit weights and activations, by onnxruntime's quantization: a quarter of the flash, for a little accuracy."""

from __future__ import annotations

import copy
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from emgctl.support.evenly_spaced import evenly_spaced
from emgctl.support.native_library import native_library
from emgctl.types import Samples

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

LAYERS, ACTIVATIONS = ("Conv", "Gemm"), ("Relu", "Clip")
LEAST_WEIGHTS = 1024  # a smaller layer, such as the last, stays float: it takes little and matters much
CALIBRATED = 500  # windows, of which each value's range is measured
SHARE = "_quantized"  # what onnxruntime puts behind a value's name


@dataclass(frozen=True, slots=True)
class Quantized:
    """A quantized ``model``, and the ``accuracy`` in [0, 1] of it and of the one ``before``, on ``tested`` windows."""

    model: ModelProto
    before: float
    accuracy: float
    tested: int

    @property
    def lost_points(self) -> float:
        """Percentage points of accuracy that are lost."""
        return 100 * (self.before - self.accuracy)


def quantize(model: ModelProto, known: Samples, tested: Samples, labels: NDArray[np.int64]) -> Quantized:
    """Quantize the large layers of a model for one window, which stays as it is.

    Args:
        model: of :func:`emgctl.export.graph.one_window`.
        known: windows ``(N, W, C)`` that the values' ranges are measured on.
        tested: other windows ``(M, W, C)``.
        labels: their labels ``(M,)``.

    Raises:
        ValueError: no layer is large enough.
    """
    found = _quantized(model, known[evenly_spaced(len(known), CALIBRATED)])
    before, accuracy = ((_decided(one, tested) == labels).mean() for one in (model, found))
    return Quantized(found, float(before), float(accuracy), len(tested))


def _quantized(model: ModelProto, windows: Samples) -> ModelProto:
    import onnx
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    name, rows = model.graph.input[0].name, iter(windows)

    class Windows(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime has no types
        def get_next(self) -> dict[str, Samples] | None:
            window = next(rows, None)
            return None if window is None else {name: window[None]}

    named = copy.deepcopy(model)
    chosen = _large_layers(named)
    if not chosen:
        raise ValueError(f"it has no layer of at least {LEAST_WEIGHTS} weights")
    with tempfile.TemporaryDirectory(prefix="emgctl-export-") as folder, _quiet():
        path = Path(folder, "int8.onnx")
        quantize_static(
            named,  # which it changes
            path,
            Windows(),
            quant_format=QuantFormat.QOperator,
            op_types_to_quantize=[*LAYERS, *ACTIVATIONS],
            per_channel=True,
            activation_type=QuantType.QInt8,
            weight_type=QuantType.QInt8,
            nodes_to_quantize=chosen,
        )
        found = onnx.load(path)
    return _with_shapes(found, model)


def _large_layers(model: ModelProto) -> list[str]:
    """The names of the layers to be quantized, and of the activations that follow them alone; all nodes get names."""
    weights = {one.name: int(np.prod(one.dims)) for one in model.graph.initializer}
    users: dict[str, list[NodeProto]] = {}
    for number, node in enumerate(model.graph.node):
        node.name = f"node_{number}"
        for name in node.input:
            users.setdefault(name, []).append(node)
    chosen = []
    for node in model.graph.node:
        if node.op_type in LAYERS and weights.get(node.input[1], 0) >= LEAST_WEIGHTS:
            after = users.get(node.output[0], [])
            chosen += [node.name, *(one.name for one in after if len(after) == 1 and one.op_type in ACTIVATIONS)]
    return chosen


def _with_shapes(found: ModelProto, model: ModelProto) -> ModelProto:
    """The quantized model with the shapes of its values, which ONNX can't infer through onnxruntime's operators."""
    import onnx

    before = {one.name: one for one in (*model.graph.value_info, *model.graph.output)}
    there = {one.name for one in (*found.graph.value_info, *found.graph.output, *found.graph.input)}
    for node in found.graph.node:
        for name in node.output:
            original = before.get(name.removesuffix(SHARE))
            if name not in there and original is not None:
                value = found.graph.value_info.add()
                value.CopyFrom(original)
                value.name = name
                value.type.tensor_type.elem_type = (
                    onnx.TensorProto.INT8 if name.endswith(SHARE) else original.type.tensor_type.elem_type
                )
    return found


def _decided(model: ModelProto, windows: Samples) -> NDArray[np.int64]:
    """The label of each window, without any smoothing."""
    session: Any = native_library("onnxruntime").InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name
    return np.array([session.run(["probabilities"], {name: window[None]})[0].argmax() for window in windows])


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep advice to the programmer to itself."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
