"""The features that models are decoded with are those that they were trained with."""

import numpy as np
import onnx
import pytest
import torch
from onnxruntime import InferenceSession

from emgctl.inference.fused_features import EPSILON, NAMES, FusedFeatures
from emgctl.training.features import feature_sets
from emgctl.training.features.feature_sets import Default


def session(fused):
    """What computes them alone."""
    size = [None, fused.length, fused.channels]
    window = onnx.helper.make_tensor_value_info("window", onnx.TensorProto.FLOAT, size)
    found = onnx.helper.make_tensor_value_info(fused.features, onnx.TensorProto.FLOAT, [None, None])
    nodes = [onnx.NodeProto.FromString(node.to_bytes()) for node in fused.nodes]
    constants = [
        onnx.numpy_helper.from_array(values.astype(np.int64 if values.dtype.kind == "i" else np.float32), name)
        for name, values in fused.constants.items()
    ]
    graph = onnx.helper.make_graph(nodes, "features", [window], [found], constants)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=10)
    return InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


@pytest.mark.parametrize(("length", "channels"), [(40, 8), (50, 4), (7, 2), (64, 16)])
def test_fused_features_are_those_of_the_training(length, channels):
    assert (NAMES, EPSILON, FusedFeatures.suit(length, channels)) == (Default.names, feature_sets.EPSILON, True)
    noise = np.random.default_rng(length).standard_normal((30, length, channels))
    windows = np.concatenate([30 * noise, np.round(9 * noise), 30 * noise + 20, 0 * noise[:1] + 3]).astype(np.float32)
    (found,) = session(FusedFeatures("window", length, channels)).run(None, {"window": windows})
    expected = Default(channels)(torch.from_numpy(windows)).numpy()
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_a_large_window_is_decoded_as_it_is():
    assert not FusedFeatures.suit(400, 64)
