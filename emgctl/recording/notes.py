"""What a reader assumed or left out, reported once for all files of a data set."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from emgctl.errors import quoted

log = logging.getLogger(__name__)
_notes: ContextVar[dict[str, list[str]] | None] = ContextVar("notes", default=None)


def note(path: Path | str, text: str) -> None:
    """Report that something in a file was assumed, or is not read; at once, or when the data set has been read."""
    notes = _notes.get()
    if notes is None:
        log.warning("%s: %s", quoted(path), quoted(text, 600))
    else:
        notes.setdefault(text, []).append(str(path))


@contextmanager
def noting() -> Iterator[None]:
    """Gather the notes of what is read inside, and report each once, with the number of files that it is about."""
    if _notes.get() is not None:  # a reader that reads through another one
        yield
        return
    found: dict[str, list[str]] = {}
    token = _notes.set(found)
    try:
        yield
    finally:
        _notes.reset(token)
    for text, paths in found.items():
        files = list(dict.fromkeys(paths))
        more = f" (and {len(files) - 1} more files)" if len(files) > 1 else ""
        note(f"{files[0]}{more}", text)
