"""Libraries of compiled code, which on Windows need Microsoft's runtime of Visual C++."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from emgctl.errors import DeviceError
from emgctl.extras import sized_remedy
from emgctl.support.diagnostics import Diagnostic

_NO_SUCH_MODULE = 126  # Windows's ERROR_MOD_NOT_FOUND, which torch passes on
_GET_RUNTIME = (
    "install the Visual C++ Redistributable, version 2019 or newer, from "
    "https://learn.microsoft.com/cpp/windows/latest-supported-vc-redist, and start again"
)


def native_library(module: str) -> Any:
    """A library of the core, such as onnxruntime.

    Raises:
        DeviceError: it can't be loaded, with the remedy.
    """
    try:
        return import_module(module)
    except (ImportError, OSError) as error:
        raise load_failure(module, error) or DeviceError(
            module, f"can't be loaded: {error}", f"run: pip install --force-reinstall {module}"
        ) from error


def load_failure(module: str, error: ImportError | OSError) -> DeviceError | None:
    """The error for a library whose own libraries Windows does not find; None for another failure.

    onnxruntime's page of requirements names the redistributable: https://onnxruntime.ai/docs/install
    """
    not_found = "DLL load failed" in str(error) or getattr(error, "winerror", None) == _NO_SUCH_MODULE
    if sys.platform == "win32" and not_found:
        return DeviceError(module, "can't be loaded: the runtime of Visual C++ is missing or too old", _GET_RUNTIME)
    return None


def loads(module: str, extra: str) -> Diagnostic:
    """Whether a library can be loaded, which is tried."""
    what = f"package {module}"
    try:
        native_library(module)
    except DeviceError as error:
        missing = isinstance(error.__cause__, ModuleNotFoundError)
        remedy = sized_remedy(extra) if missing else error.remedy
        return Diagnostic(what, False, "not installed" if missing else error.problem, remedy)
    return Diagnostic(what, True, "installed")
