"""Models that somebody else made, by accident or on purpose: found when they are loaded, and so by ``check``."""

import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx_constant import constant

from emgctl.errors import ModelError
from emgctl.inference.model import Model, load_session
from emgctl.inference.pose_model import PoseModel

onnx = pytest.importorskip("onnx")
helper, FLOAT, INT64 = onnx.helper, onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
CARD: dict[str, Any] = {
    "emgctl": "0",
    "kind": "classifier",
    "signal": {"channels": 2, "rate_hz": 200.0, "unit": "count"},
    "window": 4,
    "hop": 2,
    "labels": ["fist", "rest"],
    "rest": "rest",
}


def usual() -> tuple[list[Any], list[Any]]:
    """Windows in, a probability for each of two labels and an intensity out."""
    nodes = [
        helper.make_node("ReduceMean", ["window"], ["mean"], axes=[1], keepdims=0),
        helper.make_node("Softmax", ["mean"], ["probabilities"]),
        helper.make_node("ReduceMean", ["mean"], ["intensity"], axes=[1], keepdims=0),
    ]
    return nodes, []


def made(path, nodes, initializers, card=CARD, outputs=("probabilities", "intensity"), **more):
    shapes = {"probabilities": ["N", 2], "intensity": ["N"]}
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("window", FLOAT, ["N", 4, 2])],
        [helper.make_tensor_value_info(name, FLOAT, shapes.get(name)) for name in outputs],
        initializers,
    )
    opsets = [helper.make_opsetid("", 17), *more.pop("opsets", [])]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9, **more)
    model.metadata_props.add(key="emgctl", value=json.dumps(card))
    path.write_bytes(model.SerializeToString())
    return path


def refused(path, match, load=Model.load):
    with pytest.raises(ModelError, match=match) as raised:
        load(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_sound_model_is_loaded(tmp_path):
    found = Model.load(made(tmp_path / "m.onnx", *usual())).run(np.ones((4, 2), np.float32))
    assert [one.shape for one in found] == [(2,), ()]


def test_a_graph_in_several_parts_is_refused(tmp_path):
    path = made(tmp_path / "m.onnx", *usual())
    more = onnx.ModelProto()
    more.graph.node.add(op_type="Identity", input=["mean"], output=["copy"])
    path.write_bytes(path.read_bytes() + more.SerializeToString())
    refused(path, "several parts")


def external(name, location):
    tensor = onnx.TensorProto(name=name, data_type=FLOAT, dims=[2], data_location=onnx.TensorProto.EXTERNAL)
    for key, value in (("location", location), ("length", "8")):
        tensor.external_data.add(key=key, value=value)
    return tensor


def sparse(location):
    return onnx.SparseTensorProto(dims=[2], values=external("", location), indices=constant("", [0, 1], np.int64))


def of_a_constant(location):
    node = helper.make_node("Constant", [], ["w"])
    node.attribute.add(name="value", type=onnx.AttributeProto.TENSOR).t.CopyFrom(external("w", location))
    return node


def of_a_sparse_constant(location):
    node = helper.make_node("Constant", [], ["w"])
    node.attribute.add(name="sparse_value", type=onnx.AttributeProto.SPARSE_TENSOR).sparse_tensor.CopyFrom(
        sparse(location)
    )
    return node


@pytest.mark.parametrize("location", ["secret.bin", "../secret.bin", "/etc/passwd"])
def test_data_in_other_files_are_not_read(tmp_path, monkeypatch, location):
    monkeypatch.chdir(tmp_path)
    Path("secret.bin").write_bytes(bytes(8))
    nodes, _ = usual()
    path = tmp_path / "m.onnx"
    refused(made(path, nodes, [external("w", location)]), "stores data in another file")
    refused(made(path, [of_a_constant(location), *nodes], []), "stores data in another file")
    refused(made(path, [of_a_sparse_constant(location), *nodes], []), "sparse tensors")


def loop():
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"])],
        "body",
        [helper.make_tensor_value_info("i", INT64, []), helper.make_tensor_value_info("go", onnx.TensorProto.BOOL, [])],
        [helper.make_tensor_value_info("on", onnx.TensorProto.BOOL, [])],
    )
    return helper.make_node("Loop", ["times", "yes"], [], body=body)


