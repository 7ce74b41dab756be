"""Quantized networks: what becomes small, and what that costs."""

from itertools import pairwise

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import helper, numpy_helper  # noqa: E402

from emgctl.export.graph import multiply_adds, one_window  # noqa: E402
from emgctl.export.quantize import quantize  # noqa: E402

SIZES = (64, 48, 32, 4)


@pytest.fixture(scope="module")
def dense():
    """A network of dense layers that nobody trained, for windows of 8 samples of 8 channels."""
    random = np.random.default_rng(0)
    nodes, constants, name = [helper.make_node("Flatten", ["window"], ["flat"])], [], "flat"
    for number, (inside, outside) in enumerate(pairwise(SIZES)):
        weights = random.normal(0, inside**-0.5, (outside, inside)).astype(np.float32)
        constants += [
            numpy_helper.from_array(weights, f"w{number}"),
            numpy_helper.from_array(np.zeros(outside, np.float32), f"b{number}"),
        ]
        nodes += [
            helper.make_node("Gemm", [name, f"w{number}", f"b{number}"], [f"g{number}"], transB=1),
            helper.make_node("Relu" if outside > 4 else "Softmax", [f"g{number}"], [f"r{number}"]),
        ]
        name = f"r{number}"
    nodes[-1].output[0] = "probabilities"

    def value(name, *sizes):
        return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, sizes)

    graph = helper.make_graph(nodes, "dense", [value("window", 1, 8, 8)], [value("probabilities", 1, 4)], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    return one_window(model.SerializeToString())


def test_large_layers_get_weights_of_8_bits_and_the_accuracy_lost_is_reported(dense):
    windows = np.random.default_rng(1).normal(0, 1, (600, 8, 8)).astype(np.float32)
    labels = np.array([int(window.sum() > 0) for window in windows])
    before = dense.SerializeToString()
    found = quantize(dense, windows[:300], windows[300:], labels[300:])
    assert dense.SerializeToString() == before
    assert [node.op_type for node in found.model.graph.node].count("QGemm") == 2
    assert [node.op_type for node in found.model.graph.node].count("Gemm") == 1  # the last, which is small
    assert not any(node.op_type == "Relu" for node in found.model.graph.node)  # part of the values' ranges
    sizes = {one.data_type: 0 for one in found.model.graph.initializer}
    for one in found.model.graph.initializer:
        sizes[one.data_type] += int(np.prod(one.dims))
    assert sizes[onnx.TensorProto.INT8] >= 64 * 48 + 48 * 32
    assert sizes[onnx.TensorProto.FLOAT] < 400
    assert found.tested == 300
    assert found.lost_points == pytest.approx(100 * (found.before - found.accuracy))
    assert abs(found.lost_points) < 5
    assert multiply_adds(found.model) == multiply_adds(dense) == 64 * 48 + 48 * 32 + 32 * 4


def test_a_network_of_small_layers_stays_as_it_is(dense):
    small = onnx.ModelProto()
    small.CopyFrom(dense)
    del small.graph.initializer[:]
    with pytest.raises(ValueError, match="no layer of at least 1024 weights"):
        quantize(small, np.zeros((1, 8, 8), np.float32), np.zeros((1, 8, 8), np.float32), np.zeros(1, np.int64))
