"""``emgctl devices``."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from emgctl.cli.options import Number
from emgctl.cli.plugin_words import constructed
from emgctl.errors import UsageError, quoted


@click.command()
@click.option("--seconds", type=Number(0.5, 120), default=5.0, show_default=True, help="How long radios scan.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--listen", metavar="PORT", help="Show what a serial port delivers; or KIND:ARGUMENT, any input, as udp:9000."
)
@click.argument("settings", metavar="[KEY=VALUE]...", nargs=-1)
def devices(seconds: float, as_json: bool, listen: str | None, settings: tuple[str, ...]) -> None:
    """List the devices that could be used now: armbands, serial ports, virtual controllers, LSL streams.

    Failed searches are reported on stderr; `emgctl doctor` names the remedy. With --listen, one device is opened
    instead, and what it delivers is shown, with the profile's lines for it; KEY=VALUE sets the input's other options.

    \b
    Examples:
      emgctl devices
      emgctl devices --listen /dev/ttyUSB0
      emgctl devices --listen COM3 format=chords
      emgctl devices --listen udp:9000
    """
    if listen is not None:
        _listen(listen, settings, as_json)
        return
    if settings:
        raise UsageError(f"'{settings[0]}' goes with --listen PORT")
    from emgctl.registry import Registry
    from emgctl.registry.devices import find_devices

    found, problems = find_devices(Registry(), seconds)
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


def _listen(source: str, settings: tuple[str, ...], as_json: bool) -> None:
    """Open one device, and show what it delivers."""
    from emgctl.plugin import DescribesStream, StreamDescription
    from emgctl.registry import Registry
    from emgctl.runtime.input_runner import InputRunner

    registry = Registry()
    kind, _, argument = source.partition(":")
    if kind not in registry.all("input") or not argument:
        kind, argument = "serial", source
    cls = registry.input(kind)
    device = constructed(f"devices --listen {source}", cls, (f"{cls.argument}={argument}", *settings))
    runner = InputRunner(device)
    signal = runner.open()
    try:
        found = device.stream_description() if isinstance(device, DescribesStream) else StreamDescription((), {})
    finally:
        runner.close()
    options = {"kind": kind, cls.argument: argument, **found.options}
    if as_json:
        click.echo(json.dumps({"signal": str(signal), "description": found.lines, "input": options}, indent=2))
        return
    for line in found.lines:
        click.echo(quoted(line, 400))
    written = ", ".join(f"{key}: {json.dumps(value)}" for key, value in options.items())
    click.echo(f"it delivers {signal}; in a profile:\n\n    input: {{{written}}}\n")
