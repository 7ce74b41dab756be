"""The options of the input ``chords``."""

from __future__ import annotations

from emgctl.runtime.ble_input import BleOptions
from emgctl_chords.protocol import Channels, Rate


class ChordsOptions(BleOptions):
    """Which board to use, and what it sends.

    ``address`` selects a board (``emgctl devices`` lists them); by default, the nearest is used. ``channels`` is 3 or
    6, found by the first samples where it is not given. ``rate_hz`` is that of the board's firmware: 500, or 250 for
    NPG-Lite-IDF-Firmware. If no data arrive for ``stall_s`` seconds, the link counts as lost even if it appears to be
    up.
    """

    address: str = ""
    channels: Channels | None = None
    rate_hz: Rate = 500
