"""What macOS allows the program that runs emgctl: to press keys, to read keys, to use Bluetooth.

Without the permission, macOS drops what a program sends and sends it nothing, without an error.
"""

from __future__ import annotations

import importlib
from typing import Any

from emgctl.support.diagnostics import Diagnostic

_RESTRICTED, _DENIED = 1, 2  # CBManagerAuthorization; 0 is not yet decided, 3 allowed


def remedy(pane: str) -> str:
    """What to do where the permission of a pane of the privacy settings is missing."""
    return (
        f"open System Settings > Privacy & Security > {pane}, allow the program that runs emgctl (Terminal, Visual "
        "Studio Code ...), then quit and reopen it"
    )


def control(ask: bool = False) -> Diagnostic:
    """Whether emgctl may press keys and move the mouse; with ``ask``, macOS shows its dialog if it may not."""
    services = _module("HIServices")
    if services is None:
        return _unknown("Accessibility")
    options = {services.kAXTrustedCheckOptionPrompt: True}
    allowed = services.AXIsProcessTrustedWithOptions(options) if ask else services.AXIsProcessTrusted()
    return _permission("Accessibility", bool(allowed), "pressing keys and moving the mouse")


def monitoring(ask: bool = False) -> Diagnostic:
    """Whether emgctl may read the keyboard; with ``ask``, macOS shows its dialog if it may not."""
    quartz = _module("Quartz")
    if quartz is None:
        return _unknown("Input Monitoring")
    allowed = bool(quartz.CGPreflightListenEventAccess()) or (ask and bool(quartz.CGRequestListenEventAccess()))
    return _permission("Input Monitoring", allowed, "the keys 'pause_key' and 'kill_key'")


def bluetooth() -> Diagnostic:
    """Whether emgctl may use Bluetooth; before its first scan, macOS has not asked yet."""
    core = _module("CoreBluetooth")
    if core is None:
        return _unknown("Bluetooth")
    decided = core.CBManager.authorization()
    if decided == 0:
        return Diagnostic("permission Bluetooth", True, "macOS will ask at the first scan; allow it")
    return _permission("Bluetooth", decided not in (_RESTRICTED, _DENIED), "finding devices")


def _module(name: str) -> Any | None:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _permission(pane: str, allowed: bool, purpose: str) -> Diagnostic:
    if allowed:
        return Diagnostic(f"permission {pane}", True, "given")
    return Diagnostic(f"permission {pane}", False, f"macOS does not allow {purpose}", remedy(pane))


def _unknown(pane: str) -> Diagnostic:
    return Diagnostic(f"permission {pane}", False, "unknown: its library is not installed", "install the library first")
