"""Open Sound Control over UDP: decisions and controls out, samples in."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Input, Output, Simulator
from emgctl_osc.osc import Osc
from emgctl_osc.osc_input import OscInput
from emgctl_osc.sender import OscSender


@hookimpl
def emgctl_inputs() -> list[type[Input]]:
    """Register the input."""
    return [OscInput]


@hookimpl
def emgctl_outputs() -> list[type[Output]]:
    """Register the output."""
    return [Osc]


@hookimpl
def emgctl_simulators() -> list[type[Simulator]]:
    """Register the sender."""
    return [OscSender]
