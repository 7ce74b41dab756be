"""Finds the files of a data set."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path


def files_in(path: Path, matches: Callable[[Path], bool], levels: int = 1) -> list[Path]:
    """The files that match in a folder and down to ``levels`` of folders, or ``path`` itself if it is such a file.

    Numbers in names are ordered as numbers, so that recordings come in the order they were made. Hidden files (those
    that begin with a dot) are left out.
    """
    if not path.is_dir():
        return [path] if matches(path) else []
    patterns = ("/".join("*" * depth) for depth in range(1, levels + 1))
    found = (file for pattern in patterns for file in path.glob(pattern))
    return sorted((f for f in found if matches(f) and f.is_file() and not f.name.startswith(".")), key=_in_order)


def _in_order(path: Path) -> tuple[list[str | int], ...]:
    return tuple(
        [int(part) if place % 2 else part for place, part in enumerate(re.split(r"(\d+)", name))] for name in path.parts
    )
