"""The few lines of Protocol Buffers that changing a model file takes, so that onnx need not be installed.

Field numbers are those of onnx.proto. Only for files of emgctl's own, which hold numbers and messages; what may come
from strangers is checked by emgctl.inference.onnx_graph first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

MODEL_GRAPH, MODEL_METADATA = 7, 14
GRAPH_INITIALIZER, GRAPH_INPUT = 5, 11
FLOAT, INT64 = 1, 7
_DIMS, _TYPE, _NAME, _RAW = 1, 2, 8, 9

Array = NDArray[Any]


def tensor(name: str, array: Array) -> bytes:
    """The message of an initializer: whole numbers of 64 bits, or floats of 32."""
    whole = array.dtype.kind == "i"
    data = array.astype("<i8" if whole else "<f4").tobytes()
    dims = b"".join(number(_DIMS, size) for size in array.shape)
    return dims + number(_TYPE, INT64 if whole else FLOAT) + field(_NAME, name.encode()) + field(_RAW, data)


def floats(message: bytes) -> tuple[str, NDArray[np.float32] | None]:
    """Name and values, flat, of an initializer; None where it holds something else than raw floats of 32 bits."""
    found = {place: (content, whole) for place, content, whole in fields(message)}
    name = found[_NAME][0].decode() if _NAME in found else ""
    if _RAW not in found or found.get(_TYPE, (b"", b""))[1] != number(_TYPE, FLOAT):
        return name, None
    return name, np.frombuffer(found[_RAW][0], "<f4")


def metadata(key: str, text: str) -> bytes:
    """The field of a model's metadata."""
    return field(MODEL_METADATA, field(1, key.encode()) + field(2, text.encode()))


def number(place: int, value: int) -> bytes:
    """A field that is a number."""
    return _varint(place << 3) + _varint(value)


def field(place: int, content: bytes) -> bytes:
    """A field that is a message or text."""
    return _varint(place << 3 | 2) + _varint(len(content)) + content


def fields(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Number, content and whole of each field of a message that holds only numbers and messages."""
    at = 0
    while at < len(data):
        start = at
        tag, at = _read_varint(data, at)
        size, at = _read_varint(data, at)
        begin, at = at, at + size * (tag & 7 == 2)
        yield tag >> 3, data[begin:at], data[start:at]


def value(whole: bytes) -> int:
    """The value of a field that is a number, as :func:`fields` gives the whole of it."""
    return _read_varint(whole, _read_varint(whole, 0)[1])[0]


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at
