"""The nodes of an ONNX graph, to be replaced by others that compute the same; without the package onnx."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from emgctl.inference.onnx_fields import GRAPH_INITIALIZER, MODEL_GRAPH, field, fields, floats, number, tensor, value

_GRAPH_NODE, _GRAPH_OUTPUT, _VALUE_NAME = 1, 12, 1
_INPUT, _OUTPUT, _TYPE, _ATTRIBUTE = 1, 2, 4, 5
_ATTRIBUTE_NAME, _ATTRIBUTE_INT, _ATTRIBUTE_INTS, _ATTRIBUTE_KIND = 1, 3, 8, 20
_INT, _INTS = 2, 7
_TENSOR_DIMS, _TENSOR_NAME = 1, 8


@dataclass(frozen=True, slots=True)
class Node:
    """One operator, and the other fields of its message, which stay as they are."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    rest: bytes = b""

    @classmethod
    def read(cls, message: bytes) -> Node:
        """Parse its message."""
        parts: dict[int, list[str]] = {_INPUT: [], _OUTPUT: [], _TYPE: []}
        rest = b""
        for place, content, whole in fields(message):
            if place in parts:
                parts[place].append(content.decode())
            else:
                rest += whole
        return cls("".join(parts[_TYPE]), tuple(parts[_INPUT]), tuple(parts[_OUTPUT]), rest)

    @classmethod
    def of(cls, kind: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: int | Sequence[int]) -> Node:
        """An operator with whole numbers as attributes."""
        return cls(kind, tuple(inputs), tuple(outputs), b"".join(_attribute(*one) for one in attributes.items()))

    def whole_number(self, name: str, otherwise: int) -> int:
        """This attribute of an operator that has only whole numbers; ``otherwise`` where it is not there."""
        for attribute in (content for place, content, _ in fields(self.rest) if place == _ATTRIBUTE):
            found = {place: (content, whole) for place, content, whole in fields(attribute)}
            if found[_ATTRIBUTE_NAME][0].decode() == name:
                return value(found[_ATTRIBUTE_INT][1])
        return otherwise

    def to_bytes(self) -> bytes:
        """Its message."""
        parts = {_INPUT: self.inputs, _OUTPUT: self.outputs, _TYPE: (self.kind,)}
        return b"".join(field(place, one.encode()) for place, names in parts.items() for one in names) + self.rest


@dataclass(frozen=True, slots=True)
class Graph:
    """The nodes of a model, its initializers and the names of what it puts out.

    ``shapes`` are those of the initializers, ``numbers`` the values of those that are one float.
    """

    nodes: tuple[Node, ...]
    shapes: dict[str, tuple[int, ...]]
    numbers: dict[str, float]
    outputs: tuple[str, ...]

    @classmethod
    def read(cls, data: bytes) -> Graph:
        """Parse a model that has passed ``check_graph``."""
        nodes, outputs = list[Node](), list[str]()
        shapes, numbers = dict[str, tuple[int, ...]](), dict[str, float]()
        for place, content, _ in fields(_graph(data)):
            if place == _GRAPH_NODE:
                nodes.append(Node.read(content))
            elif place == GRAPH_INITIALIZER:
                name, shape = _name_and_shape(content)
                shapes[name] = shape
                values = floats(content)[1] if shape in ((), (1,)) else None
                if values is not None and len(values) == 1:
                    numbers[name] = float(values[0])
            elif place == _GRAPH_OUTPUT:
                outputs += [name.decode() for number, name, _ in fields(content) if number == _VALUE_NAME]
        return cls(tuple(nodes), shapes, numbers, tuple(outputs))

    @property
    def window(self) -> str:
        """What the operators need that none of them computes and the file does not hold."""
        made = {name for node in self.nodes for name in node.outputs} | self.shapes.keys()
        return next((name for node in self.nodes for name in node.inputs if name and name not in made), "")

    def source(self, name: str, kinds: Sequence[str]) -> str | None:
        """What ``name`` is made of by operators of these ``kinds``, the last one first; None if by others."""
        for kind in kinds:
            node = next((node for node in self.nodes if name in node.outputs), None)
            if node is None or node.kind != kind:
                return None
            name = node.inputs[0]
        return name

    def needed(self, nodes: Iterable[Node]) -> list[Node]:
        """Those of ``nodes``, in the order in which they run, that an output depends on."""
        wanted, kept = set(self.outputs), list[Node]()
        for node in reversed(list(nodes)):
            if wanted.intersection(node.outputs):
                wanted.update(node.inputs)
                kept.append(node)
        return kept[::-1]


def with_nodes(data: bytes, nodes: Iterable[Node], added: Mapping[str, NDArray[Any]]) -> bytes:
    """The model with other nodes and some more initializers."""
    first = b"".join(field(_GRAPH_NODE, node.to_bytes()) for node in nodes)
    last = b"".join(field(GRAPH_INITIALIZER, tensor(name, array)) for name, array in added.items())
    kept = b"".join(whole for place, _, whole in fields(_graph(data)) if place != _GRAPH_NODE)
    whole_graph = field(MODEL_GRAPH, first + kept + last)
    return b"".join(whole_graph if place == MODEL_GRAPH else whole for place, _, whole in fields(data))


def _graph(data: bytes) -> bytes:
    return next(content for place, content, _ in fields(data) if place == MODEL_GRAPH)


def _name_and_shape(message: bytes) -> tuple[str, tuple[int, ...]]:
    name, shape = "", list[int]()
    for place, content, whole in fields(message):
        if place == _TENSOR_NAME:
            name = content.decode()
        elif place == _TENSOR_DIMS:
            shape.append(value(whole))
    return name, tuple(shape)


def _attribute(name: str, given: int | Sequence[int]) -> bytes:
    several = not isinstance(given, int)
    place, kind = (_ATTRIBUTE_INTS, _INTS) if several else (_ATTRIBUTE_INT, _INT)
    values = b"".join(number(place, one) for one in ([given] if isinstance(given, int) else given))
    return field(_ATTRIBUTE, field(_ATTRIBUTE_NAME, name.encode()) + values + number(_ATTRIBUTE_KIND, kind))
