"""What follows from a graph's constants alone, computed once: transposed weights would else take memory on a board."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emgctl.support.native_library import native_library

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto


def fold_constants(model: ModelProto) -> None:
    """Replace each node of a model whose inputs are all constant by its result."""
    import onnx

    graph = model.graph
    known = {one.name for one in graph.initializer} | {""}
    folded: list[NodeProto] = []
    kept: list[NodeProto] = []
    for node in graph.node:
        # a node with a graph of its own may use values that are not among its inputs
        constant = known.issuperset(node.input) and all(one.type != onnx.AttributeProto.GRAPH for one in node.attribute)
        (folded if constant else kept).append(node)
        if constant:
            known.update(node.output)
    used = {name for node in kept for name in node.input} | {one.name for one in graph.output}
    results = [name for node in folded for name in node.output if name in used]
    if not results:
        return
    alone = onnx.helper.make_model(
        onnx.helper.make_graph(
            folded,
            "constants",
            [],
            [onnx.helper.make_empty_tensor_value_info(name) for name in results],
            [one for one in graph.initializer if any(one.name in node.input for node in folded)],
        ),
        opset_imports=model.opset_import,
        ir_version=model.ir_version,
    )
    ort = native_library("onnxruntime")
    session = ort.InferenceSession(alone.SerializeToString(), providers=["CPUExecutionProvider"])
    found = [
        onnx.numpy_helper.from_array(value, name) for name, value in zip(results, session.run(results, {}), strict=True)
    ]
    del graph.node[:]
    graph.node.extend(kept)
    graph.initializer.extend(found)
