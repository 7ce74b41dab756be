"""The devices that could be used now."""

from __future__ import annotations

from collections.abc import Iterator

from emgctl.errors import EmgctlError, PluginError
from emgctl.registry import Registry
from emgctl.registry.plugin_info import devices
from emgctl.support.diagnostics import Device


def find_devices(registry: Registry, seconds: float) -> tuple[list[Device], list[str]]:
    """What every plugin finds within about so many seconds each, serial ports, and the searches that failed."""
    found: list[Device] = []
    problems: list[str] = []
    for role in ("input", "output"):
        for kind, cls in registry.all(role).items():
            try:
                found += devices(cls, seconds)
            except PluginError as error:  # one that fails must not hide what the others find
                problems.append(str(error))
            except EmgctlError as error:
                text = str(error)
                problems.append(text if text.startswith(f"{kind}: ") else f"{kind}: {text}")
    found += _serial(problems)
    return found, problems + list(map(str, registry.failures))


def _serial(problems: list[str]) -> Iterator[Device]:
    try:
        from serial.tools import list_ports

        ports = list(list_ports.comports())
    except ImportError:
        return
    except Exception as error:  # the system's list of ports may be unreadable
        problems.append(f"serial: {str(error) or type(error).__name__}")
        return
    for port in ports:
        yield Device("serial", port.device, port.description or "", port.hwid or "")
