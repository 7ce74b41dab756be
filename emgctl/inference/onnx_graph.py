"""Checks the bytes of an ONNX file before onnxruntime sees it.

Models often come from third parties. onnxruntime reads other files named by tensors (1.32 still does, relative to the
working directory, for sparse constants), loops as often as the input requests, and allocates whatever size a graph
computes. The format is Protocol Buffers (protobuf.dev/programming-guides/encoding; field numbers as in onnx.proto), of
which this parses only what is necessary; unknown fields are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from emgctl.errors import ModelError, quoted

MOST_FIELDS = 2_000_000  # far more than any network that decodes in time
DOMAINS = (b"", b"ai.onnx")
SIZE_INPUTS = {
    b"AffineGrid": (1,), b"BlackmanWindow": (0,), b"CenterCropPad": (1,), b"Col2Im": (1, 2), b"ConstantOfShape": (0,),
    b"DFT": (1,), b"Expand": (1,), b"HammingWindow": (0,), b"HannWindow": (0,), b"MaxUnpool": (2,),
    b"MelWeightMatrix": (0, 1, 2), b"OneHot": (1,), b"Pad": (1,), b"Range": (0, 1, 2), b"Resize": (2, 3),
    b"STFT": (1, 3), b"Tile": (1,), b"Upsample": (1,),
}  # fmt: skip
"""Inputs that determine the size of an operator's output, for operators that can enlarge their inputs."""

_MODEL_GRAPH, _MODEL_OPSETS, _MODEL_TRAINING, _MODEL_FUNCTIONS = 7, 8, 20, 25
_GRAPH_NODE, _GRAPH_INITIALIZER, _GRAPH_INPUT, _GRAPH_SPARSE = 1, 5, 11, 15
_NODE_INPUT, _NODE_OUTPUT, _NODE_TYPE, _NODE_ATTRIBUTE, _NODE_DOMAIN = 1, 2, 4, 5, 7
_ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS, _ATTRIBUTE_SPARSE = (5, 10), (6, 11), (22, 23)
_TENSOR_EXTERNAL, _TENSOR_LOCATION = 13, 14
_NAME, _OPSET_DOMAIN = 1, 1


def check_graph(path: Path, data: bytes) -> None:
    """Reject a model that reads other files, or whose time or memory depend on its input.

    Args:
        path: the file, for the error.
        data: its content.

    Raises:
        ModelError: it is rejected or damaged.
    """
    try:
        _Checker(path).model(memoryview(data))
    except (ValueError, IndexError) as error:
        raise ModelError(
            path, "is not an ONNX model that can be loaded", remedy="create it with 'emgctl train'"
        ) from error


class _Checker:
    def __init__(self, path: Path) -> None:
        self._path, self._left = path, MOST_FIELDS

    def model(self, data: memoryview) -> None:
        graphs = 0
        for number, value in self._fields(data):
            graphs += number == _MODEL_GRAPH
            if graphs > 1:  # a parser would merge them, and what depends on the signal would not be known
                raise self._refused("contains its graph in several parts")
            if number == _MODEL_TRAINING:
                raise self._refused("contains training information, which decoders do not need")
            if number == _MODEL_FUNCTIONS:
                raise self._refused("contains custom functions")
            if number == _MODEL_OPSETS:
                self._domain([bytes(one) for field, one in self._fields(value) if field == _OPSET_DOMAIN])
            if number == _MODEL_GRAPH:
                self._graph(value)

    def _graph(self, data: memoryview) -> None:
        parts = list(self._fields(data))
        decoded: set[bytes] = set()
        for number, value in parts:
            if number == _GRAPH_SPARSE:
                raise self._refused("contains sparse tensors")
            if number == _GRAPH_INITIALIZER:
                self._tensor(value)
            if number == _GRAPH_INPUT:
                decoded |= {bytes(one) for field, one in self._fields(value) if field == _NAME}
        for number, value in parts:
            if number == _GRAPH_NODE:
                self._node(value, decoded)

    def _node(self, data: memoryview, decoded: set[bytes]) -> None:
        """Check one operator; ``decoded`` are the values that depend on the signal; its outputs may be added."""
        inputs: list[bytes] = []
        outputs: list[bytes] = []
        kind = b""
        for number, value in self._fields(data):
            if number == _NODE_INPUT:
                inputs.append(bytes(value))
            elif number == _NODE_OUTPUT:
                outputs.append(bytes(value))
            elif number == _NODE_TYPE:
                kind = bytes(value)
            elif number == _NODE_DOMAIN:
                self._domain([bytes(value)])
            elif number == _NODE_ATTRIBUTE:
                self._attribute(value)
        sizes = [inputs[place] for place in SIZE_INPUTS.get(kind, ()) if place < len(inputs)]
        if decoded.intersection(sizes):
            raise self._refused(f"contains an operator {_shown(kind)} whose size depends on the signal")
        if kind not in (b"Shape", b"Size") and decoded.intersection(inputs):
            decoded.update(outputs)

    def _attribute(self, data: memoryview) -> None:
        for number, value in self._fields(data):
            if number in _ATTRIBUTE_GRAPHS:
                raise self._refused("contains a loop or a branch (Loop, Scan, If) with unknown run time")
            if number in _ATTRIBUTE_SPARSE:
                raise self._refused("contains sparse tensors")
            if number in _ATTRIBUTE_TENSORS:
                self._tensor(value)

    def _tensor(self, data: memoryview) -> None:
        for number, _ in self._fields(data, everything=True):
            if number in (_TENSOR_EXTERNAL, _TENSOR_LOCATION):
                raise self._refused("stores data in another file, which is not read")

    def _domain(self, names: list[bytes]) -> None:
        for name in names:
            if name not in DOMAINS:
                raise self._refused(f"needs operators of {_shown(name)}, which are not ONNX's own")

    def _fields(self, data: memoryview, everything: bool = False) -> Iterator[tuple[int, memoryview]]:
        """Number and content of each field of a message that has a length; with ``everything``, also of all others.

        Raises:
            ValueError, IndexError: it is damaged.
        """
        at = 0
        while at < len(data):
            self._left -= 1
            if self._left < 0:
                raise self._refused(f"has more than {MOST_FIELDS} parts")
            tag, at = _varint(data, at)
            number, wire = tag >> 3, tag & 7
            begin = at
            if wire == 0:
                _, at = _varint(data, at)
            elif wire == 1:
                at += 8
            elif wire == 2:
                length, begin = _varint(data, at)
                at = begin + length
            elif wire == 5:
                at += 4
            else:
                raise ValueError("a group, which ONNX does not have")
            if at > len(data) or not number:
                raise ValueError("it is truncated")
            if wire == 2 or everything:
                yield number, data[begin:at]

    def _refused(self, why: str) -> ModelError:
        return ModelError(self._path, f"{why}, so it is not loaded", remedy="use only trusted models")


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number of more than 64 bits")


def _shown(name: bytes) -> str:
    return f"'{quoted(name.decode(errors='replace'))}'"
