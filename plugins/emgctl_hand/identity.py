"""Identifies the device behind a port. Names are reused: after unplugging, another device may get the same one."""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path

_PSEUDO = range(136, 144)  # major numbers of pseudo-terminals on Linux


def identity(port: str) -> str:
    """Identify the device behind a port, "" if unknown; the same device always has the same identity.

    A USB device is identified by its names and numbers, a pseudo-terminal by its creation time, anything else by its
    device numbers.
    """
    usb = _usb(port)
    if usb or sys.platform == "win32":
        return usb
    try:
        found = Path(port).stat()
    except OSError:
        return ""
    if not stat.S_ISCHR(found.st_mode):
        return ""
    major, minor = os.major(found.st_rdev), os.minor(found.st_rdev)
    if major in _PSEUDO or os.path.realpath(port).startswith("/dev/ttys"):  # Linux, macOS
        made = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(found.st_ctime))
        return f"pseudo-terminal {minor} made at {made}.{found.st_ctime_ns % 10**9:09} UTC"
    return f"character device {major}:{minor}"


def _usb(port: str) -> str:
    """Vendor, product and serial number of a USB device as text."""
    if port.startswith("/dev/pts/"):
        return ""
    try:
        from serial.tools import list_ports

        ports = list_ports.comports(include_links=True)
    except Exception:  # a system that does not list its ports may still open one
        return ""
    here = os.path.realpath(port)
    for one in ports:
        if one.device in (port, here) and one.vid is not None:
            names = " ".join(name for name in (one.manufacturer, one.product) if name)
            number = f" serial number {one.serial_number}" if one.serial_number else ""
            return f"{names or 'USB device'} ({one.vid:04x}:{one.pid:04x}{number})"
    return ""
