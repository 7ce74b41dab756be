"""The output ``log``."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Output
from emgctl_log.log import Log


@hookimpl
def emgctl_outputs() -> list[type[Output]]:
    """Register the output."""
    return [Log]
