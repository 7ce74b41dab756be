"""``emgctl devices``."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from emgctl.cli.options import Number


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
    from emgctl.errors import quoted
    from emgctl.registry import Registry
    from emgctl.registry.devices import find_devices

    found, problems = find_devices(Registry(), seconds)
    if as_json:
        click.echo(json.dumps({"devices": [asdict(one) for one in found], "problems": problems}, indent=2))
        return
    for one in found:
        line = f"{one.kind:10} {one.address:24} {one.name}  {one.said}".rstrip()
        click.echo(quoted(line, 400))  # names come from whatever is in radio range
    if not found:
        click.echo("nothing was found", err=True)
    for problem in problems:
        click.echo(f"emgctl: {problem}", err=True)
