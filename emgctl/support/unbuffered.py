"""Writes past a stream's buffer, whose lock, held by a write that blocks, would hang Python at its exit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from emgctl.support.plain_text import PLAIN


def unbuffered(stream: TextIO) -> Callable[[str], object]:
    """A function that writes text to where ``stream`` goes; what the stream has in its buffer is flushed first.

    On a console of Windows, the file below is Python's own, which shows UTF-8 whatever the console's code page is.
    """
    stream.flush()
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    if raw is None:  # no file at all, as in a notebook
        return stream.write
    encoding = stream.encoding or "utf-8"

    def write(text: str) -> None:
        data = text.encode(encoding, PLAIN)
        while data:
            data = data[raw.write(data) or len(data) :]

    return write
