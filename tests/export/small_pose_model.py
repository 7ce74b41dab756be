"""A pose model that nobody trained, small enough for every test: a recurrent layer, and a pose that it tracks."""

from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from emgctl.inference.model import CARD_KEY
from emgctl.inference.model_card import CardSignal, ModelCard

JOINTS, HOP, CHANNELS, HIDDEN = ("index_mcp_fe", "thumb_ip_fe", "lever"), 10, 8, 6


def write_pose_model(path: Path) -> Path:
    """Write it; its power at rest is below 30 counts."""
    random = np.random.default_rng(3)

    def weights(name: str, *shape: int) -> onnx.TensorProto:
        return numpy_helper.from_array(random.normal(0, 0.4, shape).astype(np.float32), name)

    def shape(name: str, *sizes: int) -> onnx.TensorProto:
        return numpy_helper.from_array(np.array(sizes), name)

    def number(name: str, value: float) -> onnx.TensorProto:
        return numpy_helper.from_array(np.array([value], np.float32), name)

    nodes = [
        helper.make_node("Abs", ["samples"], ["loud"]),
        helper.make_node("ReduceMean", ["loud", "time"], ["level"], keepdims=0),
        helper.make_node("Mul", ["level", "finer"], ["fine"]),
        helper.make_node("Concat", ["fine", "pose_state"], ["known"], axis=1),
        helper.make_node("Reshape", ["known", "one_step"], ["step"]),
        helper.make_node("Reshape", ["state_0", "one_layer"], ["before"]),
        helper.make_node("Transpose", ["taken"], ["input_weights"], perm=[0, 2, 1]),
        helper.make_node(
            "GRU", ["step", "input_weights", "kept", "bias", "", "before"], ["", "after"], hidden_size=HIDDEN,
            direction="forward", linear_before_reset=1,
        ),
        helper.make_node("Reshape", ["after", "flat"], ["next_0"]),
        helper.make_node("MatMul", ["next_0", "bends"], ["bent"]),
        helper.make_node("Add", ["bent", "pose_state"], ["pose"]),
        helper.make_node("Mul", ["pose", "slower"], ["next_1"]),
        helper.make_node("MatMul", ["next_0", "sure"], ["surer"]),
        helper.make_node("Sigmoid", ["surer"], ["likely"]),
        helper.make_node("Reshape", ["likely", "single"], ["confidence"]),
        helper.make_node("ReduceMean", ["fine", "features"], ["effort"], keepdims=0),
        helper.make_node("Clip", ["effort", "least", "most"], ["intensity"]),
    ]  # fmt: skip
    constants = [
        shape("time", 1), shape("features", 1), shape("one_step", 1, 1, CHANNELS + len(JOINTS)), shape("single", 1),
        shape("one_layer", 1, 1, HIDDEN), shape("flat", 1, HIDDEN),
        number("finer", 1 / 60), number("slower", 0.8),
        numpy_helper.from_array(np.array(0, np.float32), "least"),
        numpy_helper.from_array(np.array(1, np.float32), "most"),
        weights("taken", 1, CHANNELS + len(JOINTS), 3 * HIDDEN), weights("kept", 1, 3 * HIDDEN, HIDDEN),
        weights("bias", 1, 6 * HIDDEN), weights("bends", HIDDEN, len(JOINTS)), weights("sure", HIDDEN, 1),
    ]  # fmt: skip

    def values(**sizes: list[int]) -> list[onnx.ValueInfoProto]:
        return [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, size) for name, size in sizes.items()]

    state, pose = [1, HIDDEN], [1, len(JOINTS)]
    graph = helper.make_graph(
        nodes,
        "pose",
        values(samples=[1, HOP, CHANNELS], state_0=state, pose_state=pose),
        values(pose=pose, confidence=[1], intensity=[1], next_0=state, next_1=pose),
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    card = ModelCard(
        emgctl="0", kind="pose", signal=CardSignal(channels=CHANNELS, rate_hz=200.0, unit="count"), window=HOP, hop=HOP,
        joints=JOINTS,
    )  # fmt: skip
    helper.set_model_props(model, {CARD_KEY: card.model_dump_json()})
    onnx.save(model, str(path))
    return path
