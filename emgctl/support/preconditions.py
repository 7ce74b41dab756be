"""Checks before hours of work: is the library installed, and can the result be written?"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from emgctl.errors import FileError, UsageError, missing_extra, unusual_path

Progress = Callable[[str, int, int], None]
"""Called with the name of the step, how much of it is done and how much there is."""


def no_progress(_what: str, _done: int, _total: int) -> None:
    """Show nothing."""


def needs_train_extra(command: str, *packages: str) -> None:
    """Check that packages of the ``train`` extra are installed.

    Raises:
        DeviceError: one is missing, with the command that installs it.
    """
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise missing_extra(f"emgctl {command}", package, "train")


def check_writable(*paths: Path | None, read: Iterable[str | Path | None] = ()) -> None:
    """Check that files can be written, before the work whose result they are to hold.

    Args:
        paths: the files; None and ``-`` are none.
        read: what the work reads, as ``PATH`` or ``KIND:PATH``.

    Raises:
        UsageError: a file is read, too, so that the result would overwrite it, or two results have one name.
        FileError: the folder does not exist or may not be written to, or the path is a folder.
    """
    inputs = [Path(name) for one in read if one for name in (str(one), str(one).partition(":")[2]) if name]
    written: set[Path] = set()
    for path in paths:
        if path is None or str(path) == "-":
            continue
        if any(_same_file(path, one) for one in inputs):
            raise UsageError(f"{path} is what is read, and the result would overwrite it; name another file")
        if path.resolve() in written:
            raise UsageError(f"{path} is named for two results; name two files")
        written.add(path.resolve())
        if path.is_dir():
            raise FileError(path, "can't be written: it is a folder", remedy="name a file")
        if not path.parent.is_dir():
            remedy = unusual_path(path) or "make the folder first"
            raise FileError(path, "can't be written: its folder does not exist", remedy=remedy)
        if not os.access(path.parent, os.W_OK):
            raise FileError(path, "can't be written: its folder is read-only for you", remedy="choose another folder")


def _same_file(path: Path, other: Path) -> bool:
    """Whether two paths lead to one file that exists."""
    try:
        return path.is_file() and path.samefile(other)
    except (OSError, ValueError):  # ValueError: a name with a zero byte
        return False
