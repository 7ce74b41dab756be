"""``emgctl simulate``."""

from __future__ import annotations

import click

from emgctl.cli.plugin_words import constructed


@click.command()
@click.argument("kind", metavar="DEVICE")
@click.argument("settings", metavar="[ARGUMENT] [KEY=VALUE]...", nargs=-1)
def simulate(kind: str, settings: tuple[str, ...]) -> None:
    """Simulate a device, for people without one and for tests.

    DEVICE is one that `emgctl plugins` lists as a simulator. ARGUMENT is what it plays, usually a recording; KEY=VALUE
    sets its other options. The device's events are printed to stdout, one line of JSON each. Ctrl-C ends it.

    \b
    Example (with BlueZ's btvirt -L -l1 -s running, or with a second Bluetooth dongle as radio=usb:0):
      emgctl simulate myo session.h5 radio=unix:/tmp/bt-server-le lose=0.01
    """
    from emgctl.registry import Registry
    from emgctl.runtime.shutdown import ShutdownFlag

    simulator = constructed(f"simulate {kind}", Registry().simulator(kind), settings)
    with ShutdownFlag() as stop:
        simulator.run(stop)
