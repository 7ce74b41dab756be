"""Optional libraries, imported when a file needs them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from emgctl.errors import missing_extra
from emgctl.support.quiet import quiet


def library(path: Path, module: str, package: str = "", extra: str = "datasets") -> Any:
    """The module that reads or writes ``path``; ``package`` is its name for pip, where that is another one.

    Raises:
        DeviceError: it is not installed; with the command that installs it.
    """
    try:
        with quiet():
            return import_module(module)
    except ImportError as error:
        raise missing_extra(str(path), package or module.partition(".")[0], extra) from error
