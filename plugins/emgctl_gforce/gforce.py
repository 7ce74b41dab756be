"""Input ``gforce``: an OYMotion gForcePro+ armband over Bluetooth Low Energy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from emgctl.errors import DeviceError
from emgctl.runtime.ble_input import BleInput
from emgctl.support.ble.radio import Advertised
from emgctl.types import SampleBlock, Signal
from emgctl_gforce import protocol
from emgctl_gforce.armband import Armband
from emgctl_gforce.options import GForceOptions


class GForce(BleInput):
    """An OYMotion gForcePro+ armband: 8 channels at 500 Hz (12 bits) or 1000 Hz (8 bits), in microvolts."""

    kind = "gforce"
    Options = GForceOptions
    options: GForceOptions
    advertised = Advertised("gforce", "ble", (protocol.SERVICE, protocol.GATT_SERVICE), (protocol.NAME,))
    noun = "armband"
    wake = "switch it on, charge it, bring it nearer, and close other programs and phones that are connected to it"

    @property
    def addresses(self) -> tuple[str, ...]:
        """The armband in the options."""
        return (self.options.address,) if self.options.address else ()

    @property
    def rate_hz(self) -> float:
        """Samples a second."""
        return float(self.options.rate_hz)

    def signal(self) -> Signal:
        """What the armband delivers."""
        names = tuple(f"electrode_{number + 1}" for number in range(protocol.CHANNELS))
        return Signal(protocol.CHANNELS, self.rate_hz, "uV", names=names)

    def make_devices(
        self, count: int, deliver: Callable[[SampleBlock], None], fail: Callable[[DeviceError], None]
    ) -> Sequence[Armband]:
        """One armband."""
        return [Armband(self.options, self.status, deliver, fail) for _ in range(count)]
