"""Finds the files of a data set."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from emgctl.errors import FileError
from emgctl.support.atomic_write import check_regular

MOST_FILES = 100_000


def files_in(path: Path, matches: Callable[[Path], bool], levels: int = 1) -> list[Path]:
    """The files that match in a folder and down to ``levels`` of folders, or ``path`` itself if it is such a file.

    Numbers in names are ordered as numbers, so that recordings come in the order they were made. Hidden files (those
    that begin with a dot) are left out. Links inside a folder are not followed: somebody else's data set could name any
    file with them. The folder or file that is named may be a link itself.

    Raises:
        FileError: a file that matches, or its folder, is a link; it is a pipe or a device; there are too many.
    """
    if not path.is_dir():
        if not path.exists():
            return [path] if matches(path) else []
        check_regular(path)
        return [path] if matches(path) else []
    patterns = ("/".join("*" * depth) for depth in range(1, levels + 1))
    found = []
    for number, file in enumerate(file for pattern in patterns for file in path.glob(pattern)):
        if number >= MOST_FILES:
            raise FileError(path, f"holds more than {MOST_FILES} files", remedy="name a folder inside it")
        if file.name.startswith(".") or file.is_dir():
            continue
        check_own(path, file)
        if file.is_file() and matches(file):
            found.append(file)
    return sorted(found, key=_in_order)


def check_own(folder: Path, file: Path) -> None:
    """Refuse a file of a data set that is, or lies below, a link.

    Raises:
        FileError: it is or does.
    """
    inside = [file, *file.parents]
    if folder in inside:
        inside = inside[: inside.index(folder)]
    for one in inside:
        if one.is_symlink():
            raise FileError(one, "is a link, which is not followed in a data set", remedy="put the file itself there")


def _in_order(path: Path) -> tuple[list[str | int], ...]:
    return tuple(
        [int(part) if place % 2 else part for place, part in enumerate(re.split(r"(\d+)", name))] for name in path.parts
    )
