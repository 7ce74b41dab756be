"""The output ``console``."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Output
from emgctl_console.console import Console


@hookimpl
def emgctl_outputs() -> list[type[Output]]:
    """Register the output."""
    return [Console]
