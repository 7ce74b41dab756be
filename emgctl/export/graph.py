"""The network's ONNX graph as a generator of C wants it: one window at a time, nothing that is not needed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from emgctl.export.simplify import simplified
from emgctl.inference.model import OUTPUTS as GESTURE_OUTPUTS
from emgctl.inference.pose_model import NEXT
from emgctl.inference.pose_model import OUTPUTS as POSE_OUTPUTS

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto

OUTPUTS = (*GESTURE_OUTPUTS, *POSE_OUTPUTS)
SQUARE = 2.0
WEIGHTS = {"Conv": 1, "Gemm": 1, "MatMul": 1, "GRU": 1, "LSTM": 1, "QLinearConv": 3, "QGemm": 3}
"""The place of the weights among an operator's inputs."""
RECURRENT = ("GRU", "LSTM")


def one_window(data: bytes) -> ModelProto:
    """The model of these ``data`` for windows one by one, with the outputs that decisions are made of, and its state.

    Shapes become fixed, since memory is static. What adaptation changes becomes constant. Squares are written as
    products, which onnxruntime makes of them as well: a general power costs a microcontroller fifty times as much.
    """
    import onnx

    model = onnx.load_from_string(data)
    graph = model.graph
    constant = {one.name for one in graph.initializer}
    _keep(graph.input, [one for one in graph.input if one.name not in constant])
    _keep(graph.output, [one for one in graph.output if one.name in OUTPUTS or one.name.startswith(f"{NEXT}_")])
    for value in graph.input:
        value.type.tensor_type.shape.dim[0].dim_value = 1
    for value in graph.output:
        value.type.tensor_type.ClearField("shape")  # inferred below
    del graph.value_info[:], model.metadata_props[:]
    model = simplified(model)
    _write_squares(model.graph)
    _remove_unused(model.graph)
    _leave_out_usual_direction(model.graph)
    return onnx.shape_inference.infer_shapes(model, strict_mode=True)


def states(model: ModelProto) -> dict[str, list[int]]:
    """The sizes of what a model takes beside samples: its state, in the order in which it returns it."""
    return {one.name: [size.dim_value for size in one.type.tensor_type.shape.dim] for one in model.graph.input[1:]}


def multiply_adds(model: ModelProto) -> int:
    """How many multiplications and additions of weights and matrices one window takes."""
    shapes = {one.name: list(one.dims) for one in model.graph.initializer}
    for value in (*model.graph.input, *model.graph.value_info, *model.graph.output):
        shapes[value.name] = [one.dim_value for one in value.type.tensor_type.shape.dim]
    return sum(_multiply_adds(node, shapes) for node in model.graph.node if node.op_type in WEIGHTS)


def _multiply_adds(node: NodeProto, shapes: dict[str, list[int]]) -> int:
    weights = shapes[node.input[WEIGHTS[node.op_type]]]
    if node.op_type in RECURRENT:
        return shapes[node.input[0]][0] * (math.prod(weights) + math.prod(shapes[node.input[2]]))
    outputs = math.prod(shapes[node.output[0]])
    if node.op_type.endswith("Conv"):
        return outputs * math.prod(weights[1:])
    if node.op_type == "MatMul":
        return outputs * shapes[node.input[0]][-1]
    transposed = any(one.name == "transA" and one.i for one in node.attribute)
    return outputs * shapes[node.input[0]][0 if transposed else -1]


def _write_squares(graph: GraphProto) -> None:
    import onnx

    squares = {one.name for one in graph.initializer if np.array_equal(onnx.numpy_helper.to_array(one), SQUARE)}
    for node in graph.node:
        if node.op_type == "Pow" and node.input[1] in squares:
            node.op_type, node.input[1] = "Mul", node.input[0]


def _leave_out_usual_direction(graph: GraphProto) -> None:
    """Recurrent layers run forward by default; the generator (1.4.0) does not understand it where it is written out."""
    for node in graph.node:
        _keep(node.attribute, [one for one in node.attribute if (one.name, one.s) != ("direction", b"forward")])


def _remove_unused(graph: GraphProto) -> None:
    needed = {one.name for one in graph.output}
    nodes = []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            needed.update(node.input)
            nodes.append(node)
    _keep(graph.node, nodes[::-1])
    _keep(graph.initializer, [one for one in graph.initializer if one.name in needed])


def _keep(field, kept) -> None:  # type: ignore[no-untyped-def]  # protobuf's containers have no public type
    kept = list(kept)
    del field[:]
    field.extend(kept)
