"""The gForcePro+ armband of OYMotion: the input ``gforce`` and a virtual armband."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Input, Simulator
from emgctl_gforce.gforce import GForce
from emgctl_gforce.simulator import GForceSimulator


@hookimpl
def emgctl_inputs() -> list[type[Input]]:
    """Register the input."""
    return [GForce]


@hookimpl
def emgctl_simulators() -> list[type[Simulator]]:
    """Register the virtual armband."""
    return [GForceSimulator]
