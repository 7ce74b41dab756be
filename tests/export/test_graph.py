"""The graph that is translated has nothing in it that is known beforehand."""

import numpy as np
import pytest
from onnx_constant import constant

onnx = pytest.importorskip("onnx")

from onnx import helper  # noqa: E402

from emgctl.export.graph import multiply_adds, one_window  # noqa: E402


def value(name, *sizes):
    return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, sizes)


def test_batch_normalization_and_shapes_are_computed_beforehand():
    """As torch writes a network with batch normalization, for any number of windows."""
    nodes = [
        helper.make_node("Shape", ["window"], ["sizes"]),
        helper.make_node("Slice", ["sizes", "zero", "one"], ["count"]),
        helper.make_node("Concat", ["count", "image"], ["shape"], axis=0),
        helper.make_node("Reshape", ["window", "shape"], ["plane"]),
        helper.make_node("Conv", ["plane", "kernel"], ["linear"]),
        helper.make_node("BatchNormalization", ["linear", "two", "two", "two", "two"], ["normal"]),
        helper.make_node("Flatten", ["normal"], ["probabilities"]),
    ]
    constants = [
        constant("zero", [0], np.int64), constant("one", [1], np.int64), constant("image", [1, 2, 3], np.int64),
        constant("kernel", np.ones((2, 1, 1, 1))), constant("two", [1, 2]),
    ]  # fmt: skip
    graph = helper.make_graph(nodes, "any", [value("window", "N", 1, 6)], [value("probabilities", "N", 12)], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    found = one_window(model.SerializeToString())
    assert [node.op_type for node in found.graph.node][1:] == ["Conv", "Flatten"]
    assert multiply_adds(found) == 12
