"""Lines typed into stdin, for simulators, which do something else meanwhile."""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress

LONGEST = 1000  # bytes of a line; of a longer one nothing is kept
MOST = 100  # lines that wait; then the reading thread does, and after it the program that writes
_CHUNK = 4096


def typed_lines() -> Iterator[str]:
    """The lines typed into stdin, until its end; reading may block forever, so it needs a thread of its own.

    An end of the program while ``sys.stdin`` is read would abort it, so this reads the file below.
    """
    try:
        stdin = os.dup(sys.stdin.fileno())
    except (OSError, ValueError, AttributeError):  # closed, none (as under pythonw), or no file
        return
    with suppress(OSError), os.fdopen(stdin, "rb", buffering=0) as file:  # it can be closed, gone or for writing only
        began, too_long = b"", False
        while chunk := file.read(_CHUNK):
            *lines, began = (began + chunk).split(b"\n")
            for line in lines:
                if too_long or len(line) > LONGEST:
                    yield f"{line[:LONGEST].decode(errors='replace')}..."
                else:
                    yield line.decode(errors="replace")
                too_long = False
            if len(began) > LONGEST:
                began, too_long = b"", True


class TypedLines:
    """The same, read by a thread: Windows can't wait for stdin and a device together, as ``select`` does elsewhere."""

    def __init__(self) -> None:
        self._lines: queue.Queue[str] = queue.Queue(MOST)
        threading.Thread(target=self._read, name="typed lines", daemon=True).start()

    def next(self) -> str | None:
        """The next line; None where none has been typed since."""
        try:
            return self._lines.get_nowait()
        except queue.Empty:
            return None

    def _read(self) -> None:
        for line in typed_lines():
            self._lines.put(line)
