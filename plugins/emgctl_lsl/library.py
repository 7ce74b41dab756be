"""pylsl: loading it, with settings that cannot be changed afterwards, and translating its errors."""

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

# liblsl's lsl_api.cfg (labstreaminglayer.readthedocs.io): no warnings on the terminal, and discovery on this computer
# only, unless the network is enabled
_QUIET = "[log]\nlevel = -3\n"
_HERE_ONLY = "[multicast]\nResolveScope = machine\nListenAddress = 127.0.0.1\n"


def pylsl(who: str, network: bool = True) -> Any:
    """Load the module; the first load without ``network`` limits stream discovery to this computer.

    Raises:
        DeviceError: it or liblsl is not installed.
    """
    if "pylsl" not in sys.modules and "LSLAPICFG" not in os.environ:
        settings = Path(tempfile.mkdtemp(prefix="emgctl-lsl-")) / "lsl_api.cfg"
        settings.write_text(_QUIET + ("" if network else _HERE_ONLY), encoding="ascii")
        os.environ["LSLAPICFG"] = str(settings)
    try:
        import pylsl as module
    except ImportError as error:
        raise missing_extra(who, "pylsl", "lsl") from error
    except RuntimeError as error:  # pylsl is installed without liblsl
        raise DeviceError(who, "liblsl is missing", "see https://github.com/sccn/liblsl/releases") from error
    return module


@contextmanager
def calls(where: str) -> Iterator[None]:
    """Convert any pylsl exception (lost stream, timeout, liblsl error) into a DeviceError of ``where``."""
    try:
        yield
    except EmgctlError:
        raise
    except Exception as error:
        raise DeviceError(where, quoted(error).rstrip(".") or type(error).__name__) from error


def patient(call: Callable[[float], Result], wait_s: float) -> Result:
    """Repeat a pylsl call that takes a timeout until ``wait_s`` have passed, handling signals in between.

    Raises:
        Exception: whatever the call raises; after ``wait_s`` its own TimeoutError.
    """
    until_s = time.monotonic() + wait_s
    while True:
        try:
            return call(min(_SLICE_S, max(until_s - time.monotonic(), 0.05)))
        except Exception as error:  # pylsl's own TimeoutError, not the built-in one
            if type(error).__name__ != "TimeoutError" or time.monotonic() >= until_s:
                raise
