"""Output ``keyboard``: virtual keyboard and mouse, with stop keys."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Output
from emgctl_keyboard.keyboard import Keyboard


@hookimpl
def emgctl_outputs() -> list[type[Output]]:
    """Register the output."""
    return [Keyboard]
