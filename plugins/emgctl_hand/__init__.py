"""The output ``hand``."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Output
from emgctl_hand.hand import Hand


@hookimpl
def emgctl_outputs() -> list[type[Output]]:
    """Register the output."""
    return [Hand]
