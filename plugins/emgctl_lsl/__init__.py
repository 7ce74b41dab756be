"""Lab Streaming Layer: any stream as input; decisions and controls as output streams."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Input, Output, Simulator
from emgctl_lsl.inlet import LslInput
from emgctl_lsl.outlet import LslOutput
from emgctl_lsl.sender import LslSender


@hookimpl
def emgctl_inputs() -> list[type[Input]]:
    """Register the input."""
    return [LslInput]


@hookimpl
def emgctl_outputs() -> list[type[Output]]:
    """Register the output."""
    return [LslOutput]


@hookimpl
def emgctl_simulators() -> list[type[Simulator]]:
    """Register the sender."""
    return [LslSender]
