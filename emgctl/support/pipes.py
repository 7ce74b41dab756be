"""Pipes to and from a process."""

from __future__ import annotations

import errno
import os
import sys
from typing import IO


def piped(stream: IO[bytes] | None) -> IO[bytes]:
    """A process's standard stream.

    Raises:
        ValueError: it was not redirected into a pipe when the process was started.
    """
    if stream is None:
        raise ValueError("the process was started without this pipe")
    return stream


def reader_left(error: OSError) -> bool:
    """Whether writing failed since the program that read our output has ended, as with ``| head`` or ``| more``.

    Windows reports it as EINVAL, which is also its error for a wrong file name (https://bugs.python.org/issue35754).
    """
    on_windows = sys.platform == "win32" and error.errno == errno.EINVAL and error.filename is None
    return isinstance(error, BrokenPipeError) or on_windows


def drop_output() -> None:
    """Send what is still to be written to stdout nowhere, so that Python's end does not fail to write it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def taken_stdout(elsewhere: int = 2) -> IO[bytes]:
    """This process's stdout, for bytes; what is printed from now on goes to another descriptor, by default stderr.

    It has a buffer, since a signal cuts short what is written without one: flush it after each message.
    """
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(elsewhere, 1)
    return sink


def own_stdin() -> IO[bytes]:
    """This process's stdin for a thread of its own; one that waited in ``sys.stdin`` would abort the process's end."""
    return os.fdopen(os.dup(0), "rb", buffering=0)
