"""Output ``osc``: Open Sound Control over UDP."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Output
from emgctl_osc.osc import Osc


@hookimpl
def emgctl_outputs() -> list[type[Output]]:
    """Register the output."""
    return [Osc]
