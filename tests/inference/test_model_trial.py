"""What a model that nobody has vouched for is tried with before emgctl runs it."""

from pathlib import Path

import pytest

onnx = pytest.importorskip("onnx")

from emgctl.errors import ModelError  # noqa: E402
from emgctl.inference.model_trial import read_all  # noqa: E402

DEMO = Path(__file__).parents[2] / "profiles" / "demo.onnx"


def with_input(path, kind, shape):
    """A model that returns its input, with the card of the demo's."""
    given, returned = (onnx.helper.make_tensor_value_info(name, kind, shape) for name in ("x", "y"))
    graph = onnx.helper.make_graph([onnx.helper.make_node("Identity", ["x"], ["y"])], "g", [given], [returned])
    opset = onnx.helper.make_opsetid("", 17)
    model = onnx.helper.make_model(graph, opset_imports=[opset], ir_version=9)
    model.metadata_props.extend(onnx.load(DEMO).metadata_props)
    onnx.save(model, path)
    return path


def test_a_model_of_ours_runs():
    read_all(DEMO)


def test_an_input_that_no_decoder_provides_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"expects tensor\(int64\) .*, which no decoder provides"):
        read_all(with_input(tmp_path / "m.onnx", onnx.TensorProto.INT64, [2]))
    with pytest.raises(ModelError, match="which no decoder provides"):
        read_all(with_input(tmp_path / "n.onnx", onnx.TensorProto.FLOAT, [100_000, 1000]))
