"""Means over long windows are products of matrices where that gives the same."""

import json

import numpy as np
import pytest
from onnx_constant import constant

from emgctl.inference.fusion import fused
from emgctl.inference.graph_edit import Graph
from emgctl.inference.model import Model, load_session

onnx = pytest.importorskip("onnx")
helper, FLOAT, INT64 = onnx.helper, onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
LENGTH, CHANNELS = 300, 16
CARD = {
    "emgctl": "0",
    "kind": "classifier",
    "signal": {"channels": CHANNELS, "rate_hz": 2000.0, "unit": "uV"},
    "window": LENGTH,
    "hop": 100,
    "labels": ["fist", "rest"],
    "rest": "rest",
}


def model(path, axis=1):
    """As those of grids: the logarithm of each channel's power around its mean, and what is linear in it."""
    nodes = [
        helper.make_node("ReduceMean", ["window", "axis"], ["mean"], keepdims=1),
        helper.make_node("Sub", ["window", "mean"], ["centered"]),
        helper.make_node("Pow", ["centered", "two"], ["squares"]),
        helper.make_node("ReduceMean", ["squares", "first"], ["power"], keepdims=0),
        helper.make_node("Add", ["power", "least"], ["some"]),
        helper.make_node("Log", ["some"], ["features"]),
        helper.make_node("Gemm", ["features", "weights"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"]),
        helper.make_node("Sqrt", ["some"], ["rms"]),
        helper.make_node("ReduceMean", ["rms", "first"], ["intensity"], keepdims=0),
    ]
    weights = np.random.default_rng(0).standard_normal((CHANNELS, 2)) / CHANNELS
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("window", FLOAT, ["N", LENGTH, CHANNELS])],
        [
            helper.make_tensor_value_info(name, FLOAT, shape)
            for name, shape in {"probabilities": ["N", 2], "intensity": ["N"]}.items()
        ],
        [
            constant("axis", [axis], np.int64), constant("first", [1], np.int64), constant("two", 2.0),
            constant("least", 1e-3), constant("weights", weights),
        ],
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    made.metadata_props.add(key="emgctl", value=json.dumps(CARD))
    path.write_bytes(made.SerializeToString())
    return path


def windows():
    noise = np.random.default_rng(2).standard_normal((30, LENGTH, CHANNELS))
    return np.concatenate([20 * noise, 0.1 * noise, np.round(9 * noise) + 500, 0 * noise[:1] - 7]).astype(np.float32)


@pytest.mark.parametrize("axis", [1, 2])
def test_windows_are_decoded_as_the_file_says(tmp_path, axis):
    path = model(tmp_path / "m.onnx", axis)
    found, session = Model.load(path), load_session(path)[0]
    probabilities, intensity = session.run(None, {"window": windows()})
    for window, expected, level in zip(windows(), probabilities, intensity, strict=True):
        alone, strength = found.run(window)
        np.testing.assert_allclose(alone, expected, atol=1e-5)
        np.testing.assert_allclose(strength, level, rtol=1e-5, atol=1e-6)


def test_sums_over_the_window_are_products(tmp_path):
    path = model(tmp_path / "m.onnx")
    fewer = fused(path.read_bytes(), Model.load(path).card)
    assert fewer is not None
    kinds = [node.kind for node in Graph.read(fewer).nodes]
    assert kinds.count("MatMul") == 2
    assert kinds.count("ReduceMean") == 1, "that over the channels stays"
    assert "Pow" not in kinds
