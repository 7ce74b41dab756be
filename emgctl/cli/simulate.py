"""``emgctl simulate``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from emgctl.plugin import Simulator


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

    simulator = _made(Registry().simulator(kind), kind, settings)
    with ShutdownFlag() as stop:
        simulator.run(stop)


def _made(cls: type[Simulator], kind: str, settings: tuple[str, ...]) -> Simulator:
    """The simulator, of words from the command line."""
    import yaml
    from pydantic import ValidationError

    from emgctl.errors import UsageError
    from emgctl.profile.load import construct
    from emgctl.profile.locations import options_error

    values: dict[str, Any] = {}
    for number, word in enumerate(settings):
        key, is_setting, value = word.partition("=")
        if not is_setting and number == 0 and cls.argument:
            key, value = cls.argument, word
        elif not is_setting:
            raise UsageError(f"simulate {kind}: '{word}' is not KEY=VALUE")
        field = cls.Options.model_fields.get(key)
        text = field is not None and (field.annotation is str or key == cls.argument)
        values[key] = value if text else yaml.safe_load(value)
    try:
        return construct(cls, values)
    except ValidationError as error:
        raise options_error(f"simulate {kind}", error, cls.Options) from error
