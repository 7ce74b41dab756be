"""Myo armband: the input ``myo`` and a virtual armband."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Input, Simulator
from emgctl_myo.myo import Myo
from emgctl_myo.simulator import MyoSimulator


@hookimpl
def emgctl_inputs() -> list[type[Input]]:
    """Register the input."""
    return [Myo]


@hookimpl
def emgctl_simulators() -> list[type[Simulator]]:
    """Register the virtual armband."""
    return [MyoSimulator]
