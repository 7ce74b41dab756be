"""Input ``myo``: one or two Myo armbands over Bluetooth Low Energy (the blue dongle is not needed)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from emgctl.errors import DeviceError
from emgctl.runtime.ble_input import BleInput
from emgctl.support.ble.radio import Advertised
from emgctl.types import SampleBlock, Signal
from emgctl_myo.armband import Armband
from emgctl_myo.options import MyoOptions
from emgctl_myo.protocol import CONTROL_SERVICE
from emgctl_myo.stream_merger import StreamMerger


class Myo(BleInput):
    """Myo armbands: 8 channels at 200 Hz and orientation at 50 Hz each; reconnects when the link is lost.

    All settings are sent on every opening, so a reconnect restores them.
    """

    kind = "myo"
    Options = MyoOptions
    options: MyoOptions
    advertised = Advertised("myo", "myo", (CONTROL_SERVICE,), hint="(the Myo's blue dongle does not work)")
    noun = "armband"
    wake = (
        "move it to wake it up (its logo lights), take it off the charger, bring it nearer, and close other "
        "programs that use it: an armband connected to one program is invisible to others"
    )

    @property
    def addresses(self) -> tuple[str, ...]:
        """The armbands in the options."""
        return self.options.address

    @property
    def rate_hz(self) -> float:
        """Samples a second."""
        return self.signal().rate_hz

    def signal(self) -> Signal:
        """What the armbands deliver."""
        return self.options.signal()

    def make_devices(
        self, count: int, deliver: Callable[[SampleBlock], None], fail: Callable[[DeviceError], None]
    ) -> Sequence[Armband]:
        """One armband, or two whose samples are merged."""
        if count == 1:
            return [Armband(self.options, self.status, deliver, fail)]
        merger = StreamMerger(deliver)
        sides = ("left", "right")
        return [
            Armband(self.options, self.status.setdefault(side, {}), partial(merger.put, number), fail)
            for number, side in enumerate(sides)
        ]
