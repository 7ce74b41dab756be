"""The decoder ``muscles``."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Decoder
from emgctl_muscles.muscles import Muscles


@hookimpl
def emgctl_decoders() -> list[type[Decoder]]:
    """Register the decoder."""
    return [Muscles]
