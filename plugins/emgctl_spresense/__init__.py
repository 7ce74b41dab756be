"""The output ``spresense``."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Output
from emgctl_spresense.spresense import Spresense


@hookimpl
def emgctl_outputs() -> list[type[Output]]:
    """Register the output."""
    return [Spresense]
