"""Checks whether this computer's Bluetooth is usable."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from emgctl.support import macos_permissions
from emgctl.support.diagnostics import Diagnostic, library

_ASKING_S = 5.0


def findings(extra: str, hint: str = "") -> Iterator[Diagnostic]:
    """Check what a device over Bluetooth needs; on Windows, scanning reports what is missing.

    ``extra`` installs bleak; ``hint`` is added where an adapter has to be plugged in.
    """
    bleak = library("bleak", extra)
    yield bleak
    if sys.platform == "darwin":
        if bleak.good:
            yield macos_permissions.bluetooth()
        return
    if sys.platform != "linux":
        yield Diagnostic("Bluetooth", True, "provided by the system; 'emgctl devices' tests it")
        return
    program = shutil.which("bluetoothctl")
    if program is None:
        yield Diagnostic("service BlueZ", False, "not installed", "run: sudo apt install bluez")
        return
    yield Diagnostic("service BlueZ", True, "installed")
    adapters = [path.name for path in Path("/sys/class/bluetooth").glob("hci*") if ":" not in path.name]
    if not adapters:
        remedy = f"plug in a Bluetooth Low Energy adapter {hint}".rstrip()
        yield Diagnostic("Bluetooth adapter", False, "not found", remedy)
        return
    try:
        asked = subprocess.run(  # noqa: S603
            [program, "show"], capture_output=True, encoding="utf-8", errors="replace", timeout=_ASKING_S, check=False
        )
        output = asked.stdout
    except (OSError, subprocess.TimeoutExpired):
        output = ""
    if "Controller" not in output:
        yield Diagnostic(
            "Bluetooth adapter", False, "the service does not respond", "run: sudo systemctl start bluetooth"
        )
    elif "Powered: yes" not in output:
        yield Diagnostic("Bluetooth adapter", False, f"{adapters[0]} is off", "run: bluetoothctl power on")
    else:
        yield Diagnostic("Bluetooth adapter", True, f"{adapters[0]} is on")
