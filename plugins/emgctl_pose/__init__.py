"""The decoder ``pose``."""

from emgctl.hookspecs import hookimpl
from emgctl.plugin import Decoder
from emgctl_pose.pose import PoseDecoder


@hookimpl
def emgctl_decoders() -> list[type[Decoder]]:
    """Register the decoder."""
    return [PoseDecoder]
