"""The input ``otb``, and virtual amplifiers."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Input, Simulator
from emgctl_otb.otb import Otb
from emgctl_otb.simulator import Muovi, Quattrocento, Sessantaquattro


@hookimpl
def emgctl_inputs() -> list[type[Input]]:
    """Register the input."""
    return [Otb]


@hookimpl
def emgctl_simulators() -> list[type[Simulator]]:
    """Register the virtual amplifiers."""
    return [Quattrocento, Sessantaquattro, Muovi]