def test_loops_and_sizes_that_depend_on_the_signal_are_refused(tmp_path):
    nodes, _ = usual()
    path = tmp_path / "m.onnx"
    forever = [constant("times", 1 << 62, np.int64), constant("yes", True, np.bool_)]
    refused(made(path, [loop(), *nodes], forever), "a loop or a branch")
    size = [
        helper.make_node("Cast", ["window"], ["whole"], to=INT64),
        helper.make_node("Reshape", ["whole", "flat"], ["size"]),
        helper.make_node("ConstantOfShape", ["size"], ["large"]),
    ]
    refused(made(path, [*size, *nodes], [constant("flat", [-1], np.int64)]), "size depends on the signal")
    domain = helper.make_opsetid("com.microsoft", 1)
    refused(made(path, nodes, [], opsets=[domain]), "operators of 'com.microsoft'")


def test_a_graph_that_fills_the_memory_does_not_fill_ours(tmp_path):
    nodes, _ = usual()
    outer = [
        helper.make_node("ConstantOfShape", ["count"], ["row"]),
        helper.make_node("Unsqueeze", ["row", "axis"], ["column"]),
        helper.make_node("MatMul", ["column", "row_2d"], ["square"]),
        helper.make_node("Unsqueeze", ["row", "first"], ["row_2d"]),
        helper.make_node("ReduceSum", ["square"], ["sum"], keepdims=0),
        helper.make_node("Add", ["intensity_0", "sum"], ["intensity"]),
    ]
    outer[2], outer[3] = outer[3], outer[2]
    nodes[2].output[0] = "intensity_0"
    numbers = [constant(name, [number], np.int64) for name, number in (("count", 200_000), ("axis", 1), ("first", 0))]
    begun_s = time.monotonic()
    refused(made(tmp_path / "m.onnx", [*nodes, *outer], numbers), "can't be|memory|ended|longer|loaded|run")
    assert time.monotonic() - begun_s < 120


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"hop": 0}, "hop"),
        ({"window": 0}, "window"),
        ({"window": -4}, "window"),
        ({"window": 5}, "windows"),
        ({"memory": 4}, "memory of 4"),
        ({"memory": -1}, "memory"),
        ({"labels": ["fist", "open", "rest"]}, "probabilities"),
        ({"labels": ["rest", "rest"]}, "occurs twice"),
        ({"labels": ["", "rest"]}, "labels"),
        ({"rest": "still"}, "rest 'still'"),
        ({"signal": CARD["signal"] | {"rate_hz": 0}}, "rate_hz"),
        ({"signal": CARD["signal"] | {"rate_hz": float("inf")}}, "rate_hz"),
        ({"signal": CARD["signal"] | {"channels": -2}}, "channels"),
        ({"signal": CARD["signal"] | {"grid": [2, 3]}}, "grid of 2 x 3"),
        ({"full_force_n": -1}, "full_force_n"),
    ],
)
def test_wrong_cards(tmp_path, change, match):
    refused(made(tmp_path / "m.onnx", *usual(), card=CARD | change), match)


@pytest.mark.slow
def test_outputs_that_are_missing_or_not_finite(tmp_path):
    nodes, _ = usual()
    path = tmp_path / "m.onnx"
    refused(made(path, nodes, [], outputs=("probabilities",)), "lacks output 'intensity'")
    refused(made(path, nodes, [], card=CARD | {"kind": "contrastive"}), "lacks output 'embedding'")
    logarithm = helper.make_node("Log", ["mean"], ["probabilities"])
    refused(made(path, [nodes[0], logarithm, nodes[2]], []), "NaN or infinity.*train it again")
    refused(path, "is a model for decoder 'classifier', not 'pose'", PoseModel.load)


def test_strangers_text_is_cut_and_escaped(tmp_path):
    card = CARD | {"kind": "\x1b[2J" + "x" * 5000}
    with pytest.raises(ModelError) as raised:
        Model.load(made(tmp_path / "m.onnx", *usual(), card=card), kind="classifier")
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 1000


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_no_model(tmp_path):
    os.mkfifo(tmp_path / "m.onnx")
    refused(tmp_path / "m.onnx", "a pipe or a device")


def test_every_cut_of_a_model_is_refused(tmp_path):
    data = made(tmp_path / "m.onnx", *usual()).read_bytes()
    for length in range(0, len(data), 7):
        (tmp_path / "m.onnx").write_bytes(data[:length])
        refused(tmp_path / "m.onnx", "is not an ONNX model|no emgctl metadata", load_session)
