"""Writes past a stream's buffer, whose lock, held by a write that blocks, would hang Python at its exit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO


def unbuffered(stream: TextIO) -> Callable[[str], object]:
    """A function that writes text to where ``stream`` goes; what the stream has in its buffer is flushed first."""
    stream.flush()
    try:  # not FileIO, as a console of Windows has another class
        file = open(stream.fileno(), "wb", buffering=0, closefd=False)  # noqa: SIM115 - as long as the process
    except OSError:  # no file at all, as in a notebook
        return stream.write
    encoding = stream.encoding or "utf-8"

    def write(text: str) -> None:
        data = text.encode(encoding, "replace")
        while data:
            data = data[file.write(data) or 0 :]

    return write
