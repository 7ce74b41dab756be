"""Input ``chords``: an NPG Lite board over Bluetooth Low Energy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from emgctl.errors import DeviceError
from emgctl.runtime.ble_input import BleInput
from emgctl.support.ble.radio import Advertised
from emgctl.types import SampleBlock, Signal
from emgctl_chords import protocol
from emgctl_chords.board import Board
from emgctl_chords.options import ChordsOptions


class Chords(BleInput):
    """An NPG Lite board (Upside Down Labs) over Bluetooth: 3 or 6 channels at 500 Hz, in counts of 12 bits."""

    kind = "chords"
    Options = ChordsOptions
    options: ChordsOptions
    advertised = Advertised("chords", "ble", names=(protocol.NAME,))
    noun = "board"
    wake = "switch it on, bring it nearer, and close other programs and pages that are connected to it"
    _boards: Sequence[Board] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """The board in the options."""
        return (self.options.address,) if self.options.address else ()

    @property
    def rate_hz(self) -> float:
        """Samples a second."""
        return float(self.options.rate_hz)

    def signal(self) -> Signal:
        """What the connected board delivers."""
        channels = self._boards[0].channels or 0
        names = tuple(f"channel_{number + 1}" for number in range(channels))
        return Signal(channels, self.rate_hz, "count", names=names)

    def make_devices(
        self, count: int, deliver: Callable[[SampleBlock], None], fail: Callable[[DeviceError], None]
    ) -> Sequence[Board]:
        """One board."""
        self._boards = [Board(self.options, self.status, deliver, fail) for _ in range(count)]
        return self._boards
