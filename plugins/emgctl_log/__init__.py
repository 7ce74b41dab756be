"""The output ``log``, and :func:`read_log` for what it has written."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Output
from emgctl_log.log import Log
from emgctl_log.parts import read_log

__all__ = ["emgctl_outputs", "read_log"]


@hookimpl
def emgctl_outputs() -> list[type[Output]]:
    """Register the output."""
    return [Log]
