"""``emgctl devices``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from emgctl.cli.options import Number

if TYPE_CHECKING:
    from emgctl.support.diagnostics import Device


@click.command()
@click.option("--seconds", type=Number(0.5, 120), default=5.0, show_default=True, help="How long radios scan.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def devices(seconds: float, as_json: bool) -> None:
    """List the devices that could be used now: armbands, serial ports, virtual controllers, LSL streams.

    Failed searches are reported on stderr; `emgctl doctor` names the remedy.

    \b
    Example:
      emgctl devices
    """
    from emgctl.errors import EmgctlError, PluginError, quoted
    from emgctl.registry import Registry
    from emgctl.registry.plugin_info import devices as devices_of

    registry = Registry()
    found: list[Device] = []
    problems: list[str] = []
    for role in ("input", "output"):
        for kind, cls in registry.all(role).items():
            try:
                found += devices_of(cls, seconds)
            except PluginError as error:  # one that fails must not hide what the others find
                problems.append(str(error))
            except EmgctlError as error:
                problems.append(f"{kind}: {error}")
    found += _serial(problems)
    problems += map(str, registry.failures)
    if as_json:
        click.echo(json.dumps({"devices": [asdict(one) for one in found], "problems": problems}, indent=2))
        return
    for one in found:
        line = f"{one.kind:10} {one.address:24} {one.name}  {one.detail}".rstrip()
        click.echo(quoted(line, 400))  # names come from whatever is in radio range
    if not found:
        click.echo("nothing was found", err=True)
    for problem in problems:
        click.echo(f"emgctl: {problem}", err=True)


def _serial(problems: list[str]) -> Iterator[Device]:
    from emgctl.support.diagnostics import Device

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
