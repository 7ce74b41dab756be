"""Output ``gamepad``: a virtual controller."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Output
from emgctl_gamepad.gamepad import Gamepad


@hookimpl
def emgctl_outputs() -> list[type[Output]]:
    """Register the output."""
    return [Gamepad]
