"""Makes pseudo-terminals, on which simulated devices pass for serial ports."""

from __future__ import annotations

import os
import sys

from emgctl.errors import DeviceError


def pseudo_terminal(who: str) -> tuple[int, int, str]:
    """The descriptors of a device's end and of a computer's end, and the name by which the computer opens its own.

    Raises:
        DeviceError: this system has none.
    """
    if sys.platform == "win32":
        raise DeviceError(who, "this system has no pseudo-terminals", "use Linux or macOS")
    import tty

    line, port = os.openpty()
    tty.setraw(port)
    return line, port, os.ttyname(port)
