"""The input ``udp``, and a program that sends to it."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Input, Simulator
from emgctl_udp.sender import UdpSender
from emgctl_udp.udp_input import UdpInput


@hookimpl
def emgctl_inputs() -> list[type[Input]]:
    """Register the input."""
    return [UdpInput]


@hookimpl
def emgctl_simulators() -> list[type[Simulator]]:
    """Register the sender."""
    return [UdpSender]
