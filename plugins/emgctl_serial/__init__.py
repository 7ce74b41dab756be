"""The input ``serial``, and a virtual board."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Input, Simulator
from emgctl_serial.board import Board
from emgctl_serial.serial_input import SerialInput


@hookimpl
def emgctl_inputs() -> list[type[Input]]:
    """Register the input."""
    return [SerialInput]


@hookimpl
def emgctl_simulators() -> list[type[Simulator]]:
    """Register the virtual board."""
    return [Board]
