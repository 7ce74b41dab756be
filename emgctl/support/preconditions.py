"""Checks before hours of work: is the library installed, and can the result be written?"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path

from emgctl.errors import FileError, missing_extra

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


def check_writable(*paths: Path | None) -> None:
    """Check that files can be written, before the work whose result they are to hold.

    Raises:
        FileError: the folder does not exist or may not be written to, or the path is a folder.
    """
    for path in paths:
        if path is None or str(path) == "-":
            continue
        if path.is_dir():
            raise FileError(path, "can't be written: it is a folder", remedy="name a file")
        if not path.parent.is_dir():
            raise FileError(path, "can't be written: its folder does not exist", remedy="make the folder first")
        if not os.access(path.parent, os.W_OK):
            raise FileError(path, "can't be written: its folder is read-only for you", remedy="choose another folder")
