"""Motor-unit simulator of forearm EMG: an input without hardware, and labeled recordings for tests."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Input
from emgctl_synthetic.options import SyntheticOptions
from emgctl_synthetic.source import Synthetic
from emgctl_synthetic.synthesize import synthesize

__all__ = ["Synthetic", "SyntheticOptions", "emgctl_inputs", "synthesize"]


@hookimpl
def emgctl_inputs() -> list[type[Input]]:
    """Register the simulator."""
    return [Synthetic]
