"""Input ``replay``: recorded signals as a device."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Input
from emgctl_replay.replay import Replay


@hookimpl
def emgctl_inputs() -> list[type[Input]]:
    """Register the input."""
    return [Replay]
