"""The input ``brainflow``: boards of the library BrainFlow. Its fork for MindRove armbands is in ``mindrove``."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Input
from emgctl_brainflow.brainflow import BrainflowInput


@hookimpl
def emgctl_inputs() -> list[type[Input]]:
    """Register the input."""
    return [BrainflowInput]
