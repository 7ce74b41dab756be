"""pylsl: loading it, as its settings can't be changed afterwards, and its errors."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from emgctl.errors import DeviceError, EmgctlError, missing_extra, quoted

Result = TypeVar("Result")
_SLICE_S = 0.8

# liblsl's lsl_api.cfg (labstreaminglayer.readthedocs.io): it keeps its warnings to itself, and, unless streams are for
# the network, they are found on this computer only
_QUIET = "[log]\nlevel = -3\n"
_HERE_ONLY = "[multicast]\nResolveScope = machine\nListenAddress = 127.0.0.1\n"


def pylsl(who: str, network: bool = True) -> Any:
    """The module; without ``network``, streams are told of to this computer only, if it is loaded for the first time.

    Raises:
        DeviceError: it is not installed, or has no liblsl.
    """
    if "pylsl" not in sys.modules and "LSLAPICFG" not in os.environ:
        settings = Path(tempfile.mkdtemp(prefix="emgctl-lsl-")) / "lsl_api.cfg"
        settings.write_text(_QUIET + ("" if network else _HERE_ONLY), encoding="ascii")
        os.environ["LSLAPICFG"] = str(settings)
    try:
        import pylsl as module
    except ImportError as error:
        raise missing_extra(who, "pylsl", "lsl") from error
    except RuntimeError as error:  # pylsl is there, liblsl is not
        raise DeviceError(who, "liblsl is missing", "see https://github.com/sccn/liblsl/releases") from error
    return module


@contextmanager
def calls(where: str) -> Iterator[None]:
    """Turn whatever pylsl raises into a DeviceError of ``where``: a lost stream, a timeout, an error of liblsl."""
    try:
        yield
    except EmgctlError:
        raise
    except Exception as error:
        raise DeviceError(where, quoted(error).rstrip(".") or type(error).__name__) from error


def patient(call: Callable[[float], Result], wait_s: float) -> Result:
    """Repeat a call of pylsl that takes a timeout, until ``wait_s`` are over: in between, signals are handled.

    Raises:
        Exception: what the call raises; after ``wait_s`` its own TimeoutError.
    """
    until_s = time.monotonic() + wait_s
    while True:
        try:
            return call(min(_SLICE_S, max(until_s - time.monotonic(), 0.05)))
        except Exception as error:  # pylsl's own TimeoutError, which is not the built-in one
            if type(error).__name__ != "TimeoutError" or time.monotonic() >= until_s:
                raise
