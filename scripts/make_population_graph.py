"""Make the graph of population models: from raw windows to features and a linear classifier, without any weights.

Everything that depends on the ring or the person is an initializer that emgctl/inference/population/graph.py adds, so
one file serves every number of channels. The matrix logarithm has no operator in ONNX: square roots by the coupled
Newton-Schulz iteration (Higham, Functions of Matrices, 2008, section 6.3), which only multiplies, and then a series.

Example:
  python scripts/make_population_graph.py
"""

from __future__ import annotations

import argparse
from pathlib import Path

from onnx import ModelProto, NodeProto, TensorProto, helper

from emgctl.inference.population.graph import ROOTS, TERMS

OUT = Path(__file__).parent.parent / "emgctl" / "inference" / "population" / "graph.onnx"
ROUNDS = (20, 12, 9, 7, 6, 5)  # of each square root; eigenvalues down to 4e-6 of the trace


class Graph:
    """Nodes in order; values are named after what they are."""

    def __init__(self) -> None:
        self.nodes: list[NodeProto] = []

    def add(self, kind: str, *inputs: str, output: str = "", **attributes: object) -> str:
        name = output or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name


def square_root(graph: Graph, matrix: str, rounds: int) -> str:
    """The iteration keeps minus half of the inverse, which saves a multiplication in every round."""
    root, inverse = matrix, ""
    for _ in range(rounds):
        product = graph.add("MatMul", inverse, root) if inverse else graph.add("Mul", root, "minus_half")
        step = graph.add("Add", "one_and_a_half", product)
        root = graph.add("MatMul", root, step)
        inverse = graph.add("MatMul", step, inverse) if inverse else graph.add("Mul", step, "minus_half")
    return root


def logarithm(graph: Graph, matrix: str) -> str:
    trace = graph.add("ReduceSum", graph.add("Mul", matrix, "identity"), "matrix_axes", keepdims=1)
    root = graph.add("Div", matrix, trace)
    for rounds in ROUNDS:
        root = square_root(graph, root, rounds)
    rest = graph.add("Sub", "identity", root)
    series = graph.add("Mul", "identity", f"share_{TERMS}")
    for term in range(TERMS - 1, 0, -1):
        series = graph.add("Add", graph.add("MatMul", rest, series), graph.add("Mul", "identity", f"share_{term}"))
    series = graph.add("Mul", graph.add("MatMul", rest, series), "minus_roots")
    return graph.add("Add", series, graph.add("Mul", "identity", graph.add("Log", trace)))


def build() -> ModelProto:
    assert len(ROUNDS) == ROOTS
    graph = Graph()
    filtered = graph.add("MatMul", "filter", "window")
    covariance = graph.add("MatMul", graph.add("Transpose", filtered, perm=[0, 2, 1]), filtered)
    matrix = logarithm(graph, graph.add("Add", covariance, "floor"))
    raw = graph.add("MatMul", graph.add("Reshape", matrix, "flat"), "triangle")
    graph.add("Mul", graph.add("Sub", raw, "center"), "per_deviation", output="features")
    changed = graph.add("Mul", graph.add("Sub", "features", "shift"), "gain")
    scores = graph.add("Add", graph.add("MatMul", changed, "weights"), "bias")
    graph.add("MatMul", graph.add("Softmax", scores, axis=1), "grouped", output="probabilities")
    power = graph.add("ReduceSum", graph.add("Mul", filtered, filtered), "time_axis", keepdims=0)
    level = graph.add("ReduceMean", graph.add("Sqrt", power), "time_axis", keepdims=0)
    share = graph.add("Mul", graph.add("Sub", level, "level_at_rest"), "per_level")
    graph.add("Clip", share, "zero", "one", output="intensity")
    outputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None)
               for name in ("probabilities", "intensity", "features")]  # fmt: skip
    model = helper.make_model(
        helper.make_graph(graph.nodes, "population", [], outputs),
        opset_imports=[helper.make_opsetid("", 20)],
        producer_name="emgctl",
        ir_version=10,
    )
    for output in model.graph.output:
        output.type.tensor_type.elem_type = TensorProto.FLOAT
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=OUT, help="the file to write")
    out: Path = parser.parse_args().out
    out.write_bytes(build().SerializeToString(deterministic=True))
    print(f"{out}: {out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
