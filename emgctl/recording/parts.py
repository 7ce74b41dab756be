"""``FILE#PART``: one of several recordings that were made at the same time and are in one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from emgctl.errors import FileError
from emgctl.plugin import DatasetReader, HasParts
from emgctl.types import Recording

MARK = "#"


def split_part(argument: str) -> tuple[str, str]:
    """The path and the part in ``PATH#PART`` or ``KIND:PATH#PART``; no part if a file has the whole name."""
    places = [place for place, sign in enumerate(argument) if sign == MARK]
    if places and not _exists(argument):
        for place in places:
            if place + 1 < len(argument) and _exists(argument[:place]):
                return argument[:place], argument[place + 1 :]
    return argument, ""


def read_parts(reader: type[DatasetReader], path: Path, part: str, every: bool) -> Sequence[Recording]:
    """The recordings of a file: those of ``part``, of each one if ``every``, or what the reader takes by itself.

    Raises:
        FileError: a part is named, but files of this format have none.
    """
    one: object = reader  # a class that has the methods is what is looked for
    found = one if isinstance(one, HasParts) else None
    if part:
        if found is None:
            raise FileError(path, f"has no parts to choose '{part}' from", remedy=f"leave out {MARK}{part}")
        return found.read_part(path, part)
    if every and found is not None and path.is_file() and len(parts := found.parts(path)) > 1:
        return [recording for name in parts for recording in found.read_part(path, name)]
    return reader.read(path)


def _exists(argument: str) -> bool:
    _, colon, rest = argument.partition(":")
    return Path(argument).exists() or (bool(colon) and bool(rest) and Path(rest).exists())
