"""Checks before hours of work: is the library installed, and can the result be written?"""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emgctl.errors import FileError, missing_extra

if TYPE_CHECKING:
    from emgctl.training.data.splits import Split

log = logging.getLogger(__name__)
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


def log_leaks(result: Mapping[str, Any]) -> None:
    """Log what makes a result too good, where a result that is piped elsewhere does not hide it."""
    for sentence in result["warnings"]:
        log.warning("warning: %s", sentence)


def log_leaky(split: Split) -> None:
    """Log why figures of a split are too good, if they are."""
    if split.leaks:
        log.warning("warning: split '%s': %s", split.text, split.said)
