"""Keys, pedals and buttons of real devices as an input, and the decoder for it."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Decoder, Input
from emgctl_keys.decoder import KeysDecoder
from emgctl_keys.keys import KeysInput


@hookimpl
def emgctl_inputs() -> list[type[Input]]:
    """Register the input."""
    return [KeysInput]


@hookimpl
def emgctl_decoders() -> list[type[Decoder]]:
    """Register the decoder."""
    return [KeysDecoder]
