"""Means over a long window as products of matrices, and squares as products of numbers.

onnxruntime sums columns several times as fast by a product with a row of equal weights as by its operator for means
(192 channels, 410 samples: 15 instead of 70 us), and squares twice as fast by a product as by a power. The values are
the same but for rounding.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from emgctl.inference.graph_edit import Graph, Node, with_nodes

_ELEMENTWISE = frozenset({"Abs", "Add", "Div", "Mul", "Pow", "Sqrt", "Sub"})  # the result is as long as the window
_WEIGHTS, _ROW = "mean_weights", "{}_as_a_row"


def with_products(data: bytes, graph: Graph, length: int) -> bytes | None:
    """The model with products for the means over its windows ``(N, length, C)``; None if it has none."""
    as_long, nodes, weights = {graph.window}, list[Node](), dict[str, NDArray[np.float32]]()
    for node in graph.nodes:
        of_window = node.inputs[:1] and node.inputs[0] in as_long
        if of_window and node.kind == "ReduceMean":
            weights = {_WEIGHTS: np.full((1, length), 1 / length, np.float32)}
            nodes += _mean(node)
        elif of_window and node.kind == "Pow" and graph.numbers.get(node.inputs[1]) == 2:
            nodes.append(replace(node, kind="Mul", inputs=(node.inputs[0],) * 2))
        else:
            nodes.append(node)
        if of_window and node.kind in _ELEMENTWISE:
            as_long.update(node.outputs)
    return with_nodes(data, nodes, weights) if weights else None


def _mean(node: Node) -> list[Node]:
    """The mean over the samples of a window."""
    if node.whole_number("keepdims", 1):
        return [Node.of("MatMul", [_WEIGHTS, node.inputs[0]], node.outputs)]
    row = _ROW.format(node.outputs[0])
    return [
        Node.of("MatMul", [_WEIGHTS, node.inputs[0]], [row]),
        Node.of("Flatten", [row], node.outputs, axis=1),
    ]
