"""Loading pylsl, whose settings can't be changed afterwards."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from emgctl.errors import DeviceError, missing_extra

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
