"""Whether this computer's Bluetooth can be used."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from emgctl.support.diagnostics import Finding, library

_ASKING_S = 5.0


def findings() -> Iterator[Finding]:
    """What an armband over Bluetooth needs; on Windows and macOS the scan itself tells what is missing."""
    yield library("bleak", "myo")
    if sys.platform != "linux":
        yield Finding("Bluetooth", True, "is the system's; 'emgctl devices' tries it")
        return
    program = shutil.which("bluetoothctl")
    if program is None:
        yield Finding("service BlueZ", False, "not installed", "run: sudo apt install bluez")
        return
    yield Finding("service BlueZ", True, "installed")
    adapters = [path.name for path in Path("/sys/class/bluetooth").glob("hci*") if ":" not in path.name]
    if not adapters:
        remedy = "plug in an adapter that speaks Low Energy (the Myo's own blue dongle is none that Linux can use)"
        yield Finding("Bluetooth adapter", False, "there is none", remedy)
        return
    try:
        asked = subprocess.run([program, "show"], capture_output=True, text=True, timeout=_ASKING_S, check=False)  # noqa: S603
        said = asked.stdout
    except (OSError, subprocess.TimeoutExpired):
        said = ""
    if "Controller" not in said:
        yield Finding("Bluetooth adapter", False, "the service does not answer", "run: sudo systemctl start bluetooth")
    elif "Powered: yes" not in said:
        yield Finding("Bluetooth adapter", False, f"{adapters[0]} is off", "run: bluetoothctl power on")
    else:
        yield Finding("Bluetooth adapter", True, f"{adapters[0]} is on")
