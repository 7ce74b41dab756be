"""The decoder ``grid``."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Decoder
from emgctl_grid.grid import Grid


@hookimpl
def emgctl_decoders() -> list[type[Decoder]]:
    """Register the decoder."""
    return [Grid]
