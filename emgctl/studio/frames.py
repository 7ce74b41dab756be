"""Frames between a run and the studio's server, which are connected by pipes.

A frame is its payload's length (uint32) and kind (uint8), little-endian, and the payload: JSON, or samples as the index
of the first (uint64), the number of channels (uint32), the length of the input's name (uint32), the name, and float32
values, sample by sample.
"""

from __future__ import annotations

import contextlib
import json
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

from emgctl.types import Samples

LONGEST = 16_000_000
_HEAD, _SAMPLES = struct.Struct("<IB"), struct.Struct("<QII")
_JSON_KIND, _SAMPLES_KIND = 0, 1


@dataclass(frozen=True, slots=True)
class SamplesFrame:
    """Consecutive ``samples`` ``(T, C)``; ``start`` is the index of the first.

    ``input`` is the name of the input that they are of, "" where the run has one only.
    """

    start: int
    samples: Samples
    input: str = ""


Frame = Mapping[str, Any] | SamplesFrame


def encode(frame: Frame) -> bytes:
    """The bytes of a frame."""
    if isinstance(frame, SamplesFrame):
        name = frame.input.encode()
        head = _SAMPLES.pack(frame.start, frame.samples.shape[1], len(name))
        payload = head + name + frame.samples.astype("<f4").tobytes()
        return _HEAD.pack(len(payload), _SAMPLES_KIND) + payload
    payload = json.dumps(frame, separators=(",", ":"), allow_nan=False).encode()
    return _HEAD.pack(len(payload), _JSON_KIND) + payload


def read_frames(stream: IO[bytes]) -> Iterator[Frame]:
    """The frames of a stream until it ends.

    Raises:
        ValueError: the bytes are no frames.
    """
    while len(head := _read(stream, _HEAD.size)) == _HEAD.size:
        length, kind = _HEAD.unpack(head)
        if length > LONGEST:
            raise ValueError(f"a frame of {length} bytes; the longest has {LONGEST}")
        payload = _read(stream, length)
        if len(payload) < length:
            return
        yield _decoded(kind, payload)


def take_messages(stream: IO[bytes], take: Callable[[Mapping[str, Any]], None]) -> None:
    """Pass the JSON frames of a stream on until it ends or breaks."""
    with contextlib.suppress(OSError, ValueError):
        for frame in read_frames(stream):
            if isinstance(frame, Mapping):
                take(frame)


def _decoded(kind: int, payload: bytes) -> Frame:
    if kind == _JSON_KIND:
        found = json.loads(payload)
        if not isinstance(found, dict):
            raise ValueError("a frame's JSON is not an object")
        return found
    if kind != _SAMPLES_KIND or len(payload) < _SAMPLES.size:
        raise ValueError(f"a frame of kind {kind} and {len(payload)} bytes")
    start, channels, length = _SAMPLES.unpack_from(payload)
    first = _SAMPLES.size + length
    if first > len(payload):
        raise ValueError(f"a name of {length} bytes in a frame of {len(payload)}")
    values = np.frombuffer(payload, "<f4", offset=first)
    if not channels or len(values) % channels:
        raise ValueError(f"{len(values)} values in a frame of {channels} channels")
    name = payload[_SAMPLES.size : first].decode()
    return SamplesFrame(start, values.reshape(-1, channels).astype(np.float32), name)


def _read(stream: IO[bytes], count: int) -> bytes:
    """So many bytes, fewer at the end of the stream."""
    parts = b""
    while len(parts) < count and (part := stream.read(count - len(parts))):
        parts += part
    return parts
