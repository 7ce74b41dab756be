"""The options of the input ``gforce``."""

from __future__ import annotations

from emgctl.runtime.ble_input import BleOptions
from emgctl_gforce.protocol import Rate


class GForceOptions(BleOptions):
    """Which armband to use, and how fast it samples.

    ``address`` selects an armband (``emgctl devices`` lists them); by default, the nearest is used. ``rate_hz`` is 500,
    with 12 bits, or 1000, with 8 bits. If no data arrive for ``stall_s`` seconds, the link counts as lost even if it
    appears to be up.
    """

    address: str = ""
    rate_hz: Rate = 500
