"""Whether programs can create virtual devices here: Linux's /dev/uinput, for gamepads and keyboards."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from emgctl.support.diagnostics import Diagnostic

NODE = Path("/dev/uinput")
MISSING = "there is no /dev/uinput", "run: sudo modprobe uinput (in a container: on its host)"
_RULE = 'KERNEL=="uinput", SUBSYSTEM=="misc", OPTIONS+="static_node=uinput", TAG+="uaccess"'
DENIED = (
    "no permission to open /dev/uinput",
    f"run: echo '{_RULE}' | sudo tee /etc/udev/rules.d/60-uinput.rules && sudo udevadm control --reload && "
    "sudo udevadm trigger /dev/uinput and log in again",
)


def problem() -> tuple[str, str] | None:
    """What is wrong with /dev/uinput, and what to do; None if it can be used."""
    if sys.platform == "win32":
        return MISSING
    try:
        os.close(os.open(NODE, os.O_WRONLY | os.O_NONBLOCK))
    except PermissionError:
        return DENIED
    except OSError:
        return MISSING
    return None


def finding() -> Diagnostic:
    """The same check for ``emgctl doctor``."""
    wrong = problem()
    return Diagnostic(str(NODE), not wrong, *(wrong or ("may be opened",)))
