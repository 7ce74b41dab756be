"""``emgctl devices``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from emgctl.findings import Device
    from emgctl.plugin import Plugin
    from emgctl.registry import Registry


@click.command()
@click.option(
    "--seconds", type=click.FloatRange(0.5, 120), default=5.0, show_default=True, help="How long radios listen."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def devices(seconds: float, as_json: bool) -> None:
    """List the devices that could be used now: armbands, serial ports, virtual controllers, LSL streams.

    What could not be looked for is said on stderr; `emgctl doctor` tells how to mend it.

    \b
    Example:
      emgctl devices
    """
    from emgctl.registry import Registry

    found: list[Device] = []
    problems: list[str] = []
    for kind, looking in _searches(Registry(), seconds):
        try:
            found += looking
        except Exception as error:  # one radio that fails must not hide what the others find
            problems.append(f"{kind}: {str(error) or type(error).__name__}")
    if as_json:
        click.echo(json.dumps({"devices": [asdict(one) for one in found], "problems": problems}, indent=2))
        return
    for one in found:
        click.echo(f"{one.kind:10} {one.address:24} {one.name}  {one.said}".rstrip())
    if not found:
        click.echo("nothing was found", err=True)
    for problem in problems:
        click.echo(f"emgctl: {problem}", err=True)


def _searches(registry: Registry, seconds: float) -> Iterator[tuple[str, Iterable[Device]]]:
    """What to look for, each as something that looks when it is iterated over."""
    for role in ("input", "output"):
        for kind, cls in registry.all(role).items():
            yield kind, _of(cls, seconds)
    yield "serial", _serial()


def _of(cls: type[Plugin], seconds: float) -> Iterator[Device]:
    yield from cls.devices(seconds)


def _serial() -> Iterator[Device]:
    from emgctl.findings import Device

    try:
        from serial.tools import list_ports
    except ImportError:
        return
    for port in list_ports.comports():
        yield Device("serial", port.device, port.description or "", port.hwid or "")
