"""The output ``hand``, and virtual hands."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Output, Simulator
from emgctl_hand.hand import Hand
from emgctl_hand.simulator import HandSimulator


@hookimpl
def emgctl_outputs() -> list[type[Output]]:
    """Register the output."""
    return [Hand]


@hookimpl
def emgctl_simulators() -> list[type[Simulator]]:
    """Register the virtual hands."""
    return [HandSimulator]
