"""Pipes to and from a process."""

from __future__ import annotations

from typing import IO


def piped(stream: IO[bytes] | None) -> IO[bytes]:
    """A process's standard stream.

    Raises:
        ValueError: it was not redirected into a pipe when the process was started.
    """
    if stream is None:
        raise ValueError("the process was started without this pipe")
    return stream
