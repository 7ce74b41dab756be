"""The decoder ``contrastive``."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Decoder
from emgctl_contrastive.contrastive import Contrastive


@hookimpl
def emgctl_decoders() -> list[type[Decoder]]:
    """Register the decoder."""
    return [Contrastive]
