"""Input ``osc``: samples that another program sends as OSC messages."""

from __future__ import annotations

from emgctl.recording.listening.datagram_input import DatagramInput
from emgctl.recording.listening.datagram_stream import Datagrams, DatagramStream
from emgctl.types import Signal
from emgctl_osc.input_options import OscInputOptions
from emgctl_osc.samples import find_stream


class OscInput(DatagramInput):
    """Samples that a program sends as OSC messages (Max, TouchDesigner, Unity, Muse-like apps, Myo to OSC)."""

    kind = "osc"
    Options = OscInputOptions
    options: OscInputOptions

    @property
    def stated(self) -> bool:
        """Whether the options leave nothing to be found out."""
        return super().stated and self.options.address is not None and self.options.time_tags is False

    def find(self, received: Datagrams, expected: Signal | None) -> DatagramStream:
        """What is sent."""
        return find_stream(self.where, received, self.options, expected)
