"""Output ``http``: a web page with an emergency stop."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Output
from emgctl_http.http import Http


@hookimpl
def emgctl_outputs() -> list[type[Output]]:
    """Register the output."""
    return [Http]
